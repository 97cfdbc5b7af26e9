"""Sentences that say how much: whether "make it 30 % brighter" makes it 30 % brighter.

N % is the amount N / 100 (see ``prompts.operations``); what the output shows of it is fitted by ``shown_amounts``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from srgan_prompt.evaluation.audit.clean_case import CleanCase
from srgan_prompt.evaluation.audit.shown import TONE, shown_amounts
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate_grid
from srgan_prompt.evaluation.audit.subject import AuditSubject

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
    """One sentence for each of PERCENT."""
    return [_WORDINGS[operation].format(percent) for percent in PERCENT]


@torch.inference_mode()
def shown_by_percent(subject: AuditSubject, case: CleanCase) -> np.ndarray:
    """The amounts that the outputs show, (len(TONE), len(PERCENT))."""
    return np.array(
        [
            [
                shown_amounts(subject.enlarge(case.lr, text).clamp(0, 1), case.empty, [name])[name]
                for text in subject.embed(percent_prompts(name))
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
