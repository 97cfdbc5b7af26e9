"""The heart of the prompt audit: every request on the same damaged picture, every output against every exact answer.

One row per request asked, one column per request measured against. A network that ignores its prompt has equal rows;
one that obeys has its best value on the diagonal.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.data.degradations import Degradations, degrade
from srgan_prompt.data.edits import apply_tone
from srgan_prompt.data.operations import Request
from srgan_prompt.data.requests import as_tensors
from srgan_prompt.types import Image

# Every degradation at once, well visible and well below unrecognisable: so that each request has something to do.
AUDIT_BLUR_SIGMA_PX, AUDIT_NOISE_STD, AUDIT_JPEG_QUALITY = 1.0, 15 / 255, 40.0


@dataclass(frozen=True)
class AuditCase:
    """One picture: the damaged input (1, 3, h, w), the exact answers (K, 3, H, W), and the answer to no prompt."""

    lr: Image
    targets: Image
    untouched: Image


def audit_case(hr: Image, requests: Sequence[Request], scale: int, seed: int) -> AuditCase:
    """Damage ``hr`` (1, 3, H, W), cut to a multiple of ``scale``, and answer every one of ``requests`` exactly."""
    height, width = (side // scale * scale for side in hr.shape[-2:])
    one = torch.ones(1)
    what = Degradations(
        blur_sigma_px=AUDIT_BLUR_SIGMA_PX * one,
        gaussian_std=AUDIT_NOISE_STD * one,
        grain_std=0 * one,
        shot_std=0 * one,
        jpeg_quality=AUDIT_JPEG_QUALITY * one,
    )
    damage = degrade(hr[..., :height, :width], what, scale, [np.random.default_rng(seed)])
    asked = as_tensors([*requests, Request()])
    rows = torch.zeros(len(requests) + 1, dtype=torch.long)
    answers = apply_tone(damage.target(rows, asked.removed), asked.tone).clamp(0, 1)
    return AuditCase(damage.lr, answers[:-1], answers[-1:])


def psnr_matrix(outputs: Image, targets: Image, border_px: int) -> np.ndarray:
    """PSNR in dB over RGB of every output (K, 3, H, W) against every target: (K, K). Outputs are 8-bit rounded."""
    inner = (..., slice(border_px, -border_px or None), slice(border_px, -border_px or None))
    seen = outputs.clamp(0, 1).mul(255).round().div(255)[inner]
    error = torch.stack([(output - targets[inner]).square().mean(dim=(1, 2, 3)) for output in seen])
    return -10 * torch.log10(error.clamp(min=1e-10)).numpy()


@dataclass(frozen=True)
class Confusion:
    """PSNR in dB: ``matrices`` (N, K, K), asked by measured; ``empty`` (N, K), the unprompted output against each."""

    matrices: np.ndarray
    empty: np.ndarray

    @property
    def right(self) -> np.ndarray:
        """PSNR of each request's own output, (N, K)."""
        return np.diagonal(self.matrices, axis1=1, axis2=2)

    @property
    def right_minus_wrong(self) -> np.ndarray:
        """How much the right prompt gains over the mean of the wrong ones on the same answer, (N, K) dB."""
        num = self.matrices.shape[1]
        return self.right - (self.matrices.sum(axis=1) - self.right) / (num - 1)

    @property
    def right_minus_empty(self) -> np.ndarray:
        """How much the right prompt gains over no prompt, (N, K) dB."""
        return self.right - self.empty

    @property
    def diagonal_wins(self) -> np.ndarray:
        """Whether the right prompt is the best of all for its answer, (N, K) booleans."""
        return self.matrices.argmax(axis=1) == np.arange(self.matrices.shape[1])

    @property
    def recalled(self) -> np.ndarray:
        """Whether the request is recognised from the output alone: its answer is the nearest of all, (N, K)."""
        return self.matrices.argmax(axis=2) == np.arange(self.matrices.shape[1])


def confuse(
    enlarge: Callable[[Image, Tensor], Image], cases: Sequence[AuditCase], texts: Tensor, border_px: int
) -> Confusion:
    """Run ``enlarge(lr, text)`` with every one of ``texts`` (K, D) and with none on every case.

    ``texts`` may also be (N, K, D): other wordings for every picture.
    """
    per_case = texts.expand(len(cases), -1, -1) if texts.dim() == 2 else texts
    matrices, empty = [], []
    for case, words in zip(cases, per_case, strict=True):
        outputs = torch.cat([enlarge(case.lr, word[None]) for word in words])
        plain = enlarge(case.lr, torch.zeros_like(words[:1]))
        matrices.append(psnr_matrix(outputs, case.targets, border_px))
        empty.append(psnr_matrix(plain, case.targets, border_px)[0])
    return Confusion(np.stack(matrices), np.stack(empty))
