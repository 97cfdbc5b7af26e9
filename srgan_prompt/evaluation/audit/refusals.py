"""Sentences that want something left undone: those that forbid, and those that ask for nothing a network can do.

What a sentence rules out must not be done, and what it wishes beside it must be. Only tone can be judged on a clean
image; restorations and styles in these sentences are judged by how they are read (see ``reading``).

After a description, an impossible wish, one in another language or chatter, the image must stay as it is under the
empty prompt, and the user must be told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import torch

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, NoRequestKind, by_kind
from srgan_prompt.evaluation.audit.model import AuditModel, CleanCase
from srgan_prompt.evaluation.audit.wishes import direction, shown_amounts
from srgan_prompt.evaluation.statistics import Estimate, estimate_grid, estimate_share
from srgan_prompt.prompts.operations import TONE
from srgan_prompt.prompts.reading import Reading
from srgan_prompt.types import LargeImage

DONE_ABOVE = 0.1  # amount: half of the least that "a bit" means


def forbidding_tone(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that rule out a tone operation which can be told from what they wish."""
    return [each for each in sentences if _judged(each)]


@torch.inference_mode()
def obeyed(model: AuditModel, case: CleanCase, sentences: Sequence[HandWritten]) -> np.ndarray:
    """Whether the forbidden is left undone, and whether the tone wishes are done in the right direction: (S, 2)."""
    texts = model.embed([each.prompt for each in sentences])
    return np.array(
        [
            _verdict(model.upscale(case.lr, text).clamp(0, 1), case.empty, each)
            for each, text in zip(sentences, texts, strict=True)
        ]
    )


@dataclass(frozen=True)
class NegationScores:
    """``forbidden_undone_percent`` of all outputs; of those to sentences with a tone wish, ``wish_done_percent``, and
    ``both_percent``."""

    num_sentences: int
    num_with_wish: int
    forbidden_undone_percent: Estimate
    wish_done_percent: Estimate
    both_percent: Estimate


def score_negation(sentences: Sequence[HandWritten], found: Sequence[np.ndarray]) -> NegationScores:
    """Scores of what ``obeyed`` found on each image for the same sentences."""
    undone, done = np.moveaxis(np.stack(found), 2, 0)
    wishing = np.array([bool(_tone_wishes(each)) for each in sentences])
    return NegationScores(
        num_sentences=len(sentences),
        num_with_wish=int(wishing.sum()),
        forbidden_undone_percent=estimate_grid(100.0 * undone, columns_are_sample=True),
        wish_done_percent=estimate_grid(100.0 * done[:, wishing], columns_are_sample=True),
        both_percent=estimate_grid(100.0 * (undone & done)[:, wishing], columns_are_sample=True),
    )


def _tone_wishes(sentence: HandWritten) -> list[str]:
    return [name for name in sentence.asks if name in TONE]


def _judged(sentence: HandWritten) -> list[str]:
    """The forbidden operations that differ from every wish in more than the amount."""
    wishes = _tone_wishes(sentence)
    return [
        name for name in sentence.forbids if name in TONE and not any(direction(name, wish) == 1 for wish in wishes)
    ]


def _verdict(output: LargeImage, empty: LargeImage, sentence: HandWritten) -> tuple[bool, bool]:
    wishes = _tone_wishes(sentence)
    shown = shown_amounts(output, empty, wishes) if wishes else {}
    return (
        not any(_does(name, output, empty, wishes) for name in _judged(sentence)),
        all(amount > DONE_ABOVE for amount in shown.values()),
    )


def _does(name: str, output: LargeImage, empty: LargeImage, wishes: Sequence[str]) -> bool:
    """Whether the output shows operation ``name`` beside the wishes; against the opposite of a wish it is measured
    alone, for no fit can tell the two apart."""
    beside = [] if any(direction(name, wish) == -1 for wish in wishes) else wishes
    return shown_amounts(output, empty, [name, *beside])[name] > DONE_ABOVE


UNSEEN_BELOW = 1.0  # CIELAB units: a difference of about 1 is only just seen


def without_wish(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that ask and forbid nothing."""
    return [each for each in sentences if each.kind in get_args(NoRequestKind)]


@torch.inference_mode()
def lab_shifts(model: AuditModel, case: CleanCase, prompts: Sequence[str]) -> np.ndarray:
    """How far each prompt moves the image's mean L* and mean chroma from those under the empty prompt: (S, 2)."""
    texts = model.embed(prompts)
    means = np.stack([mean_lab(model.upscale(case.lr, text).clamp(0, 1)) for text in texts])
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
    return {
        kind: AbstentionScores(
            num_sentences=int(chosen.sum()),
            unchanged_percent=estimate_grid(100.0 * unchanged[:, chosen], columns_are_sample=True),
            reported_percent=estimate_share(reported[chosen]),
        )
        for kind, chosen in by_kind(sentences).items()
    }


def is_reported(reading: Reading) -> bool:
    """Whether the user is told that the sentence, or a part of it, was not understood."""
    return not reading.is_complete or not reading.asks
