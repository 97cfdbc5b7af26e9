"""How bad images are: kinds and strengths drawn from nearly clean, as most files are, to as bad as people's worst."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from srgan_prompt.config import Strengths, StrengthsConfig
from srgan_prompt.operators.corruptions import NOISE_KINDS, Codec, CodecKind, Noise, NoiseKind, Subsampling
from srgan_prompt.operators.degradations import REMOVABLE, Degradations, Stage
from srgan_prompt.operators.filters import MODES, Blur, BlurKind, Resample

Order = Literal["first_order", "second_order"]
Range = tuple[float, float]

DEFAULT_STRENGTHS = StrengthsConfig()
# How often an image that passes the second half of the chain passes each stage of it.
RESAMPLED_SHARE, BLURRED_AGAIN_SHARE, NOISY_AGAIN_SHARE = 0.7, 0.5, 0.5


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
