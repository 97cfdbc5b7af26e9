"""How much: from an amount in [0, 1] to the words for it ("a bit", "a lot", "by 30 percent").

A pattern of the lexicon marks the places where a degree can stand: ``{tail}`` after a verb phrase, ``{more}`` before
a comparative, and so on. ``SLOTS`` holds the words of each place and level. One place of a pattern takes the degree;
the others take their words for "elsewhere", or else their plain ones.
"""

import random
from functools import cache
from typing import Literal

from srgan_prompt.grammar.patterns import slots_of
from srgan_prompt.prompts.operations import OPERATIONS, Clause

Level = Literal["slight", "plain", "strong", "number"]
NEAR = 0.021  # an amount this close to a level is worded as that level

_A_BIT = "(a bit|a little|a little bit|slightly|a tad|a touch|a tiny bit|just a bit|just a little|very slightly)"
_MUCH = "(much|a lot|way|far|significantly|considerably|a good deal|noticeably|a whole lot|quite a bit|dramatically)"
_BY = "(by {percent}|by {percent}|by {percent}|{percent}|by about {percent}|by {decimal}|{fraction})"

SLOTS: dict[str, dict[Level | Literal["elsewhere"], str]] = {
    "adv": {  # __ increase the contrast
        "slight": "(slightly|very slightly|gently|subtly|just slightly|softly|lightly)",
        "plain": "",
        "strong": "(significantly|strongly|greatly|drastically|really|heavily|substantially|massively|dramatically)",
    },
    "tail": {  # increase the contrast __
        "slight": f"({_A_BIT}|{_A_BIT}|by a (bit|little|small amount|touch|tad)|ever so slightly)",
        "plain": "(||||||||||||moderately|somewhat)",
        "elsewhere": "",
        "strong": "(a lot|a lot|a lot|significantly|by a lot|quite a lot|a great deal|strongly|heavily|drastically"
        "|by a (large|big|huge) amount|to a (high|large|great) (amount|degree)|considerably|dramatically)",
        "number": _BY,
    },
    "more": {  # make it __ brighter
        "slight": _A_BIT,
        "plain": "",
        "strong": _MUCH,
        "number": "({percent}|{percent}|about {percent})",
    },
    "less": {  # make it __ noisy, with __ noise
        "slight": f"{_A_BIT} less",
        "plain": "less",
        "strong": f"{_MUCH} less",
        "number": "{percent} less",
    },
    "some": {  # add __ contrast
        "slight": "(a bit of|a little|a little bit of|a touch of|a hint of|a tad|a tiny bit of|just a little|a bit more"
        "|a little more|slightly more|a touch more|a small amount of|a dash of)",
        "plain": "(some|more|some more|more)",
        "strong": "(a lot of|a lot more|much more|lots of|way more|plenty of|loads of|a whole lot of|tons of)",
        "number": "({percent} more|{percent} more|about {percent} more)",
    },
    "a": {  # add __ warm tint
        "slight": "(a slight|a very slight|a subtle|a light|a faint|a soft|just a slight|a mild|a bit of a)",
        "plain": "a",
        "strong": "(a strong|a very strong|a heavy|a deep|an intense|a really|a bold)",
        "number": "a {percent}",
    },
    "a_more": {  # give it __ darker tone
        "slight": "(a slightly|a slightly|a little bit|a somewhat|just a slightly)",
        "plain": "a",
        "strong": "(a much|a much|a far|a significantly|a considerably|a noticeably)",
    },
    "too": {  # it is __ bright: a complaint only because of the "too"
        "slight": "(a bit too|a little too|slightly too|a tad too|a touch too|just a bit too|kind of too)",
        "plain": "(too|too|too|too|just too)",
        "strong": "(way too|far too|much too|waaay too|way way too)",
    },
    "too_much": {  # there is __ contrast
        "slight": "(a bit too much|a little too much|slightly too much|a tad too much)",
        "plain": "too much",
        "strong": "(way too much|far too much|so so much)",
    },
    "rather": {  # it is __ gloomy: a complaint by itself
        "slight": "(a bit|a little|slightly|kind of|kinda|a tad|a touch|just a bit)",
        "plain": "(|too|rather|quite|pretty|too)",
        "strong": "(really|very|extremely|way too|far too|terribly|super|so|very very)",
    },
    "part": {  # remove __ noise
        "slight": "(some of the|some of the|a bit of the|part of the|a little of the|half of the|half the|some)",
        "plain": "(the|the|the|all the|any||)",
        "strong": "(all the|all of the|every bit of the|every trace of|absolutely all the)",
        "number": "({percent} of the|{percent} of the|about {percent} of the)",
    },
    "wholly": {  # make it __ black and white
        "slight": "(partly|partially|halfway|half way|half|slightly)",
        "plain": "",
        "strong": "(completely|fully|entirely|totally|all)",
        "number": "{percent}",
    },
    "stops": {  # raise the exposure by __; a photographer's measure
        "slight": "(a third of a stop|half a stop|1/3 stop|0.3 stops|0.5 stops|half a stop or so)",
        "plain": "(a stop|one stop|1 stop|about a stop)",
        "strong": "(two stops|2 stops|a couple of stops|at least two stops|a few stops)",
    },
    "plus": {"number": "({points}|{points}%)"},  # contrast +__
    "by": {"number": "(by {percent}|by {percent}|{percent}|by {part_of}|by {decimal}|{decimal}|by around {percent})"},
    "share": {"number": "({part_of}|{part_of}|{percent})"},  # __ brighter; __ of the noise
    "setting": {"number": "({decimal}|{decimal}|{points}|{points}%)"},  # denoise __, denoise: __
    "up_to": {"number": "({over}%|{over}%|{over} %|{over} percent|x{factor}|{factor}x)"},  # raise the contrast to __
    "down_to": {"number": "({under}%|{under}%|{under} %|{under} percent)"},  # bring the contrast down to __
    "times": {"number": "{manifold}"},  # __ as vivid
    "remaining": {"number": "{rest}"},  # __ as vivid, when it should become less so
}

