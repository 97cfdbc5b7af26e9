"""The linear part of a degradation: resizing, the shrink-and-back of a web upload, and blur.

Images are float RGB in [0, 1], (B, 3, H, W). Being linear, a filter may act on an image and on what is wrong with it
apart. At the end stand the two fixed filters on uint8 images that tables compare with.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.types import Image, LargeImage

BlurKind = Literal["gaussian", "motion", "defocus"]
Mode = Literal["area", "bilinear", "bicubic"]
MODES: tuple[Mode, ...] = get_args(Mode)

FFT_STEP_PX = 8  # kernels grow in steps: 128 + 32 or 128 + 48 are sides that an FFT likes, 128 + 45 - 1 is not


def down(image: LargeImage, scale: int) -> Image:
    """Antialiased bicubic reduction by ``scale`` (within 53-58 dB of MATLAB's)."""
    return reduce(image, scale).clamp(0, 1)


def reduce(image: Tensor, scale: int) -> Tensor:
    """``down`` without its clip: linear."""
    return _resize(image, 1 / scale)


def up(image: Tensor, scale: int) -> Tensor:
    """Bicubic upscaling by ``scale``; not clipped, so that residuals may be upscaled too."""
    return _resize(image, scale)


def _resize(image: Tensor, factor: int | float) -> Tensor:
    """As two matrix products: on a CPU, for training windows, a fraction of the time that ``interpolate`` takes."""
    vertical, horizontal = (_resizing_matrix(side_px, factor).to(image) for side_px in image.shape[-2:])
    return vertical @ image @ horizontal.T


@lru_cache(maxsize=8)
def _resizing_matrix(side_px: int, factor: int | float) -> Tensor:
    """(factor * side, side): what bicubic resizing, antialiased when it shrinks, does to one line of pixels."""
    points = torch.eye(side_px)[None, None]  # each column is a line with one bright pixel
    resized = F.interpolate(
        points, scale_factor=(factor, 1.0), mode="bicubic", antialias=factor < 1, align_corners=False
    )
    return resized[0, 0]


@dataclass(frozen=True)
class Resample:
    """A resize to ``factor`` times the side in mode ``there``, and back in mode ``back``; both blur, and both alias."""

    factor: float
    there: Mode
    back: Mode


def there_and_back(image: Image, resamples: Sequence[Resample | None], scale: int = 1) -> Image:
    """Each of B images resized as ``resamples`` (B) says, and back; None leaves an image untouched.

    A factor is that of a side ``scale`` times smaller: an image and its reduction pass through the same few pixels.
    """
    rows = [row for row, resample in enumerate(resamples) if resample]
    if not rows:
        return image
    sides = [side // scale for side in image.shape[-2:]]
    vertical, horizontal = (
        torch.stack([_round_trip_matrix(side * scale, side, resamples[row]) for row in rows]).to(image)[:, None]
        for side in sides
    )
    where = torch.tensor(rows, device=image.device)
    return image.index_copy(0, where, vertical @ image[where] @ horizontal.mT)


@lru_cache(maxsize=512)  # all that training meets: 23 sizes of a 32 px side, 9 pairs of modes, 2 resolutions
def _round_trip_matrix(side_px: int, small_side_px: int, resample: Resample) -> Tensor:
    """(side, side): what resizing one line of pixels to ``factor * small_side_px`` pixels and back does to it."""
    middle_px = max(1, round(resample.factor * small_side_px))
    return _line_matrix(middle_px, side_px, resample.back) @ _line_matrix(side_px, middle_px, resample.there)


def _line_matrix(from_px: int, to_px: int, mode: Mode) -> Tensor:
    """(to, from): one line of pixels resized; area has no antialiasing to choose, it averages anyway."""
    options = {} if mode == "area" else {"antialias": to_px < from_px, "align_corners": False}
    return F.interpolate(torch.eye(from_px)[None, None], size=(to_px, from_px), mode=mode, **options)[0, 0]


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
        """The kernel (k, k), k odd, float32 with the sum 1, for images ``scale`` times the low resolution."""
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
    """Each of B images, ``scale`` times the low resolution, blurred as ``blurs`` (B) says; None leaves it untouched.

    Borders are reflected. By FFT: at 128 px its cost hardly depends on the width of a kernel.
    """
    if not any(blurs):
        return image
    # One by one: the last bit must not depend on a batch, or rounding to 8 bits would, and then a block of a file.
    return torch.cat(
        [_blurred(one, each, scale) if each else one for one, each in zip(image.split(1), blurs, strict=True)]
    )


def _blurred(image: Image, each: Blur, scale: int) -> Image:
    """``image`` (1, 3, H, W) blurred; of a kernel wider than the image only the middle is left."""
    from kornia.filters import fft_conv

    kernel = torch.from_numpy(each.kernel(scale))
    radius = len(kernel) // 2
    padded_radius = min(-(-radius // FFT_STEP_PX) * FFT_STEP_PX, min(image.shape[-2:]) - 1)
    kernel = F.pad(kernel, [padded_radius - radius] * 4)
    return fft_conv(image, (kernel / kernel.sum())[None].to(image.device))


def resize_bicubic(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """``rgb`` (H, W, 3) uint8 at ``size_px`` (width, height), by Keys' cubic with a = -0.5, which is MATLAB's too."""
    return np.asarray(PilImage.fromarray(rgb).resize(size_px, PilImage.Resampling.BICUBIC))


def resize_lanczos(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """The same by a windowed sinc with three lobes."""
    return np.asarray(PilImage.fromarray(rgb).resize(size_px, PilImage.Resampling.LANCZOS))
