"""What is wrong with a low-resolution picture, and what a request leaves of it.

Pictures are float RGB in [0, 1], (B, 3, H, W). The first half of the chain is that of a cheap camera and its file, the
second that of a web page which resizes the file and saves it again (second order, as in Real-ESRGAN: Wang et al. 2021,
arXiv 2107.10833):

    lr = codec2(blur2(resample(codec1(down(blur1(hr)) + noise1))) + noise2)

For a request that removes the shares ``r`` of blur, noise and compression ("jpeg", be it JPEG or WebP), the same chain
with the same random fields runs with every stage of a kind attenuated; resampling counts as blur:

    kept = down(hr + (1 - r_blur) (blur1(hr) - hr))
    kept += (1 - r_noise) noise1;                        kept += (1 - r_jpeg) (codec1(kept) - kept)
    kept += (1 - r_blur) (resample(kept) - kept);        kept += (1 - r_blur) (blur2(kept) - kept)
    kept += (1 - r_noise) noise2;                        kept += (1 - r_jpeg) (codec2(kept) - kept)

The exact answer carries that up to the size of the high-resolution picture. What a small picture cannot hold comes from
``hr``, as blurred as the request leaves it: resample' and blur2' are the later stages at high resolution. Without them
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

from srgan_prompt.data.blur_kernels import Blur, blur
from srgan_prompt.data.codecs import Codec, round_trip
from srgan_prompt.data.noise import Noise, sample_noise
from srgan_prompt.data.resampling import Resample, reduce, there_and_back, to_8_bits, up
from srgan_prompt.types import Image

REMOVABLE = ("blur", "noise", "jpeg")

Crop = Callable[[Tensor, Tensor], Tensor]
"""(pictures (N, 3, H, W), numbers (R,) of some) -> a part of each, (R, 3, h, w)."""


@dataclass(frozen=True)
class Stage:
    """One half of the chain; None = absent."""

    blur: Blur | None = None
    noise: Noise | None = None
    codec: Codec | None = None


@dataclass(frozen=True)
class Degradations:
    """What one picture suffers; by default nothing. The first blur acts at high resolution, all else at low."""

    first: Stage = Stage()
    resample: Resample | None = None
    second: Stage = Stage()


@dataclass(frozen=True)
class Degraded:
    """B pictures and everything that is needed to say what a request leaves of their faults.

    ``hr`` and ``blurred`` are where the pictures are; all else is on the CPU, where the encoders work. ``small_hr``,
    ``small_blurred_once`` and ``small_blurred`` are ``hr``, blur1(hr) and ``blurred`` at low resolution, not clipped.
    """

    hr: Image
    blurred: Image
    small_hr: Tensor
    small_blurred_once: Tensor
    small_blurred: Tensor
    noise: tuple[Tensor, Tensor]  # of both stages
    what: Sequence[Degradations]
    scale: int

    @property
    def lr(self) -> Image:
        """The low-resolution inputs (B, 3, h, w), 8-bit rounded as every file is: what removing nothing leaves."""
        return self.kept(torch.arange(len(self.hr)), torch.zeros(len(self.hr), len(REMOVABLE)))

    def kept(self, rows: Tensor, removed: Tensor) -> Image:
        """The inputs (R, 3, h, w), 8-bit rounded, as ``rows`` would be without the shares ``removed`` (R, 3)."""
        return to_8_bits(self._kept(rows.cpu(), removed.cpu())).to(self.hr.device)

    def target(self, rows: Tensor, removed: Tensor) -> Image:
        """The exact answers (R, 3, H, W) for pictures ``rows`` (R,) when the shares ``removed`` (R, 3) are removed."""
        return self.lr_and_target(rows, removed, lambda image, numbers: image[numbers])[1]

    def lr_and_target(self, rows: Tensor, removed: Tensor, crop: Crop) -> tuple[Tensor, Tensor]:
        """``lr`` (B, 3, h, w) and ``target`` (R, 3, H, W) together, to save time; ``crop`` takes part of an answer."""
        device, num_pictures = self.hr.device, len(self.hr)
        wanted, shares = rows.cpu(), removed.cpu()
        asking = shares.any(dim=1).nonzero().flatten()
        # A request that removes nothing leaves what the input shows. So: all inputs, then those that remove something.
        pictures = torch.cat([torch.arange(num_pictures), wanted[asking]])
        shares = torch.cat([shares.new_zeros(num_pictures, len(REMOVABLE)), shares[asking]])
        kept = self._kept(pictures, shares)
        # Reducing is linear up to its clip: so the base itself need not be made in full.
        base = _blended(self.small_hr[pictures], self.small_blurred[pictures], 1 - shares[:, 0]).clamp(0, 1)
        places = wanted.index_put((asking,), torch.arange(num_pictures, len(pictures)))
        residual = crop(up((kept - base).to(device), self.scale), places.to(device))
        target = _blended(crop(self.hr, rows), crop(self.blurred, rows), 1 - removed[:, 0]) + residual
        return to_8_bits(kept[:num_pictures]).to(device), target.clamp(0, 1)

    def _kept(self, rows: Tensor, removed: Tensor) -> Tensor:
        """``kept`` of the equations for pictures ``rows``, not rounded."""
        blur_left, noise_left, _ = left = (1 - removed).unbind(1)
        what = [self.what[row] for row in rows.tolist()]
        still_blurred = blur_left.gt(0).tolist()
        kept = _blended(self.small_hr[rows], self.small_blurred_once[rows], blur_left).clamp(0, 1)
        kept = _coded(kept + _column(noise_left) * self.noise[0][rows], [each.first.codec for each in what], left[2])
        resamples = [each.resample if blurred else None for each, blurred in zip(what, still_blurred, strict=True)]
        kept = _blended(kept, there_and_back(kept, resamples), blur_left)
        blurs = [each.second.blur if blurred else None for each, blurred in zip(what, still_blurred, strict=True)]
        kept = _blended(kept, blur(kept, blurs), blur_left)
        return _coded(kept + _column(noise_left) * self.noise[1][rows], [each.second.codec for each in what], left[2])


def _coded(image: Image, codecs: Sequence[Codec | None], left: Tensor) -> Image:
    """``image`` with the shares ``left`` (B,) of what ``codecs`` do to it."""
    needed = [codec if share > 0 else None for codec, share in zip(codecs, left.tolist(), strict=True)]
    return _blended(image, round_trip(image, needed), left)


def _blended(clean: Tensor, faulty: Tensor, left: Tensor) -> Tensor:
    """The share ``left`` (B,) of the way from ``clean`` to ``faulty``, both (B, 3, H, W); exact at 0 and 1."""
    return torch.lerp(clean, faulty, _column(left))


def _column(shares: Tensor) -> Tensor:
    return shares[:, None, None, None]


def degrade(hr: Image, what: Sequence[Degradations], scale: int, rngs: Sequence[np.random.Generator]) -> Degraded:
    """Damage ``hr``, whose sides are multiples of ``scale``, as ``what`` says; one generator a picture."""
    once = blur(hr, [each.first.blur for each in what], scale)
    blurred = there_and_back(once, [each.resample for each in what], scale)
    blurred = blur(blurred, [each.second.blur for each in what], scale)
    small_hr, small_once, small_blurred = (reduce(image, scale).cpu() for image in (hr, once, blurred))
    first = sample_noise(small_once, [each.first.noise for each in what], rngs)
    second = sample_noise(small_blurred, [each.second.noise for each in what], rngs)
    return Degraded(hr, blurred, small_hr, small_once, small_blurred, (first, second), what, scale)
