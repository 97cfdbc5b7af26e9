"""What is wrong with a low-resolution image, and what a request leaves of it.

Images are float RGB in [0, 1], (B, 3, H, W). The first half of the chain is that of a cheap camera and its file, the
second that of a web page which resizes the file and saves it again (second order, as in Real-ESRGAN: Wang et al. 2021,
arXiv 2107.10833):

    lr = codec2(blur2(resample(codec1(down(blur1(hr)) + noise1))) + noise2)

Blur and resampling are linear, so what rides on the image (``faults``) may be followed apart from the image itself.
For a request that removes the shares ``r`` of blur, noise and compression ("jpeg", be it JPEG or WebP), the same chain
with the same random fields runs with every stage of a kind attenuated; resampling counts as blur:

    once   = down(hr) + (1 - r_blur) (down(blur1(hr)) - down(hr))
    twice  = down(hr) + (1 - r_blur) (blur2(resample(down(blur1(hr)))) - down(hr))
    faults = (1 - r_noise) noise1
    faults = faults + (1 - r_jpeg) (codec1(once + faults) - (once + faults))
    noisy  = twice + blur2(resample(faults)) + (1 - r_noise) noise2
    kept   = noisy + (1 - r_jpeg) (codec2(noisy) - noisy)

What was not asked to go stays as the input shows it: later blur is removed from the image and not from its faults, or
"remove the blur" would mean "bring out the noise".

The exact answer carries that up to the size of the high-resolution image. What a small image cannot hold comes from
``hr``, as blurred as the request leaves it; resample' and blur2' are the later stages at high resolution. Without them
an answer that keeps the blur would have fine detail of ``hr`` upon blurred outlines.

    blurred = blur2'(resample'(blur1(hr)))
    base    = (1 - r_blur) blurred + r_blur hr
    target  = base + up(kept - down(base))

So removing everything leaves ``hr``, and removing nothing an answer that reduces to ``lr``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.operators.corruptions import Codec, Noise, round_trip, sample_noise, to_8_bits
from srgan_prompt.operators.filters import Blur, Resample, blur, reduce, there_and_back, up
from srgan_prompt.types import Image

REMOVABLE = ("blur", "noise", "jpeg")

Crop = Callable[[Tensor, Tensor], Tensor]
"""(images (N, 3, H, W), numbers (R,) of some) -> a part of each, (R, 3, h, w)."""


@dataclass(frozen=True)
class Stage:
    """One half of the chain; None = absent."""

    blur: Blur | None = None
    noise: Noise | None = None
    codec: Codec | None = None


@dataclass(frozen=True)
class Degradations:
    """What one image suffers; by default nothing. The first blur acts at high resolution, all else at low."""

    first: Stage = Stage()
    resample: Resample | None = None
    second: Stage = Stage()


@dataclass(frozen=True)
class Degraded:
    """B images and everything that is needed to say what a request leaves of their faults.

    ``hr`` and ``blurred`` are where the images are. All else is on the CPU, where encoders work, at low resolution
    and not clipped: ``small_hr`` and ``small_blurred`` are those two reduced, ``once`` and ``twice`` those of the
    equations with all blur left, ``noise`` that of both stages.
    """

    hr: Image
    blurred: Image
    small_hr: Tensor
    small_blurred: Tensor
    once: Tensor
    twice: Tensor
    noise: tuple[Tensor, Tensor]
    degradations: Sequence[Degradations]
    scale: int

    @property
    def lr(self) -> Image:
        """The low-resolution inputs (B, 3, h, w), 8-bit rounded as every file is: what removing nothing leaves."""
        return self.kept(torch.arange(len(self.hr)), torch.zeros(len(self.hr), len(REMOVABLE)))

    def kept(self, rows: Tensor, removed: Tensor) -> Image:
        """The inputs (R, 3, h, w), 8-bit rounded, as ``rows`` would be without the shares ``removed`` (R, 3)."""
        return to_8_bits(self._kept(rows.cpu(), removed.cpu())).to(self.hr.device)

    def target(self, rows: Tensor, removed: Tensor) -> Image:
        """The exact answers (R, 3, H, W) for images ``rows`` (R,) when the shares ``removed`` (R, 3) are removed."""
        return self.lr_and_target(rows, removed, lambda image, numbers: image[numbers])[1]

    def lr_and_target(self, rows: Tensor, removed: Tensor, crop: Crop) -> tuple[Tensor, Tensor]:
        """``lr`` (B, 3, h, w) and ``target`` (R, 3, H, W) together, to save time; ``crop`` takes part of an answer."""
        device, num_images = self.hr.device, len(self.hr)
        wanted, shares = rows.cpu(), removed.cpu()
        asking = shares.any(dim=1).nonzero().flatten()
        # A request that removes nothing leaves what the input shows. So: all inputs, then those that remove something.
        images = torch.cat([torch.arange(num_images), wanted[asking]])
        shares = torch.cat([shares.new_zeros(num_images, len(REMOVABLE)), shares[asking]])
        kept = self._kept(images, shares)
        # Reducing is linear up to its clip: so the base itself need not be made in full.
        base = _blended(self.small_hr[images], self.small_blurred[images], 1 - shares[:, 0]).clamp(0, 1)
        places = wanted.index_put((asking,), torch.arange(num_images, len(images)))
        residual = crop(up((kept - base).to(device), self.scale), places.to(device))
        target = _blended(crop(self.hr, rows), crop(self.blurred, rows), 1 - removed[:, 0]) + residual
        return to_8_bits(kept[:num_images]).to(device), target.clamp(0, 1)

    def _kept(self, rows: Tensor, removed: Tensor) -> Tensor:
        """``kept`` of the equations for images ``rows``, not rounded."""
        blur_left, noise_left, jpeg_left = (1 - removed).unbind(1)
        degradations = [self.degradations[row] for row in rows.tolist()]
        small_hr = self.small_hr[rows]
        once, twice = (_blended(small_hr, each[rows], blur_left).clamp(0, 1) for each in (self.once, self.twice))
        first_noise, second_noise = (_column(noise_left) * each[rows] for each in self.noise)
        faults = first_noise + _codec_errors(once + first_noise, [each.first.codec for each in degradations], jpeg_left)
        noisy = twice + _upload_blur(faults, degradations) + second_noise
        return noisy + _codec_errors(noisy, [each.second.codec for each in degradations], jpeg_left)


def _upload_blur(image: Tensor, degradations: Sequence[Degradations], scale: int = 1) -> Tensor:
    """The linear part of the chain's second half, on images ``scale`` times the low resolution."""
    resampled = there_and_back(image, [each.resample for each in degradations], scale)
    return blur(resampled, [each.second.blur for each in degradations], scale)


