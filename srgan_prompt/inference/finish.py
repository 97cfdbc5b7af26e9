"""The last stage of an image: what the network drew -> the result, of the size that was asked for. Grey stays grey."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.images.color import luma
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.inference.resize import bilinear, lanczos
from srgan_prompt.prompts.sizes import MAX_SCALE, TargetSize

COLOURED_ABOVE = 6 / 255  # mean difference of largest and smallest channel: a sentence asked for colour (sepia, warm)
_SAMPLE_PIXELS = 2**20
_ROWS_PER_BAND_PX = 256


def finish(
    output: np.ndarray, source: LoadedImage, size_px: tuple[int, int], *, may_colour: bool
) -> tuple[LoadedImage, tuple[str, ...]]:
    """``output`` [H, W, 3] at (width, height) ``size_px`` with the transparency and greyness of ``source``; and notes.

    A network that answers in RGB leaves a tint of a level or two on black-and-white images: it is removed, in place,
    unless a sentence ``may_colour`` and did.
    """
    meta, notes = source.meta, ()
    if meta.is_gray or _is_neutral(source.opaque_rgb):  # grey stored as RGB stays RGB, and grey
        if not (may_colour and _is_coloured(output)):
            _remove_tint(output)
        elif meta.is_gray:
            meta = replace(meta, is_gray=False)
            notes = ("The prompt coloured a grey picture; the result is RGB.",)
    alpha = None if source.alpha is None else bilinear(source.alpha, size_px)
    return LoadedImage(lanczos(output, size_px), alpha, meta), notes


def result_size_px(
    source_px: tuple[int, int],
    network_scale: int,
    scale: float | None,
    size_px: tuple[int, int] | None,
    said: TargetSize | None = None,
) -> tuple[int, int]:
    """(width, height) of the result; what the sentence ``said`` counts where no argument gives a size.

    Raises UsageError for a scale or size that no image can have.
    """
    if size_px is not None:
        if scale is not None or not _is_size(size_px):
            raise UsageError("Give either a scale or a size (width, height) of at least 1 x 1 whole pixels.")
        return int(size_px[0]), int(size_px[1])
    if scale is None:
        return (said or TargetSize()).size_px(*source_px, network_scale)
    if not isinstance(scale, int | float | np.number) or not math.isfinite(scale) or not 0 < scale <= MAX_SCALE:
        raise UsageError(f"Scale {scale!r} is not a number above 0 and at most {MAX_SCALE}.")
    return TargetSize(scale).size_px(*source_px, network_scale)


def _is_size(size_px: Any) -> bool:
    if not isinstance(size_px, tuple | list) or len(size_px) != 2:
        return False
    return all(isinstance(side, int | np.integer) and side >= 1 for side in size_px)


def _is_neutral(rgb: np.ndarray) -> bool:
    """Whether every pixel of ``rgb`` [H, W, 3] is grey, up to the rounding of a JPEG or a colour profile."""
    tolerance = 1 if rgb.dtype == np.uint8 else 16
    return all(np.ptp(band, axis=2).max() <= tolerance for band in _bands(rgb))


def _is_coloured(rgb: np.ndarray) -> bool:
    """Whether ``rgb`` [H, W, 3] is more than slightly tinted, judged on a regular sample of its pixels."""
    step = math.isqrt(rgb.shape[0] * rgb.shape[1] // _SAMPLE_PIXELS) + 1
    sample = rgb[::step, ::step]
    return float(np.ptp(sample, axis=2).mean()) > COLOURED_ABOVE * np.iinfo(rgb.dtype).max


def _remove_tint(rgb: np.ndarray) -> None:
    """Every pixel to its luma, in place."""
    for band in _bands(rgb):
        band[:] = luma(band)[..., None]


def _bands(rgb: np.ndarray) -> list[np.ndarray]:
    """Views of some rows each, so that little memory is needed beside ``rgb``."""
    return [rgb[top : top + _ROWS_PER_BAND_PX] for top in range(0, len(rgb), _ROWS_PER_BAND_PX)]
