"""Two and three tone wishes in one sentence, in documented wordings joined as people join them.

The figure is the PSNR in dB between the output and the exact edit of the network's own output under the empty prompt,
averaged over sentences and images. The empty output itself, against the same edit, is what doing nothing reaches.
Outputs are rounded to 8 bits, so that even a perfect edit reaches about 59 dB.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Literal

import numpy as np
import torch

from srgan_prompt.data.edits import edit
from srgan_prompt.data.requests import compatible
from srgan_prompt.evaluation.audit.clean_case import CleanCase
from srgan_prompt.evaluation.audit.shown import TONE
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate_grid
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import psnr_matrix
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.prompts.operations import amounts, plain_request

CompoundKind = Literal["pairs", "pairs with grayscale or sepia", "triples"]


@dataclass(frozen=True)
class Compound:
    """``prompt`` asks for ``operations`` at their plain amounts, in this order."""

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
def compound_db(subject: AuditSubject, case: CleanCase, asked: Sequence[Compound]) -> np.ndarray:
    """PSNR in dB against the exact edit, of the output under each sentence and of the empty output: (2, S)."""
    columns = []
    for compound, text in zip(asked, subject.embed([each.prompt for each in asked]), strict=True):
        exact = edit(case.empty, amounts(plain_request(*compound.operations)))
        both = torch.cat([subject.enlarge(case.lr, text), case.empty])
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
