"""Sentences with all that can be read in them: what the reader of ``text`` is trained on."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from srgan_prompt.data.readable_requests import sample_levelled, spelled_out
from srgan_prompt.data.wordings.compose import compose
from srgan_prompt.data.wordings.degrees import Level
from srgan_prompt.data.wordings.elsewhere.writing import write_elsewhere, write_enlarge, write_impossible
from srgan_prompt.data.wordings.patterns import choose, tidy
from srgan_prompt.data.wordings.slips import as_typed
from srgan_prompt.data.wordings.splits import Split, belongs_to
from srgan_prompt.data.wordings.surroundings import HARMLESS, INTRODUCTIONS, NUMBERS
from srgan_prompt.prompts.operations import Request

Kind = Literal["wish", "surrounded", "partly", "elsewhere", "enlarge"]
# What each share of the sentences is: wishes, wishes among talk, wishes besides impossible ones, impossible ones or
# none at all, and the wish to enlarge alone.
KINDS: dict[Kind, float] = {"wish": 0.61, "surrounded": 0.10, "partly": 0.06, "elsewhere": 0.21, "enlarge": 0.02}
_PARTLY_JOINTS = (
    " and ",
    " and ",
    ", ",
    ". ",
    ". also ",
    " and then ",
    ", then ",
    " plus ",
    ", and ",
    "; ",
    " and also ",
)
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

    ``split="train"`` never gives a sentence that ``"test"`` could give, and the reverse (see ``wordings.splits``).
    """
    rng = random.Random(seed)  # noqa: S311  not for secrets
    kinds = rng.choices(list(KINDS), weights=list(KINDS.values()), k=num_wordings)
    return [_draw(kind, rng, split) for kind in kinds]


def _draw(kind: Kind, rng: random.Random, split: Split) -> Wording:
    while True:
        draw_again = _maker(kind, rng)
        for _ in range(_TRIES):
            correct = draw_again()
            typed = replace(correct, sentence=as_typed(correct.sentence, rng))
            # A slip must not carry a reserved phrase into training in disguise.
            if belongs_to(typed.sentence, split) and (split == "test" or belongs_to(correct.sentence, split)):
                return typed


def _maker(kind: Kind, rng: random.Random) -> Callable[[], Wording]:
    """Wordings of ``kind``: of one and the same request, or of none."""
    if kind == "elsewhere":
        return lambda: Wording(write_elsewhere(rng), complete=False)
    if kind == "enlarge":
        return lambda: Wording(write_enlarge(rng))
    request, levels = sample_levelled(rng)
    meant = spelled_out(request, levels)

    def wording() -> Wording:
        sentence, _ = compose(request, rng, levels)
        return Wording(_within(kind, sentence, rng), *meant, complete=kind != "partly")

    return wording


def _within(kind: Kind, wish: str, rng: random.Random) -> str:
    """``wish`` among what else is said in a sentence of ``kind``."""
    if kind == "partly":
        parts = [wish, write_impossible(rng)]
        rng.shuffle(parts)
        return tidy(rng.choice(_PARTLY_JOINTS).join(parts))
    if kind == "surrounded":
        before, after = rng.choice(rng.choice((INTRODUCTIONS, NUMBERS, NUMBERS, HARMLESS))).split("{}")
        return tidy(choose(before, rng) + wish + choose(after, rng))
    return wish
