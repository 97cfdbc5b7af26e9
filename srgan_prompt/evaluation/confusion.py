"""The heart of the prompt audit: every request on the same degraded image, every output against every exact answer.

One row per request asked, one column per request measured against. A network that ignores its prompt has equal rows;
one that obeys has its best value on the diagonal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from types import EllipsisType

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.data.image_cache import as_images
from srgan_prompt.evaluation.metrics import psnr
from srgan_prompt.operators.corruptions import Codec, Noise, to_8_bits
from srgan_prompt.operators.degradations import Degradations, Degraded, Stage, degrade
from srgan_prompt.operators.filters import Blur
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.operators.tone import apply_tone
from srgan_prompt.prompts.operations import OPERATIONS, Request, plain_request
from srgan_prompt.types import Answers, Image, LargeImage

# Every request that has an exact answer of its own; "faithful" and "crisp" share theirs with the empty prompt.
REQUESTS: tuple[Request, ...] = tuple(
    plain_request(name) for name, operation in OPERATIONS.items() if operation.family != "style"
)
NAMES = [request.clauses[0].operation for request in REQUESTS]
FAMILIES = np.array([OPERATIONS[name].family for name in NAMES])

EQUAL_DB = 100  # the PSNR of equal images, where means are taken: infinity has none

# Every degradation at once, well visible and well below unrecognisable: so that each request has something to do.
AUDIT_BLUR_SIGMA_PX, AUDIT_NOISE_STD, AUDIT_JPEG_QUALITY = 1.0, 15 / 255, 40
AUDIT_DAMAGE = Degradations(
    Stage(Blur("gaussian", AUDIT_BLUR_SIGMA_PX), Noise("gaussian", AUDIT_NOISE_STD), Codec("jpeg", AUDIT_JPEG_QUALITY))
)


@dataclass(frozen=True)
class AuditCase:
    """One image: the degraded input (1, 3, h, w) and how it came about, the exact answers (K, 3, H, W) to K requests,
    and ``untouched`` (1, 3, H, W), the exact answer to none."""

    lr: Image
    targets: Answers
    untouched: LargeImage
    degraded: Degraded


def centre(rgb: np.ndarray, side_px: int, multiple: int) -> LargeImage:
    """The middle (1, 3, H, W) in [0, 1] of ``rgb`` (height, width, 3) uint8, cut out.

    Its sides are the largest multiples of ``multiple`` that neither ``side_px`` nor the image falls short of.
    """
    sides = [min(side, side_px) // multiple * multiple for side in rgb.shape[:2]]
    top, left = ((whole - side) // 2 for whole, side in zip(rgb.shape, sides, strict=False))
    return as_images([rgb[top : top + sides[0], left : left + sides[1]]])


def audit_case(hr: Image, requests: Sequence[Request], scale: int, seed: int) -> AuditCase:
    """Degrade ``hr`` (1, 3, H, W), cut to a multiple of ``scale``, and answer every one of ``requests`` exactly."""
    height, width = (side // scale * scale for side in hr.shape[-2:])
    degraded = degrade(hr[..., :height, :width], [AUDIT_DAMAGE], scale, [np.random.default_rng(seed)])
    return AuditCase(degraded.lr, exact_answers(degraded, requests), exact_answers(degraded, [Request()]), degraded)


def exact_answers(degraded: Degraded, requests: Sequence[Request]) -> Answers:
    """The right results (K, 3, H, W) of ``requests`` on one degraded image."""
    asked = as_tensors(requests)
    rows = torch.zeros(len(requests), dtype=torch.long)
    return apply_tone(degraded.target(rows, asked.removed), asked.tone).clamp(0, 1)


def psnr_matrix(outputs: Image, targets: Answers, border_px: int) -> np.ndarray:
    """PSNR in dB over RGB of every output (S, 3, H, W) against every target (K, 3, H, W): (S, K).

    Outputs are rounded to 8 bits; equal images count as ``EQUAL_DB``.
    """
    inner = _inner(border_px)
    error = torch.stack(
        [(output - targets[inner]).square().mean(dim=(1, 2, 3)) for output in to_8_bits(outputs)[inner]]
    )
    return np.minimum(psnr(error.numpy()), EQUAL_DB)


def achieved_matrix(outputs: Answers, empty: LargeImage, case: AuditCase, border_px: int) -> np.ndarray:
    """The share of the change asked for by each of K requests that outputs (S, 3, H, W) make: at most 1, (S, K).

        1 - |made - asked|^2 / |asked|^2,    made = output - unprompted output,    asked = answer - untouched answer

    1 is all of it, 0 is none, below 0 another one. Unlike PSNR against the answers it does not prefer those that are
    easy to come near because they are smooth.
    """
    inner = _inner(border_px)
    made = (outputs.clamp(0, 1) - empty.clamp(0, 1))[inner].flatten(1)
    asked = (case.targets - case.untouched)[inner].flatten(1)
    asked_energy = asked.square().sum(dim=1).clamp(min=1e-10)
    return ((2 * made @ asked.T - made.square().sum(dim=1, keepdim=True)) / asked_energy).numpy()


def _inner(border_px: int) -> tuple[EllipsisType, slice, slice]:
    return (..., slice(border_px, -border_px or None), slice(border_px, -border_px or None))


@dataclass(frozen=True)
class PromptScores:
    """What S sentences achieved, PSNR in dB; ``image`` and ``request`` (S,) say where, and which of K was meant.

    ``rows`` (S, K): a sentence's output against every answer. ``other_prompt_psnr`` (S, K): what each request's
    sentence made of the same image, against this sentence's own answer. ``empty`` (S,): the unprompted output against
    it. ``achieved`` (S, K): see ``achieved_matrix``.
    """

    image: np.ndarray
    request: np.ndarray
    rows: np.ndarray
    other_prompt_psnr: np.ndarray
    empty: np.ndarray
    achieved: np.ndarray

    def __len__(self) -> int:
        return len(self.image)

    def __getitem__(self, chosen: np.ndarray) -> "PromptScores":
        """The sentences that ``chosen`` (indices or booleans) names."""
        return PromptScores(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["PromptScores"]) -> "PromptScores":
        """All sentences of ``parts``."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @property
    def right(self) -> np.ndarray:
        """PSNR of each output against its own answer, (S,)."""
        return self.rows[np.arange(len(self)), self.request]

    @property
    def right_minus_wrong(self) -> np.ndarray:
        """How much the right prompt gains over the mean of the wrong ones on the same answer, (S,) dB."""
        return self.right - _mean_of(self.other_prompt_psnr, self._others)

    @property
    def right_minus_same_family(self) -> np.ndarray:
        """The same over wrong prompts of its own family only, (S,) dB; for sentences that mean one of REQUESTS.

        A tone edit is so wrong for a restoration that even a network that cannot tell noise from blur beats it.
        """
        same_family = self._others & (FAMILIES[self.request][:, None] == FAMILIES)
        return self.right - _mean_of(self.other_prompt_psnr, same_family)

    @property
    def right_minus_empty(self) -> np.ndarray:
        """How much the right prompt gains over no prompt, (S,) dB."""
        return self.right - self.empty

    @property
    def wins(self) -> np.ndarray:
        """Whether the right prompt is the best of all for its answer, (S,) booleans."""
        return self.right > np.where(self._others, self.other_prompt_psnr, -np.inf).max(axis=1)

    @property
    def recall_by_output(self) -> np.ndarray:
        """Whether the request is recognised from the output alone: its answer is the nearest of all, (S,) booleans."""
        return self.rows.argmax(axis=1) == self.request

    @property
    def recall_by_change(self) -> np.ndarray:
        """Whether the request is recognised from the change that the prompt made, (S,) booleans."""
        return (self.achieved.argmax(axis=1) == self.request) & (self.achieved.max(axis=1) > 0)

    @property
    def matrix(self) -> np.ndarray:
        """Mean row of each request asked, (K, K) dB; NaN for a request that no sentence meant."""
        num = self.rows.shape[1]
        asked = [self.rows[self.request == request] for request in range(num)]
        return np.stack([rows.mean(axis=0) if len(rows) else np.full(num, np.nan) for rows in asked])

    @property
    def _others(self) -> np.ndarray:
        return np.arange(self.rows.shape[1]) != self.request[:, None]