def _codec_errors(image: Image, codecs: Sequence[Codec | None], left: Tensor) -> Tensor:
    """The shares ``left`` (B,) of what ``codecs`` add to ``image``."""
    needed = [codec if share > 0 else None for codec, share in zip(codecs, left.tolist(), strict=True)]
    return _column(left) * (round_trip(image, needed) - image)


def _blended(clean: Tensor, faulty: Tensor, left: Tensor) -> Tensor:
    """The share ``left`` (B,) of the way from ``clean`` to ``faulty``, both (B, 3, H, W); exact at 0 and 1."""
    return torch.lerp(clean, faulty, _column(left))


def _column(shares: Tensor) -> Tensor:
    return shares[:, None, None, None]


def degrade(
    hr: Image, degradations: Sequence[Degradations], scale: int, rngs: Sequence[np.random.Generator]
) -> Degraded:
    """``hr`` (B, 3, H, W), sides multiples of ``scale``, degraded as ``degradations`` (B) say; one ``rng`` an image."""
    blurred_once = blur(hr, [each.first.blur for each in degradations], scale)
    blurred = _upload_blur(blurred_once, degradations, scale)
    small_hr, once, small_blurred = (reduce(image, scale).cpu() for image in (hr, blurred_once, blurred))
    twice = _upload_blur(once, degradations)
    first = sample_noise(once, [each.first.noise for each in degradations], rngs)
    second = sample_noise(twice, [each.second.noise for each in degradations], rngs)
    return Degraded(hr, blurred, small_hr, small_blurred, once, twice, (first, second), degradations, scale)
