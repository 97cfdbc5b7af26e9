"""Sentences that ask for nothing that the network can do: descriptions, impossible wishes, foreign ones, chatter.

The image must stay as it is under the empty prompt, and the user must be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import torch

from srgan_prompt.evaluation.audit.clean_case import CleanCase
from srgan_prompt.evaluation.audit.hand_written import HandWritten, NoRequestKind
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate_grid, estimate_share
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.audit.understood import is_reported
from srgan_prompt.prompts.reading import Reading
from srgan_prompt.types import LargeImage

UNSEEN_BELOW = 1.0  # CIELAB units: a difference of about 1 is only just seen


def without_wish(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that ask and forbid nothing."""
    return [each for each in sentences if each.kind in get_args(NoRequestKind)]


@torch.inference_mode()
def lab_shifts(subject: AuditSubject, case: CleanCase, prompts: Sequence[str]) -> np.ndarray:
    """How far each prompt moves the image's mean L* and mean chroma from those under the empty prompt: (S, 2)."""
    texts = subject.embed(prompts)
    means = np.stack([mean_lab(subject.enlarge(case.lr, text).clamp(0, 1)) for text in texts])
    return np.abs(means - mean_lab(case.empty))


def mean_lab(image: LargeImage) -> np.ndarray:
    """Mean L* and mean chroma of ``image`` (1, 3, H, W) in CIELAB under D65: (2,)."""
    from kornia.color import rgb_to_lab

    lightness, a, b = rgb_to_lab(image)[0]
    return np.array([lightness.mean().item(), torch.hypot(a, b).mean().item()])


@dataclass(frozen=True)
class AbstentionScores:
    """Of one kind. ``unchanged_percent``: outputs whose mean L* and mean chroma both move by less than UNSEEN_BELOW;
    ``reported_percent``: sentences of which the user is told that they were not understood."""

    num_sentences: int
    unchanged_percent: Estimate
    reported_percent: Estimate


def score_abstention(
    sentences: Sequence[HandWritten], readings: Sequence[Reading], found: Sequence[np.ndarray]
) -> dict[str, AbstentionScores]:
    """Scores by kind, and of "all", of what ``lab_shifts`` found on each image for the same sentences."""
    unchanged = np.all(np.stack(found) < UNSEEN_BELOW, axis=2)
    reported = np.array([is_reported(reading) for reading in readings])
    kinds = np.array([each.kind for each in sentences])
    return {
        kind: AbstentionScores(
            num_sentences=int(chosen.sum()),
            unchanged_percent=estimate_grid(100.0 * unchanged[:, chosen], columns_are_sample=True),
            reported_percent=estimate_share(reported[chosen]),
        )
        for kind, chosen in [*((kind, kinds == kind) for kind in dict.fromkeys(kinds.tolist())), ("all", kinds != "")]
    }
