"""What is drawn for a sample: a window of the image, a patch of the window, and how bad the image is.

Images go from nearly clean, as most files are, to as bad as people's worst.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.config import Strengths, StrengthsConfig
from srgan_prompt.operators.corruptions import NOISE_KINDS, Codec, CodecKind, Noise, NoiseKind, Subsampling
from srgan_prompt.operators.degradations import REMOVABLE, Degradations, Stage
from srgan_prompt.operators.filters import MODES, Blur, BlurKind, Resample

Order = Literal["first_order", "second_order"]
Range = tuple[float, float]

DEFAULT_STRENGTHS = StrengthsConfig()
# How often an image that passes the second half of the chain passes each stage of it.
RESAMPLED_SHARE, BLURRED_AGAIN_SHARE, NOISY_AGAIN_SHARE = 0.7, 0.5, 0.5


def cut_window(image: np.ndarray, side_px: int, fit: str, rng: np.random.Generator) -> np.ndarray:
    """A square window (side, side, 3) uint8: cut out at random, or the image's largest square shrunk into it."""
    height, width = image.shape[:2]
    span = side_px if fit == "crop" else min(height, width)
    top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
    window = image[top : top + span, left : left + span]
    if fit == "resize":
        return np.asarray(PilImage.fromarray(window).resize((side_px, side_px), PilImage.Resampling.BICUBIC))
    return np.asarray(window)


@dataclass(frozen=True)
class Patches:
    """Where the training patch of each of R samples lies, and how it is turned; the same for input and answer.

    Cutting comes after degrading, so that blur and JPEG blocks do not begin at the patch's border.
    """

    side_px: int
    corners_px: np.ndarray  # (R, 2) left and top, in low-resolution pixels
    flips: np.ndarray  # (R, 3) booleans: mirrored left-right, top-bottom, along the diagonal

    @classmethod
    def sample(cls, source_px: int, side_px: int, rngs: Sequence[np.random.Generator]) -> "Patches":
        """Patches of ``side_px`` in images of ``source_px``, anywhere and turned any way; one generator a sample."""
        corners = np.stack([rng.integers(source_px - side_px + 1, size=2) for rng in rngs])
        return cls(side_px, corners, np.stack([rng.random(3) < 0.5 for rng in rngs]))

    def cut(self, image: Tensor, scale: int = 1) -> Tensor:
        """The augmented patches of ``image`` (R, 3, H, W), one a sample; see ``crop`` and ``augment``."""
        return self.augment(self.crop(image, torch.arange(len(image)), scale))

    def crop(self, image: Tensor, rows: Tensor, scale: int = 1) -> Tensor:
        """Patches (R, 3, s * side, s * side) of ``image`` (N, 3, H, W), which is ``scale`` (s) times the input.

        Sample r shows ``image[rows[r]]``.
        """
        span = self.side_px * scale
        corners = (self.corners_px * scale).tolist()
        places = zip(rows.tolist(), corners, strict=True)
        return torch.stack([image[row, :, top : top + span, left : left + span] for row, (left, top) in places])

    def augment(self, image: Tensor) -> Tensor:
        """Each sample of ``image`` (R, 3, H, H) mirrored and transposed as drawn, channels last as networks want it."""
        flipped = torch.stack([_flipped(one, flips) for one, flips in zip(image, self.flips, strict=True)])
        return flipped.contiguous(memory_format=torch.channels_last)


def _flipped(image: Tensor, flips: np.ndarray) -> Tensor:
    mirrored, upside_down, transposed = flips
    image = image.flip([axis for axis, flip in ((-1, mirrored), (-2, upside_down)) if flip])
    return image.transpose(-1, -2) if transposed else image


def sample_kinds(removed: np.ndarray, clean_share: float, unasked_share: float, rng: np.random.Generator) -> np.ndarray:
    """Which kinds (3,) an image has: mostly those that requests on it remove (``removed``), some others, or none."""
    is_degraded = rng.random() >= clean_share
    return is_degraded & (rng.random(len(REMOVABLE)) < np.where(removed, 0.85, unasked_share))


