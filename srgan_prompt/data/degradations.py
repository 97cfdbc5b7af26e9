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
    return _reduce(image, scale).clamp(0, 1)


def up(image: Tensor, scale: int) -> Tensor:
    """Bicubic enlargement by ``scale``; not clipped, so residuals may be enlarged too.

    As two matrix products: on a CPU they take an eighth of the time that ``interpolate`` takes for small pictures.
    """
    vertical, horizontal = (_enlarging_matrix(side_px, scale).to(image) for side_px in image.shape[-2:])
    return vertical @ image @ horizontal.T


def _reduce(image: Image, scale: int) -> Tensor:
    return F.interpolate(image, scale_factor=1 / scale, mode="bicubic", antialias=True, align_corners=False)


@lru_cache(maxsize=8)
def _enlarging_matrix(side_px: int, scale: int) -> Tensor:
    """(scale * side, side): what bicubic enlargement does to one line of pixels."""
    lines = torch.eye(side_px)[:, None, :, None]
    return F.interpolate(lines, size=(scale * side_px, 1), mode="bicubic", align_corners=False)[:, 0, :, 0].T


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
    """Pictures and everything that is needed to say what each request leaves of their faults."""

    hr: Image
    blurred: Image
    small: Tensor  # ``blurred`` at low resolution, not clipped
    noise: Tensor
    what: Degradations
    scale: int

    @property
    def lr(self) -> Image:
        """The low-resolution input, 8-bit rounded as every file is."""
        noisy = self.small.clamp(0, 1) + self.noise
        return jpeg(noisy, self.what.jpeg_quality).clamp(0, 1).mul(255).round().div(255)

    def target(self, rows: Tensor, removed: Tensor, cut: Callable[[Tensor], Tensor] | None = None) -> Image:
        """The exact answers (R, 3, H, W) for pictures ``rows`` (R,) when the shares ``removed`` (R, 3) are removed.

        ``cut`` takes a part out of (R, 3, H, W) pictures, when only a part of each answer is needed.
        """
        blur_left, noise_left, jpeg_left = (1 - removed)[:, :, None, None, None].unbind(1)
        hr, blurred = self.hr[rows], self.blurred[rows]
        # Reducing is linear up to its clip: so the base need not be made in full, where only a part is cut out.
        small = torch.lerp(_reduce(self.hr, self.scale)[rows], self.small[rows], blur_left).clamp(0, 1)
        kept = small + noise_left * self.noise[rows]
        quality = self.what.jpeg_quality[rows] * (jpeg_left.flatten() > 0)
        kept = torch.lerp(kept, jpeg(kept, quality), jpeg_left)
        residual = up(kept - small, self.scale)
        if cut is not None:
            hr, blurred, residual = cut(hr), cut(blurred), cut(residual)
        return (torch.lerp(hr, blurred, blur_left) + residual).clamp(0, 1)


def degrade(hr: Image, what: Degradations, scale: int, rngs: Sequence[np.random.Generator]) -> Degraded:
    """Damage ``hr``, whose sides are multiples of ``scale``, as ``what`` says; one generator a picture."""
    blurred = blur(hr, what.blur_sigma_px * scale)
    small = _reduce(blurred, scale)
    return Degraded(hr, blurred, small, sample_noise(small, what, rngs), what, scale)