_FRACTIONS = {
    0.1: "a tenth",
    0.2: "a fifth",
    0.25: "a quarter",
    0.33: "a third",
    0.4: "two fifths",
    0.5: "half",
    0.6: "three fifths",
    0.67: "two thirds",
    0.75: "three quarters",
    0.8: "four fifths",
}
_TIMES = {0.5: "(one and a half times|1.5 times|1.5x)", 1.0: "(twice|twice|two times|2x|double)"}


def level_of(clause: Clause, rng: random.Random) -> Level:
    """The level whose words suit ``clause.amount``; an amount between the levels can only be said as a number."""
    operation = OPERATIONS[clause.operation]
    levels: dict[Level, float] = {"slight": operation.slight, "plain": operation.plain, "strong": operation.strong}
    near = [level for level, amount in levels.items() if abs(amount - clause.amount) <= NEAR]
    if not near:
        return "number"
    if operation.slight == operation.plain:  # not a matter of degree
        return "plain"
    # Where "all" and "no word" mean the same amount, most people say nothing.
    level: Level = "plain" if "plain" in near and rng.random() < 0.8 else near[-1]
    return "number" if rng.random() < 0.08 and clause.amount < 1 else level


def can_say(pattern: str, level: Level) -> bool:
    """Whether ``pattern`` has a place for the words of ``level``."""
    return bool(_carriers(pattern, level)) or (level == "plain" and not slots_of(pattern) & SLOTS.keys())


def degree_words(pattern: str, clause: Clause, level: Level, rng: random.Random) -> dict[str, str]:
    """A table for ``patterns.fill``: which words each degree slot of ``pattern`` takes."""
    words = number_words(clause.amount)
    carriers = _carriers(pattern, level)
    carrier = rng.choice(carriers) if carriers else None
    for slot in slots_of(pattern) & SLOTS.keys():
        places = SLOTS[slot]
        words[slot] = places[level] if slot == carrier else places.get("elsewhere", places["plain"])
    return words


def number_words(amount: float) -> dict[str, str]:
    """``amount`` as the words of the number slots; "over", "under", "factor", "manifold" and "rest" tell the result."""
    points = f"{round(100 * amount, 1):g}"
    under = f"{round(100 * (1 - amount), 1):g}"
    percent = f"({points} percent|{points}%|{points}%|{points} %|{points} per cent)"
    fraction = _FRACTIONS.get(round(amount, 2))
    factor = f"{round(1 + amount, 3):g}"
    return {
        "points": points,
        "percent": percent,
        "decimal": f"{round(amount, 3):g}" if amount < 1 else "1.0",
        "fraction": f"by {fraction}" if fraction else f"by {percent}",
        "part_of": fraction or percent,
        "over": f"{round(100 * (1 + amount), 1):g}",
        "under": under,
        "factor": factor,
        "manifold": _TIMES.get(amount, f"({factor} times|{factor}x)"),
        "rest": _FRACTIONS.get(round(1 - amount, 2), f"({under}%|{under} percent)"),
    }


@cache
def _carriers(pattern: str, level: Level) -> tuple[str, ...]:
    """Slots of ``pattern`` that have words for ``level`` while all its other slots stay plain."""
    slots = sorted(slots_of(pattern) & SLOTS.keys())
    return tuple(
        slot
        for slot in slots
        if level in SLOTS[slot] and all("plain" in SLOTS[other] for other in slots if other != slot)
    )
