"""Sentences with all that can be read in them: what the prompt reader is trained on.

Beside plain wishes: many at once, anything ruled out, every way to word an amount, talk around a wish, wishes that
cannot be granted, and no wish at all.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from srgan_prompt.grammar.everyday import say_everyday
from srgan_prompt.grammar.generate import compose, surround, write_impossible, write_no_request, write_upscale
from srgan_prompt.grammar.phrases import Exclusion, Level, exclusions, load, tidy
from srgan_prompt.grammar.splits import Split, typed_for
from srgan_prompt.prompts.operations import OPERATIONS, RESTORE_PARTS, Clause, Request, compatible

Kind = Literal["wish", "surrounded", "partly", "no request", "upscale"]
# What each share of the sentences is: wishes, wishes among talk, wishes besides impossible ones, impossible ones or
# none at all, and the wish to upscale alone.
KINDS: dict[Kind, float] = {"wish": 0.61, "surrounded": 0.10, "partly": 0.06, "no request": 0.21, "upscale": 0.02}
EVERYDAY_RATE = 0.7  # of sentences with a wish, this share is in the words and shapes of ``everyday``
NUM_WISHES = {1: 44, 2: 28, 3: 20, 4: 8}  # number of wishes at once -> how often
EXCLUDING_RATE = 0.43  # of all wishes, this share rules something out
_ONLY_EXCLUDING_RATE = 0.2  # of those, this share asks for nothing else
_BUT_ONE_PART_RATE = 0.15  # "clean it up but keep the grain"
_NEAR_WEIGHT = 5  # how much likelier an exclusion is that is near to what is asked: "darker, not brighter"
_NUMBERED_RATE = 0.24  # of all wishes, this share states numbers, for most of its operations
_SHARES = (10, 15, 20, 25, 30, 33, 40, 50, 60, 67, 70, 75, 80)
_LEVELS: tuple[Level, ...] = ("slight", "plain", "strong")
_TRIES = 300  # before another request is drawn: some have hardly a wording in a split


@dataclass(frozen=True)
class Wording:
    """One sentence and its meaning.

    ``request``: what is asked, and in ``keep`` what is forbidden; never the same operation, nor "restore" and one of
    its parts. ``levels``: how the amount of each asked operation is worded; "number" where the sentence holds it as a
    number. ``complete``: False where the sentence, or a part of it, asks for something that no operation does.
    """

    sentence: str
    request: Request = field(default_factory=Request)
    levels: Mapping[str, Level] = field(default_factory=dict)
    complete: bool = True


def draw_readable(num_wordings: int, seed: int, split: Split = "train") -> list[Wording]:
    """``num_wordings`` sentences of all kinds in the shares of ``KINDS``, the same for the same ``seed``.

    ``split="train"`` never gives a sentence that ``"test"`` could give, and the reverse (see ``splits``).
    """
    rng = random.Random(seed)  # noqa: S311  not for secrets
    kinds = rng.choices(list(KINDS), weights=list(KINDS.values()), k=num_wordings)
    return [_draw(kind, rng, split) for kind in kinds]


def _draw(kind: Kind, rng: random.Random, split: Split) -> Wording:
    while True:
        draw_again = _maker(kind, rng)
        for _ in range(_TRIES):
            correct = draw_again()
            typed = typed_for(split, correct.sentence, rng)
            if typed is not None:
                return replace(correct, sentence=typed)


def _maker(kind: Kind, rng: random.Random) -> Callable[[], Wording]:
    """Wordings of ``kind``: of one and the same request, or of none."""
    if kind == "no request":
        return lambda: Wording(write_no_request(rng), complete=False)
    if kind == "upscale":
        return lambda: Wording(write_upscale(rng))
    request, levels = sample_levelled(rng)
    meant = spelled_out(request, levels)

    def wording() -> Wording:
        is_everyday = rng.random() < EVERYDAY_RATE
        sentence = say_everyday(request, levels, rng) if is_everyday else compose(request, rng, levels)
        return Wording(_within(kind, sentence, rng), *meant, complete=kind != "partly")

    return wording


def _within(kind: Kind, wish: str, rng: random.Random) -> str:
    """``wish`` among what else is said in a sentence of ``kind``."""
    phrases = load("surroundings")
    if kind == "partly":
        parts = [wish, write_impossible(rng)]
        rng.shuffle(parts)
        return tidy(rng.choice(phrases["impossible_joints"]).join(parts))
    if kind == "surrounded":
        group = rng.choice(("introductions", "numbers", "numbers", "harmless"))
        return tidy(surround(wish, rng.choice(phrases[group]), rng))
    return wish


def sample_levelled(rng: random.Random) -> tuple[Request, dict[str, Level]]:
    """One to four wishes, or none but an exclusion, and the level at which each operation is to be worded."""
    excluding = rng.random() < EXCLUDING_RATE
    if excluding and rng.random() < _ONLY_EXCLUDING_RATE:
        return Request((), _sample_keep(set(), rng)), {}
    names: list[str] = []
    for _ in range(rng.choices(list(NUM_WISHES), weights=list(NUM_WISHES.values()))[0]):
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
        free = [each for each in exclusions() if _can_exclude(each, asked, keep)]
        if free:
            weights = [1 if all(compatible(name, asked) for name in each.forbids) else _NEAR_WEIGHT for each in free]
            keep |= set(rng.choices(free, weights)[0].forbids)
    return tuple(name for name in OPERATIONS if name in keep)


def _can_exclude(exclusion: Exclusion, asked: set[str], keep: set[str]) -> bool:
    """Never what is asked; its opposite only against a single wish: "darker, not brighter"."""
    parts = parts_of(set(exclusion.forbids))
    if parts & parts_of(asked | keep):
        return False
    return len(asked) == 1 or all(compatible(name, asked) for name in exclusion.forbids)
