"""Sentences that forbid: what they rule out must not be done, and what they wish beside it must be.

Only tone can be judged on a clean image; restorations and styles in these sentences are judged by how they are read
(see ``reading_accuracy``).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from srgan_prompt.evaluation.audit.clean_case import CleanCase
from srgan_prompt.evaluation.audit.hand_written import HandWritten
from srgan_prompt.evaluation.audit.shown import TONE, direction, shown_amounts
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate_grid
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.types import LargeImage

DONE_ABOVE = 0.1  # amount: half of the least that "a bit" means


def forbidding_tone(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that rule out a tone operation which can be told from what they wish."""
    return [each for each in sentences if _judged(each)]


@torch.inference_mode()
def obeyed(subject: AuditSubject, case: CleanCase, sentences: Sequence[HandWritten]) -> np.ndarray:
    """Whether the forbidden is left undone, and whether the tone wishes are done in the right direction: (S, 2)."""
    texts = subject.embed([each.prompt for each in sentences])
    return np.array(
        [
            _verdict(subject.enlarge(case.lr, text).clamp(0, 1), case.empty, each)
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
