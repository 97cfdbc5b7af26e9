"""A table of keywords in BERT's place: what a careful afternoon without a language model gives.

The first rule whose words occur names the operation; a word for "less" turns an operation into its opposite. It knows
no negation ("don't make it brighter") and no grammar. Who wrote it had read people's sentences (the set "human"), so
there it stands better than it should; ``word_counts`` is the table that has read no sentence of any test.
"""

import re
from typing import NamedTuple


class _Rule(NamedTuple):
    operation: str
    words: str  # a regular expression, matched at the beginning of words
    opposite: str | None = None


_LESS = re.compile(
    r"\b(less|lessen|reduc|decreas|lower|drop|down|cut|diminish|weaken|minimi[sz]e|soften|tone down|too (much|high))"
)

# From the special to the general: "black and white" must not be taken for a complaint about dark places.
_RULES = (
    _Rule("sepia", r"sepia|old[- ]photo|brownish|antique"),
    _Rule("grayscale", r"black (and|&|n) white|b ?& ?w\b|gr[ea]y|monochrom|colou?rless|no colou?r|without colou?r"),
    _Rule(
        "restore", r"restor|noise and|noise & |all (the )?(flaws|defects)|everything wrong|clean (it|this|the \w+) up"
    ),
    _Rule("dejpeg", r"jpe?g|compress|art[ie]fact|block|pixelat|mosquito|ringing"),
    _Rule("denoise", r"nois|grain|speckl|denois|static"),
    _Rule("faithful", r"faithful|invent|accura|exact|true to"),
    _Rule("crisp", r"natural detail|texture|realistic|lifelike|fine detail"),
    _Rule("deblur", r"sharp|blur|deblur|focus|crisp|clear|clarity|defin|fuzz|soft\b|detail"),
    _Rule("contrast_down", r"too contrast|harsh|too punchy"),
    _Rule("contrast_up", r"contrast|punch|flat\b|washed out", "contrast_down"),
    _Rule("desaturate", r"desaturat|mute|dull|oversaturat|too (vivid|colou?rful|vibrant|saturated)|garish|pastel"),
    _Rule("saturate", r"saturat|vibran|vivid|colou?rful|pop\b|faded|richer", "desaturate"),
    _Rule("cool", r"too (warm|yellow|orange|red)|cool|cold|blue|bluish|icy|teal|chill", "warm"),
    _Rule("warm", r"too (cool|cold|blue)|warm|yellow|orange|golden|amber|sunn|cozy|cosy", "cool"),
    _Rule("darken", r"too (bright|light)|overexpos|blown"),
    _Rule("brighten", r"too (dark|dim|gloomy)|underexpos|gloomy"),
    _Rule("darken", r"dark|dim|shade\b", "brighten"),
    _Rule("brighten", r"bright|light|expos|lumin|shadow|glow", "darken"),
)
_COMPILED = [(rule, re.compile(rf"\b({rule.words})")) for rule in _RULES]


def operation_by_keywords(prompt: str) -> str | None:
    """The operation that ``prompt`` seems to ask for, or None."""
    text = prompt.lower()
    for rule, words in _COMPILED:
        if words.search(text):
            return rule.opposite if rule.opposite and _LESS.search(text) else rule.operation
    return None