def _mean_of(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The mean of the ``chosen`` values (booleans) of each row."""
    return np.where(chosen, values, 0).sum(axis=1) / chosen.sum(axis=1)


def score_requests(image: int, case: AuditCase, outputs: Answers, empty: LargeImage, border_px: int) -> PromptScores:
    """One sentence for each of the K requests of ``case``: ``outputs`` (K, 3, H, W), unprompted ``empty`` (1, ...)."""
    rows = psnr_matrix(outputs, case.targets, border_px)
    number = np.arange(len(rows))
    return PromptScores(
        image=np.full_like(number, image),
        request=number,
        rows=rows,
        other_prompt_psnr=rows.T,
        empty=psnr_matrix(empty, case.targets, border_px)[0],
        achieved=achieved_matrix(outputs, empty, case, border_px),
    )


def confuse(
    upscale: Callable[[Image, Tensor], LargeImage], cases: Sequence[AuditCase], texts: Tensor, border_px: int
) -> PromptScores:
    """Run ``upscale(lr, text)`` with every one of ``texts`` (K, D) and with none on every case."""
    parts = []
    for image, case in enumerate(cases):
        outputs = torch.cat([upscale(case.lr, text[None]) for text in texts])
        empty = upscale(case.lr, torch.zeros_like(texts[:1]))
        parts.append(score_requests(image, case, outputs, empty, border_px))
    return PromptScores.joined(parts)
