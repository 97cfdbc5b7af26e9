"""What is wrong with a low-resolution picture, made on the device with kornia, and what a request leaves of it.

Pictures are float RGB in [0, 1], (B, 3, H, W). The order is that of a cheap camera and a web upload:

    lr = jpeg(down(blur(hr)) + noise)

For a request that removes the shares ``r`` of blur, noise and JPEG, the exact answer keeps the rest, carried up to the
size of the high-resolution picture:

    base   = (1 - r_blur) blur(hr) + r_blur hr
    kept   = down(base) + (1 - r_noise) noise;  kept += (1 - r_jpeg) (jpeg(kept) - kept)
    target = base + up(kept - down(base))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from srgan_prompt.types import Image, LargeImage, PerSample

REMOVABLE = ("blur", "noise", "jpeg")

Crop = Callable[[Tensor, Tensor], Tensor]
"""(pictures (N, 3, H, W), numbers (R,) of some) -> a part of each, (R, 3, h, w)."""


@dataclass(frozen=True)
class Degradations:
    """What each of B pictures suffers. Sigmas in low-resolution pixels; noise relative to full range; 0 = absent."""

    blur_sigma_px: PerSample
    gaussian_std: PerSample  # independent in every pixel and channel
    grain_std: PerSample  # the same in all channels and soft, as film has it
    shot_std: PerSample  # photon noise: the deviation at white
    jpeg_quality: PerSample  # 1..100; 0 = not compressed

    def to(self, device: torch.device) -> "Degradations":
        """The same on ``device``."""
        return Degradations(*(getattr(self, field.name).to(device) for field in fields(self)))


def sample_degradations(present: np.ndarray, rngs: Sequence[np.random.Generator]) -> Degradations:
    """Draw strengths where ``present`` (B, 3), in the order of ``REMOVABLE``, is true; one generator a picture."""
    rows = []
    for (blurred, noisy, coded), rng in zip(present, rngs, strict=True):
        std = rng.uniform(8 / 255, 40 / 255) * noisy
        kind = rng.permutation(3) == 0
        rows.append((rng.uniform(0.6, 1.6) * blurred, *(std * kind), rng.uniform(20, 60) * coded))
    return Degradations(*torch.tensor(np.array(rows, np.float32)).unbind(1))


def down(image: LargeImage, scale: int) -> Image:
    """Antialiased bicubic reduction by ``scale`` (within 53-58 dB of MATLAB's)."""
    return _resize(image, 1 / scale).clamp(0, 1)


def up(image: Tensor, scale: int) -> Tensor:
    """Bicubic enlargement by ``scale``; not clipped, so residuals may be enlarged too."""
    return _resize(image, scale)


def to_8_bits(image: Image) -> Image:
    """``image`` as a file holds it: clipped to [0, 1] and rounded to 1/255."""
    return image.clamp(0, 1).mul(255).round().div(255)


def _resize(image: Tensor, factor: int | float) -> Tensor:
    """As two matrix products: on a CPU, for training windows, a fraction of the time that ``interpolate`` takes."""
    vertical, horizontal = (_resizing_matrix(side_px, factor).to(image) for side_px in image.shape[-2:])
    return vertical @ image @ horizontal.T


@lru_cache(maxsize=8)
def _resizing_matrix(side_px: int, factor: int | float) -> Tensor:
    """(factor * side, side): what bicubic resizing, antialiased when it shrinks, does to one line of pixels."""
    points = torch.eye(side_px)[None, None]  # each column is a line with one bright pixel
    options = {"mode": "bicubic", "antialias": factor < 1, "align_corners": False}
    return F.interpolate(points, scale_factor=(factor, 1.0), **options)[0, 0]


def blur(image: Image, sigma_px: PerSample) -> Image:
    """Gaussian blur with a sigma per picture, in pixels of ``image``; 0 leaves a picture untouched."""
    rows = sigma_px.nonzero().flatten()
    if not len(rows):
        return image
    from kornia.filters import gaussian_blur2d

    # 4 sigmas: the widest blur of a batch sets the size of the kernel, and the other pictures must not notice.
    radius = max(1, min(int(4 * sigma_px.max().item()) + 1, min(image.shape[-2:]) - 1))
    sigma = sigma_px[rows].clamp(min=0.05)[:, None].expand(-1, 2)
    return image.index_copy(0, rows, gaussian_blur2d(image[rows], (2 * radius + 1, 2 * radius + 1), sigma))


def sample_noise(image: Image, what: Degradations, rngs: Sequence[np.random.Generator]) -> Tensor:
    """The noise (B, 3, H, W) that ``what`` adds to ``image``; one generator a picture.

    Shot noise is the normal approximation of Poisson: the deviation grows with the root of the signal (40 photons at
    white and more, where the two agree).
    """
    height, width = image.shape[-2:]
    fields = np.stack([rng.standard_normal((4, height + 1, width + 1), np.float32) for rng in rngs])
    field = torch.from_numpy(fields).to(image.device)
    colour = field[:, :3, 1:, 1:]
    grain = 2 * F.avg_pool2d(field[:, 3:], 2, stride=1)  # a mean of 4 halves the deviation
    gaussian, soft, shot = (std[:, None, None, None] for std in (what.gaussian_std, what.grain_std, what.shot_std))
    return (gaussian + shot * image.clamp(0, 1).sqrt()) * colour + soft * grain


def jpeg(image: Image, quality: PerSample) -> Image:
    """JPEG compression at a quality per picture; 0 leaves a picture untouched."""
    rows = quality.nonzero().flatten()
    if not len(rows):
        return image
    from kornia.enhance import jpeg_codec_differentiable

    height, width = image.shape[-2:]
    blocks = F.pad(image[rows].clamp(0, 1), (0, -width % 16, 0, -height % 16), mode="replicate")
    coded = jpeg_codec_differentiable(blocks, quality[rows].clamp(min=1))[..., :height, :width]
    return image.index_copy(0, rows, coded)


@dataclass(frozen=True)
class Degraded:
    """B pictures and everything that is needed to say what a request leaves of their faults.

    ``small_hr`` and ``small_blurred`` are the pictures at low resolution, not clipped.
    """

    hr: Image
    blurred: Image
    small_hr: Tensor
    small_blurred: Tensor
    noise: Tensor
    what: Degradations
    scale: int

    @property
    def lr(self) -> Image:
        """The low-resolution inputs (B, 3, h, w), 8-bit rounded as every file is: what removing nothing leaves."""
        _, kept = self._left(torch.arange(len(self.hr)), self.noise.new_zeros(len(self.hr), len(REMOVABLE)))
        return to_8_bits(kept)

    def target(self, rows: Tensor, removed: Tensor) -> Image:
        """The exact answers (R, 3, H, W) for pictures ``rows`` (R,) when the shares ``removed`` (R, 3) are removed."""
        return self.lr_and_target(rows, removed, lambda image, numbers: image[numbers])[1]

    def lr_and_target(self, rows: Tensor, removed: Tensor, crop: Crop) -> tuple[Tensor, Tensor]:
        """``lr`` (B, 3, h, w) and ``target`` (R, 3, H, W) together, to save time; ``crop`` takes part of an answer."""
        num_pictures, asking = len(self.hr), removed.any(dim=1).nonzero().flatten()
        # A request that removes nothing leaves what the input shows. So: all inputs, then those that remove something.
        pictures = torch.cat([torch.arange(num_pictures, device=rows.device), rows[asking]])
        shares = torch.cat([removed.new_zeros(num_pictures, len(REMOVABLE)), removed[asking]])
        base, kept = self._left(pictures, shares)
        places = torch.arange(num_pictures, len(pictures), device=rows.device)
        residual = crop(up(kept - base, self.scale), rows.index_put((asking,), places))
        blur_left = (1 - removed[:, 0])[:, None, None, None]
        target = torch.lerp(crop(self.hr, rows), crop(self.blurred, rows), blur_left) + residual
        return to_8_bits(kept[:num_pictures]), target.clamp(0, 1)

    def _left(self, rows: Tensor, removed: Tensor) -> tuple[Tensor, Tensor]:
        """``down(base)`` and ``kept`` of the equations, for pictures ``rows``."""
        blur_left, noise_left, jpeg_left = (1 - removed)[:, :, None, None, None].unbind(1)
        # Reducing is linear up to its clip: so the base itself need not be made in full.
        base = torch.lerp(self.small_hr[rows], self.small_blurred[rows], blur_left).clamp(0, 1)
        noisy = base + noise_left * self.noise[rows]
        quality = self.what.jpeg_quality[rows] * (jpeg_left.flatten() > 0)
        return base, torch.lerp(noisy, jpeg(noisy, quality), jpeg_left)


def degrade(hr: Image, what: Degradations, scale: int, rngs: Sequence[np.random.Generator]) -> Degraded:
    """Damage ``hr``, whose sides are multiples of ``scale``, as ``what`` says; one generator a picture."""
    blurred = blur(hr, what.blur_sigma_px * scale)
    small_hr, small_blurred = (_resize(image, 1 / scale) for image in (hr, blurred))
    noise = sample_noise(small_blurred, what, rngs)
    return Degraded(hr, blurred, small_hr, small_blurred, noise, what, scale)
