"""The heart of the prompt audit: every request on the same damaged picture, every output against every exact answer.

One row per request asked, one column per request measured against. A network that ignores its prompt has equal rows;
one that obeys has its best value on the diagonal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from types import EllipsisType

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.operators.corruptions import Codec, Noise
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
FAMILIES = np.array([OPERATIONS[request.clauses[0].operation].family for request in REQUESTS])

# Every degradation at once, well visible and well below unrecognisable: so that each request has something to do.
AUDIT_BLUR_SIGMA_PX, AUDIT_NOISE_STD, AUDIT_JPEG_QUALITY = 1.0, 15 / 255, 40
AUDIT_DAMAGE = Degradations(
    Stage(Blur("gaussian", AUDIT_BLUR_SIGMA_PX), Noise("gaussian", AUDIT_NOISE_STD), Codec("jpeg", AUDIT_JPEG_QUALITY))
)


@dataclass(frozen=True)
class AuditCase:
    """One picture: the damaged input (1, 3, h, w), its ``damage``, the exact answers (K, 3, H, W) to K requests, and
    ``untouched`` (1, 3, H, W), the exact answer to none."""

    lr: Image
    targets: Answers
    untouched: LargeImage
    damage: Degraded


def audit_case(hr: Image, requests: Sequence[Request], scale: int, seed: int) -> AuditCase:
    """Damage ``hr`` (1, 3, H, W), cut to a multiple of ``scale``, and answer every one of ``requests`` exactly."""
    height, width = (side // scale * scale for side in hr.shape[-2:])
    damage = degrade(hr[..., :height, :width], [AUDIT_DAMAGE], scale, [np.random.default_rng(seed)])
    return AuditCase(damage.lr, exact_answers(damage, requests), exact_answers(damage, [Request()]), damage)


def exact_answers(damage: Degraded, requests: Sequence[Request]) -> Answers:
    """The right results (K, 3, H, W) of ``requests`` on one damaged picture."""
    asked = as_tensors(requests)
    rows = torch.zeros(len(requests), dtype=torch.long)
    return apply_tone(damage.target(rows, asked.removed), asked.tone).clamp(0, 1)


def psnr_matrix(outputs: Image, targets: Answers, border_px: int) -> np.ndarray:
    """PSNR in dB over RGB of every output (S, 3, H, W) against every target (K, 3, H, W): (S, K).

    Outputs are rounded to 8 bits; equal pictures count as 100 dB.
    """
    inner = _inner(border_px)
    seen = outputs.clamp(0, 1).mul(255).round().div(255)[inner]
    error = torch.stack([(output - targets[inner]).square().mean(dim=(1, 2, 3)) for output in seen])
    return -10 * torch.log10(error.clamp(min=1e-10)).numpy()


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
class Obedience:
    """What S sentences achieved, PSNR in dB; ``picture`` and ``request`` (S,) say where, and which of K was meant.

    ``rows`` (S, K): a sentence's output against every answer. ``rivals`` (S, K): what each request's sentence made of
    the same picture, against this sentence's own answer. ``empty`` (S,): the unprompted output against it.
    ``achieved`` (S, K): see ``achieved_matrix``.
    """

    picture: np.ndarray
    request: np.ndarray
    rows: np.ndarray
    rivals: np.ndarray
    empty: np.ndarray
    achieved: np.ndarray

    def __len__(self) -> int:
        return len(self.picture)

    def __getitem__(self, chosen: np.ndarray) -> "Obedience":
        """The sentences that ``chosen`` (indices or booleans) names."""
        return Obedience(*(getattr(self, field.name)[chosen] for field in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence["Obedience"]) -> "Obedience":
        """All sentences of ``parts``."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @property
    def right(self) -> np.ndarray:
        """PSNR of each output against its own answer, (S,)."""
        return self.rows[np.arange(len(self)), self.request]

    @property
    def right_minus_wrong(self) -> np.ndarray:
        """How much the right prompt gains over the mean of the wrong ones on the same answer, (S,) dB."""
        return self.right - np.where(self._others, self.rivals, 0).sum(axis=1) / self._others.sum(axis=1)

    @property
    def right_minus_kin(self) -> np.ndarray:
        """The same over wrong prompts of its own family only, (S,) dB; for sentences that mean one of REQUESTS.

        A tone edit is so wrong for a restoration that even a network that cannot tell noise from blur beats it.
        """
        kin = self._others & (FAMILIES[self.request][:, None] == FAMILIES)
        return self.right - np.where(kin, self.rivals, 0).sum(axis=1) / kin.sum(axis=1)

    @property
    def right_minus_empty(self) -> np.ndarray:
        """How much the right prompt gains over no prompt, (S,) dB."""
        return self.right - self.empty

    @property
    def wins(self) -> np.ndarray:
        """Whether the right prompt is the best of all for its answer, (S,) booleans."""
        return self.right > np.where(self._others, self.rivals, -np.inf).max(axis=1)

    @property
    def recalled(self) -> np.ndarray:
        """Whether the request is recognised from the output alone: its answer is the nearest of all, (S,) booleans."""
        return self.rows.argmax(axis=1) == self.request

    @property
    def recognised(self) -> np.ndarray:
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


def obedience_on(picture: int, case: AuditCase, outputs: Answers, empty: LargeImage, border_px: int) -> Obedience:
    """One sentence for each of the K requests of ``case``: ``outputs`` (K, 3, H, W), unprompted ``empty`` (1, ...)."""
    rows = psnr_matrix(outputs, case.targets, border_px)
    number = np.arange(len(rows))
    return Obedience(
        picture=np.full_like(number, picture),
        request=number,
        rows=rows,
        rivals=rows.T,
        empty=psnr_matrix(empty, case.targets, border_px)[0],
        achieved=achieved_matrix(outputs, empty, case, border_px),
    )


def confuse(
    enlarge: Callable[[Image, Tensor], LargeImage], cases: Sequence[AuditCase], texts: Tensor, border_px: int
) -> Obedience:
    """Run ``enlarge(lr, text)`` with every one of ``texts`` (K, D) and with none on every case."""
    parts = []
    for picture, case in enumerate(cases):
        outputs = torch.cat([enlarge(case.lr, text[None]) for text in texts])
        empty = enlarge(case.lr, torch.zeros_like(texts[:1]))
        parts.append(obedience_on(picture, case, outputs, empty, border_px))
    return Obedience.joined(parts)
