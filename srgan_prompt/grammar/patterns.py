"""The pattern language of the lexicon: a pattern and a random source in, one plain sentence part out.

``(a|b|)`` picks one alternative (here: a, b or nothing); ``{name}`` is filled from a table of further patterns.
Alternatives are equally likely; a word that should come more often is written more often.
"""

import random
import re
from collections.abc import Mapping

_SLOT = re.compile(r"{(\w+)}")
_INNERMOST_CHOICE = re.compile(r"\(([^()]*)\)")
_SPACES = re.compile(r"\s+")
_SPACE_BEFORE_POINT = re.compile(r"\s+([,.;:?!])")
_IT_AFTER_PARTICLE = re.compile(r"\b(up|down|out) it\b")
_POINT_AFTER_END = re.compile(r"([.?!])\s*[,.;]")
_A_BEFORE_VOWEL = re.compile(r"\b([Aa]) (?=(?:[aeio]|un(?!i)|8|11%|18%)\w*)")


def slots_of(pattern: str) -> frozenset[str]:
    """Names of the ``{slots}`` written in ``pattern``."""
    return frozenset(_SLOT.findall(pattern))


def fill(pattern: str, tables: Mapping[str, str]) -> str:
    """Replace every ``{slot}`` by its pattern in ``tables``, again and again until none is left."""
    while "{" in pattern:
        pattern = _SLOT.sub(lambda slot: tables[slot[1]], pattern)
    return pattern


def choose(pattern: str, rng: random.Random) -> str:
    """Pick one alternative of every ``(a|b)``, innermost first."""

    def pick(match: re.Match[str]) -> str:
        return rng.choice(match[1].split("|"))

    while "(" in pattern:
        pattern = _INNERMOST_CHOICE.sub(pick, pattern)
    return pattern


def tidy(sentence: str) -> str:
    """Single spaces, none before a comma or point, no comma after an end, "it" before "up", "an" before a vowel."""
    sentence = _SPACES.sub(" ", sentence).strip(" ,")
    sentence = _SPACE_BEFORE_POINT.sub(r"\1", sentence)
    sentence = _IT_AFTER_PARTICLE.sub(r"it \1", sentence)
    sentence = _POINT_AFTER_END.sub(r"\1", sentence)
    return _A_BEFORE_VOWEL.sub(r"\1n ", sentence)
