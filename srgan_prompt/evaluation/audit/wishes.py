"""What sentences do to a clean image, in pixels: wishes about tone, prohibitions, and sentences without a wish.

- Wishes have a number in them, or are two or three in one sentence. N % is the amount N / 100 (see
  ``prompts.operations``).
- What a sentence rules out must not be done, and what it wishes beside it must be. Only tone can be judged on a clean
  image; restorations and styles in these sentences are judged by how they are read (see ``reading``).
- After a description, an impossible wish, one in another language or chatter, the image must stay as it is under the
  empty prompt, and the user must be told.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import torch

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, by_kind
from srgan_prompt.evaluation.audit.model import AuditModel, CleanCase, clean_outputs, direction, shown_amounts
from srgan_prompt.evaluation.audit.reading import TOLERANCE, is_reported
from srgan_prompt.evaluation.confusion import psnr_matrix
from srgan_prompt.evaluation.statistics import Estimate, estimate_grid, estimate_share
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.operations import TONE, Clause, Request, amounts, canonical, compatible, plain_request
from srgan_prompt.prompts.reading import Reading
from srgan_prompt.types import LargeImage

PERCENT = (5, 10, 20, 30, 50, 70, 100)
DONE_ABOVE = 0.1  # amount: half of the least that "a bit" means
UNSEEN_BELOW = 1.0  # CIELAB units: a difference of about 1 is only just seen

CompoundKind = Literal["pairs", "pairs with grayscale or sepia", "triples"]
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


def shown_by_percent(model: AuditModel, case: CleanCase) -> np.ndarray:
    """The amounts that the outputs show, (len(TONE), len(PERCENT))."""

    def shown(name: str) -> list[float]:
        outputs = clean_outputs(model, case, percent_prompts(name))
        return [shown_amounts(output, case.empty, [name])[name] for output in outputs]

    return np.array([shown(name) for name in TONE])


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


def compound_db(model: AuditModel, case: CleanCase, asked: Sequence[Compound]) -> np.ndarray:
    """PSNR in dB against the exact edit, of the output under each sentence and of the empty output: (2, S).

    The second is what doing nothing reaches. Outputs are rounded to 8 bits, so that even a perfect edit reaches about
    59 dB.
    """
    columns = []
    for compound, output in zip(asked, clean_outputs(model, case, [each.prompt for each in asked]), strict=True):
        exact = edit(case.empty, amounts(plain_request(*compound.operations)))
        columns.append(psnr_matrix(torch.cat([output, case.empty]), exact, case.border_px)[:, 0])
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


def forbidding_tone(sentences: Sequence[HandWritten]) -> list[HandWritten]:
    """Those that rule out a tone operation which can be told from what they wish."""
    return [each for each in sentences if _judged(each)]


def obeyed(model: AuditModel, case: CleanCase, sentences: Sequence[HandWritten]) -> np.ndarray:
    """Whether the forbidden is left undone, and whether the tone wishes are done in the right direction: (S, 2)."""
    outputs = clean_outputs(model, case, [each.prompt for each in sentences])
    return np.array([_verdict(*pair, case.empty) for pair in zip(sentences, outputs, strict=True)])


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


def _verdict(sentence: HandWritten, output: LargeImage, empty: LargeImage) -> tuple[bool, bool]:
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


def lab_shifts(model: AuditModel, case: CleanCase, prompts: Sequence[str]) -> np.ndarray:
    """How far each prompt moves the image's mean L* and mean chroma from those under the empty prompt: (S, 2)."""
    means = np.stack([mean_lab(output) for output in clean_outputs(model, case, prompts)])
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
