"""Wishes about tone, measured in pixels: with a number in them, and two or three in one sentence.

They are tried on a ``CleanCase``, against the exact edit of the network's own output under the empty prompt.
``shown_amounts`` fits how much of an operation an output shows. N % is the amount N / 100 (see ``prompts.operations``).
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

from srgan_prompt.evaluation.audit.model import AuditModel, CleanCase
from srgan_prompt.evaluation.confusion import psnr_matrix
from srgan_prompt.evaluation.statistics import Estimate, estimate_grid
from srgan_prompt.operators.tone import apply_tone, edit, tone_change
from srgan_prompt.prompts.operations import TONE, Clause, Request, amounts, canonical, compatible, plain_request
from srgan_prompt.types import LargeImage

_PARALLEL = 0.999  # cosine above which two changes are one, but for rounding


def shown_amounts(output: LargeImage, empty: LargeImage, operations: Sequence[str]) -> dict[str, float]:
    """The amount of each of the tone ``operations`` (at least one) that best explains ``output`` (1, 3, H, W).

    Least squares of the change from ``empty`` (1, 3, H, W), the output under the empty prompt in [0, 1], on the changes
    that the exact edits make at amount 1. A single edit is linear in its amount wherever nothing clips; so values that
    clip in the output or at amount 1 are left out, and the fit is exact. Several edits act on one another, and their
    fit is near. 0 if no value is left.
    """
    exact = torch.cat([apply_tone(empty, tone_change({name: 1.0})[None]) for name in operations])
    kept = ((exact >= 0) & (exact <= 1)).all(dim=0) & (output[0] > 0) & (output[0] < 1)
    made, changes = (output - empty)[0][kept], (exact - empty)[:, kept]
    if not len(made):
        return dict.fromkeys(operations, 0.0)
    found = torch.linalg.pinv((changes @ changes.T).double()) @ (changes @ made).double()
    return dict(zip(operations, found.tolist(), strict=True))


def direction(first: str, second: str) -> int:
    """1 if two operations change tone the same way (desaturate, grayscale), -1 the opposite way (warm, cool), or 0."""
    if first not in TONE or second not in TONE:
        return int(first == second)
    one, other = (tone_change({name: 1.0}).flatten() for name in (first, second))
    likeness = F.cosine_similarity(one, other, dim=0).item()
    return round(likeness) if abs(likeness) > _PARALLEL else 0


PERCENT = (5, 10, 20, 30, 50, 70, 100)
TOLERANCE = 0.2  # of the amount that was asked for
_WORDINGS = {
    "brighten": "make it {} % brighter",
    "darken": "make it {} % darker",
    "contrast_up": "increase the contrast by {} %",
    "contrast_down": "reduce the contrast by {} %",
    "saturate": "make the colours {} % more vivid",
    "desaturate": "make the colours {} % less vivid",
    "warm": "make it {} % warmer",
    "cool": "make it {} % cooler",
    "grayscale": "make it {} % black and white",
    "sepia": "add a {} % sepia tone",
}


def percent_prompts(operation: str) -> list[str]:
    """One sentence for each of PERCENT; of an operation without a wording here, the documented one."""
    if operation not in _WORDINGS:
        return [canonical(Request((Clause(operation, percent / 100),))) for percent in PERCENT]
    return [_WORDINGS[operation].format(percent) for percent in PERCENT]


@torch.inference_mode()
def shown_by_percent(model: AuditModel, case: CleanCase) -> np.ndarray:
    """The amounts that the outputs show, (len(TONE), len(PERCENT))."""
    return np.array(
        [
            [
                shown_amounts(model.upscale(case.lr, text).clamp(0, 1), case.empty, [name])[name]
                for text in model.embed(percent_prompts(name))
            ]
            for name in TONE
        ]
    )


@dataclass(frozen=True)
class AmountScores:
    """``shown``: operation -> the mean amount at each of PERCENT. ``within_percent``: outputs within a fifth of the
    amount asked; ``monotone_percent``: rising curves, where each higher number shows more than the last."""

    shown: dict[str, list[float]]
    within_percent: Estimate
    monotone_percent: Estimate


def score_amounts(found: Sequence[np.ndarray]) -> AmountScores:
    """Scores of what ``shown_by_percent`` found on each image."""
    shown = np.stack(found)
    asked = np.array(PERCENT) / 100
    within = np.abs(shown - asked) <= TOLERANCE * asked + 1e-6
    rising = np.all(np.diff(shown, axis=2) > 0, axis=2)
    return AmountScores(
        shown={name: [float(value) for value in shown[:, row].mean(axis=0)] for row, name in enumerate(TONE)},
        within_percent=estimate_grid(100.0 * within.reshape(len(shown), -1)),
        monotone_percent=estimate_grid(100.0 * rising),
    )


CompoundKind = Literal["pairs", "pairs with grayscale or sepia", "triples"]


@dataclass(frozen=True)
class Compound:
    """``prompt`` asks for ``operations`` at their plain amounts, in this order, each in its documented wording."""

    prompt: str
    operations: tuple[str, ...]

    @property
    def kind(self) -> CompoundKind:
        """Grayscale and sepia are apart: they have no opposite, and leave no colour that another wish could change."""
        if len(self.operations) == 3:
            return "triples"
        return "pairs with grayscale or sepia" if {"grayscale", "sepia"} & set(self.operations) else "pairs"


def compounds(num_triples: int, seed: int) -> list[Compound]:
    """Every ordered pair of tone operations that do not contradict, and ``num_triples`` such triples."""
    pairs = [names for names in permutations(TONE, 2) if _agree(names)]
    triples = [names for names in permutations(TONE, 3) if _agree(names)]
    rng = random.Random(seed)  # noqa: S311  not for secrets
    chosen = [*pairs, *rng.sample(triples, min(num_triples, len(triples)))]
    return [Compound(_joined(names, with_and=number % 2 == 0), names) for number, names in enumerate(chosen)]


@torch.inference_mode()
def compound_db(model: AuditModel, case: CleanCase, asked: Sequence[Compound]) -> np.ndarray:
    """PSNR in dB against the exact edit, of the output under each sentence and of the empty output: (2, S).

    The second is what doing nothing reaches. Outputs are rounded to 8 bits, so that even a perfect edit reaches about
    59 dB.
    """
    columns = []
    for compound, text in zip(asked, model.embed([each.prompt for each in asked]), strict=True):
        exact = edit(case.empty, amounts(plain_request(*compound.operations)))
        both = torch.cat([model.upscale(case.lr, text), case.empty])
        columns.append(psnr_matrix(both, exact, case.border_px)[:, 0])
    return np.stack(columns, axis=1)


@dataclass(frozen=True)
class CompoundScores:
    """Of one kind. ``exact_db``: PSNR to the exact edit; ``nothing_db``: what doing nothing reaches.

    ``worse_percent``: outputs further from the exact edit than doing nothing is. ``num_worse`` of ``num_sentences`` are
    so in the mean over images, the worst of them being ``worst``.
    """

    num_sentences: int
    exact_db: Estimate
    nothing_db: Estimate
    worse_percent: Estimate
    num_worse: int
    worst: str


def score_compounds(asked: Sequence[Compound], found: np.ndarray) -> dict[str, CompoundScores]:
    """Scores by kind of what ``compound_db`` found on P images, (P, 2, S)."""
    scores: dict[str, CompoundScores] = {}
    for kind in dict.fromkeys(each.kind for each in asked):
        chosen = [number for number, each in enumerate(asked) if each.kind == kind]
        output, nothing = found[:, 0, chosen], found[:, 1, chosen]
        gain = (output - nothing).mean(axis=0)
        is_sample = kind == "triples"  # the pairs are all that there are
        scores[kind] = CompoundScores(
            num_sentences=len(chosen),
            exact_db=estimate_grid(output, columns_are_sample=is_sample),
            nothing_db=estimate_grid(nothing, columns_are_sample=is_sample),
            worse_percent=estimate_grid(100.0 * (output < nothing), columns_are_sample=is_sample),
            num_worse=int((gain < 0).sum()),
            worst=asked[chosen[gain.argmin()]].prompt,
        )
    return scores


def _agree(names: Sequence[str]) -> bool:
    return all(compatible(name, set(names[:number])) for number, name in enumerate(names))


def _joined(names: Sequence[str], *, with_and: bool) -> str:
    """ "A and B" or "A, B"; "A, B and C" or "A, B, C"."""
    *first, last = (canonical(plain_request(name)) for name in names)
    return f"{', '.join(first)}{' and ' if with_and else ', '}{last}"
