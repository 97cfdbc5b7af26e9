"""How much: from an amount in [0, 1] to the words for it ("a bit", "a lot", "by 30 percent").

A pattern of the lexicon marks the places where a degree can stand: ``{tail}`` after a verb phrase, ``{more}`` before
a comparative, and so on. ``SLOTS`` holds the words of each place and level. One place of a pattern takes the degree;
the others take their words for "elsewhere", or else their plain ones.
"""

import random
from functools import cache
from typing import Literal

from srgan_prompt.grammar.patterns import slots_of
from srgan_prompt.grammar.phrases import load
from srgan_prompt.prompts.operations import OPERATIONS, Clause

Level = Literal["slight", "plain", "strong", "number"]
NEAR = 0.021  # an amount this close to a level is worded as that level

_PHRASES = load("degrees")
SLOTS: dict[str, dict[Level | Literal["elsewhere"], str]] = _PHRASES["slots"]
# Words that temper or push a whole wish: "brighter, but not too much" is a bit brighter.
LIMITS: dict[Level, tuple[str, ...]] = _PHRASES["limits"]

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