def sample_degradations(
    present: np.ndarray,
    rngs: Sequence[np.random.Generator],
    order: Order,
    strengths: StrengthsConfig = DEFAULT_STRENGTHS,
) -> list[Degradations]:
    """Draw strengths where ``present`` (B, 3), in the order of ``REMOVABLE``, is true; one generator an image.

    first_order: Gaussian blur, one noise, one JPEG. second_order: every kind, and for some images all again.
    """
    draw = {"first_order": _simple, "second_order": _second_order}[order]
    images = zip(present.tolist(), rngs, strict=True)
    return [draw(blurred, noisy, coded, strengths, rng) for (blurred, noisy, coded), rng in images]


def _simple(
    blurred: bool, noisy: bool, coded: bool, strengths: StrengthsConfig, rng: np.random.Generator
) -> Degradations:
    simple = strengths.simple
    noise_kinds: tuple[NoiseKind, ...] = ("gaussian", "grain", "shot")
    noise_kind = noise_kinds[rng.integers(3)]
    return Degradations(
        Stage(
            Blur("gaussian", rng.uniform(*simple.blur_sigma_px)) if blurred else None,
            Noise(noise_kind, rng.uniform(*simple.noise_std)) if noisy else None,
            Codec("jpeg", int(rng.integers(*simple.quality, endpoint=True))) if coded else None,
        )
    )


def _second_order(
    blurred: bool, noisy: bool, coded: bool, strengths: StrengthsConfig, rng: np.random.Generator
) -> Degradations:
    first = _stage(blurred, noisy, coded, strengths.camera, rng)
    uploaded, resampled, blurred_again, noisy_again = rng.random(4) < (
        strengths.uploaded_share,
        RESAMPLED_SHARE,
        BLURRED_AGAIN_SHARE,
        NOISY_AGAIN_SHARE,
    )
    if not uploaded:
        return Degradations(first)
    resample = _resample(rng) if blurred and resampled else None
    again = (blurred and blurred_again, noisy and noisy_again, coded)
    return Degradations(first, resample, _stage(*again, strengths.upload, rng))


def _stage(blurred: bool, noisy: bool, coded: bool, strengths: Strengths, rng: np.random.Generator) -> Stage:
    return Stage(
        _blur(strengths.blur_sigma_px, rng) if blurred else None,
        Noise(NOISE_KINDS[rng.integers(len(NOISE_KINDS))], _log_uniform(strengths.noise_std, rng)) if noisy else None,
        _codec(strengths.quality, rng) if coded else None,
    )


def _blur(sigma_px: Range, rng: np.random.Generator) -> Blur:
    """Half of them Gaussian, and half of those the same in all directions."""
    kinds: tuple[BlurKind, ...] = ("gaussian", "gaussian", "motion", "defocus")
    kind = kinds[rng.integers(4)]
    aspect = rng.uniform(0.3, 1.0) if rng.random() < 0.5 else 1.0
    return Blur(kind, _log_uniform(sigma_px, rng), aspect, rng.uniform(0, math.pi))


def _codec(quality: tuple[int, int], rng: np.random.Generator) -> Codec:
    """Mostly JPEG with halved colour. Half of the images begin with a block, as files do, the others anywhere."""
    kind: CodecKind = "jpeg" if rng.random() < 0.8 else "webp"
    subsampling: Subsampling = "4:2:0" if rng.random() < 0.7 else "4:4:4"
    left, top = rng.integers(16, size=2) * (rng.random() < 0.5)
    return Codec(kind, int(rng.integers(*quality, endpoint=True)), subsampling, (int(left), int(top)))


def _resample(rng: np.random.Generator) -> Resample:
    there, back = (MODES[number] for number in rng.integers(3, size=2))
    return Resample(rng.uniform(0.5, 1.2), there, back)


def _log_uniform(between: Range, rng: np.random.Generator) -> float:
    """As many from 2 to 4 as from 10 to 20: mild strengths are the frequent ones."""
    return float(np.exp(rng.uniform(*np.log(between))))
