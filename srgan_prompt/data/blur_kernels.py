"""Blur as explicit kernels, one a picture: out of focus, moved, or soft in one direction more than in another."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
import torch.nn.functional as F

from srgan_prompt.types import Image

BlurKind = Literal["gaussian", "motion", "defocus"]

FFT_STEP_PX = 8  # kernels grow in steps: 128 + 32 or 128 + 48 are sides that an FFT likes, 128 + 45 - 1 is not


@dataclass(frozen=True)
class Blur:
    """A blur whose kernel has the deviation ``sigma_px``, in low-resolution pixels, along its widest direction.

    For every kind alike: a line of motion is ``sqrt(12) sigma_px`` long, a disc of defocus has the radius
    ``2 sigma_px``. ``aspect`` is a Gaussian's deviation across, relative to that along; ``angle_rad`` turns the kernel.
    """

    kind: BlurKind
    sigma_px: float
    aspect: float = 1.0
    angle_rad: float = 0.0

    def kernel(self, scale: int = 1) -> np.ndarray:
        """The kernel (k, k), k odd, float32 with the sum 1, for pictures ``scale`` times the low resolution."""
        sigma = self.sigma_px * scale
        reach = {"gaussian": 3 * sigma, "motion": math.sqrt(3) * sigma + 1, "defocus": 2 * sigma + 1}[self.kind]
        radius = max(1, math.ceil(reach))
        y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(np.float32)
        along = x * math.cos(self.angle_rad) + y * math.sin(self.angle_rad)
        across = y * math.cos(self.angle_rad) - x * math.sin(self.angle_rad)
        match self.kind:
            case "gaussian":
                weights = np.exp(-((along / sigma) ** 2 + (across / (self.aspect * sigma)) ** 2) / 2)
            case "motion":  # edges fall off over one pixel, so that a line at any angle is smooth
                on_line = np.clip(math.sqrt(3) * sigma + 0.5 - abs(along), 0, 1)
                weights = on_line * np.clip(1 - abs(across), 0, 1)
            case "defocus":
                weights = np.clip(2 * sigma + 0.5 - np.hypot(x, y), 0, 1)
        return (weights / weights.sum()).astype(np.float32)


def blur(image: Image, blurs: Sequence[Blur | None], scale: int = 1) -> Image:
    """Each of B pictures, ``scale`` times the low resolution, blurred as ``blurs`` (B) says; None leaves it untouched.

    Borders are reflected. By FFT: at 128 px its cost hardly depends on the width of a kernel.
    """
    if not any(blurs):
        return image
    # One by one: the last bit must not depend on a batch, or rounding to 8 bits would, and then a block of a file.
    return torch.cat(
        [_blurred(one, each, scale) if each else one for one, each in zip(image.split(1), blurs, strict=True)]
    )


def _blurred(image: Image, each: Blur, scale: int) -> Image:
    """``image`` (1, 3, H, W) blurred; of a kernel wider than the picture only the middle is left."""
    from kornia.filters import fft_conv

    kernel = torch.from_numpy(each.kernel(scale))
    radius = len(kernel) // 2
    padded_radius = min(-(-radius // FFT_STEP_PX) * FFT_STEP_PX, min(image.shape[-2:]) - 1)
    kernel = F.pad(kernel, [padded_radius - radius] * 4)
    return fft_conv(image, (kernel / kernel.sum())[None].to(image.device))
