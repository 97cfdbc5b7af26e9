"""How requests are drawn for the reader: more wishes at once, anything ruled out, and every way to word an amount."""

import random

from srgan_prompt.data.wordings.degrees import Level
from srgan_prompt.data.wordings.exclusions import EXCLUSIONS, Exclusion
from srgan_prompt.operators.requests import compatible
from srgan_prompt.prompts.operations import OPERATIONS, RESTORE_PARTS, Clause, Request

EXCLUDING_RATE = 0.43  # of all wishes, this share rules something out
_ONLY_EXCLUDING_RATE = 0.2  # of those, this share asks for nothing else
_BUT_ONE_PART_RATE = 0.15  # "clean it up but keep the grain"
_NUMBERED_RATE = 0.24  # of all wishes, this share states numbers, for most of its operations
_SHARES = (10, 15, 20, 25, 30, 33, 40, 50, 60, 67, 70, 75, 80)
_LEVELS: tuple[Level, ...] = ("slight", "plain", "strong")


def sample_levelled(rng: random.Random) -> tuple[Request, dict[str, Level]]:
    """One to four wishes, or none but an exclusion, and the level at which each operation is to be worded."""
    excluding = rng.random() < EXCLUDING_RATE
    if excluding and rng.random() < _ONLY_EXCLUDING_RATE:
        return Request((), _sample_keep(set(), rng)), {}
    names: list[str] = []
    for _ in range(rng.choices((1, 2, 3, 4), weights=(46, 30, 15, 9))[0]):
        free = [name for name in OPERATIONS if compatible(name, set(names))]
        # "faithful" goes with everything, so it would be in most sentences.
        names.append(rng.choices(free, [0.4 if name == "faithful" else 1.0 for name in free])[0])
    numbered = rng.random() < _NUMBERED_RATE
    levels = {name: _level(name, rng, numbered=numbered) for name in names}
    clauses = tuple(Clause(name, _amount(name, level, rng)) for name, level in levels.items())
    return Request(clauses, _sample_keep(set(names), rng) if excluding else ()), levels


def spelled_out(request: Request, levels: dict[str, Level]) -> tuple[Request, dict[str, Level]]:
    """The same meaning with "restore" as those of its parts that are not kept, if any of them is."""
    if not set(request.keep) & set(RESTORE_PARTS) or "restore" not in levels:
        return request, levels
    left = [part for part in RESTORE_PARTS if part not in request.keep]
    amounts = {clause.operation: clause.amount for clause in request.clauses}
    amounts |= dict.fromkeys(left, amounts.pop("restore"))
    others = {name: level for name, level in levels.items() if name != "restore"}
    clauses = tuple(Clause(name, amount) for name, amount in amounts.items())
    return Request(clauses, request.keep), others | dict.fromkeys(left, levels["restore"])


def parts_of(names: set[str]) -> set[str]:
    """``names`` with "restore" spelled out as its parts."""
    return names - {"restore"} | (set(RESTORE_PARTS) if "restore" in names else set())


def _level(name: str, rng: random.Random, *, numbered: bool) -> Level:
    if OPERATIONS[name].slight == OPERATIONS[name].plain:  # not a matter of degree
        return "plain"
    if numbered and rng.random() < 0.8:
        return "number"
    return rng.choices(_LEVELS, weights=(3, 5, 2))[0]


def _amount(name: str, level: Level, rng: random.Random) -> float:
    if level != "number":
        return getattr(OPERATIONS[name], level)
    if rng.random() < 0.04:
        return 1.0
    return (rng.choice(_SHARES) if rng.random() < 0.6 else rng.randint(5, 99)) / 100


def _sample_keep(asked: set[str], rng: random.Random) -> tuple[str, ...]:
    """Mostly one matter, sometimes two; likelier one that is near to what is asked."""
    if "restore" in asked and rng.random() < _BUT_ONE_PART_RATE:
        return (rng.choice(RESTORE_PARTS),)
    keep: set[str] = set()
    for _ in range(rng.choices((1, 2), weights=(4, 1))[0]):
        free = [each for each in EXCLUSIONS if _can_exclude(each, asked, keep)]
        if free:
            weights = [1 if all(compatible(name, asked) for name in each.forbids) else 2 for each in free]
            keep |= set(rng.choices(free, weights)[0].forbids)
    return tuple(name for name in OPERATIONS if name in keep)


def _can_exclude(exclusion: Exclusion, asked: set[str], keep: set[str]) -> bool:
    """Never what is asked; its opposite only against a single wish: "darker, not brighter"."""
    parts = parts_of(set(exclusion.forbids))
    if parts & parts_of(asked | keep):
        return False
    return len(asked) == 1 or all(compatible(name, asked) for name in exclusion.forbids)
