"""Sentences with all that can be read in them: what the reader of ``text`` is trained on."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from srgan_prompt.data.offtopic import write_offtopic
from srgan_prompt.data.requests import sample_request
from srgan_prompt.data.wordings.compose import compose
from srgan_prompt.data.wordings.degrees import Level
from srgan_prompt.data.wordings.slips import as_typed
from srgan_prompt.data.wordings.splits import Split, belongs_to
from srgan_prompt.prompts.operations import Request

ELSEWHERE_SHARE = 0.28


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
    """``num_wordings`` sentences of all kinds, the same for the same ``seed``; wishes never leave their ``split``."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    return [_draw(rng, split) for _ in range(num_wordings)]


def _draw(rng: random.Random, split: Split) -> Wording:
    if rng.random() < ELSEWHERE_SHARE:
        return Wording(write_offtopic(rng), complete=False)
    request = sample_request(rng)
    while True:
        correct, levels = compose(request, rng)
        typed = as_typed(correct, rng)
        # A slip must not carry a reserved phrase into training in disguise.
        if belongs_to(typed, split) and (split == "test" or belongs_to(correct, split)):
            return Wording(typed, request, levels)
