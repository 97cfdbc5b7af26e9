"""The size of a result, and plain resampling of large integer images to it, in bounded extra memory.

Images are [H, W] or [H, W, 3], uint8 or uint16.
"""

import math
from typing import Any

import numpy as np
from PIL import Image

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.sizes import MAX_SCALE, NO_SIZE, TargetSize

_BAND_PX = 2**21
_MAX_RADIUS = 3  # of the kernels in use: that of Lanczos


def lanczos(pixels: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """``pixels`` at ``size_px`` (width, height), antialiased and sharp: for colours."""
    return _resample(pixels, size_px, Image.Resampling.LANCZOS)


def bilinear(pixels: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """``pixels`` at ``size_px`` (width, height), antialiased: for transparency, which must not ring at its edges."""
    return _resample(pixels, size_px, Image.Resampling.BILINEAR)


def means(pixels: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """``pixels`` at ``size_px`` (width, height), each the mean of what it covers: to reduce, without sharpening."""
    return _resample(pixels, size_px, Image.Resampling.BOX)


def _resample(pixels: np.ndarray, size_px: tuple[int, int], kernel: Image.Resampling) -> np.ndarray:
    """One channel and one band of rows at a time."""
    width_px, height_px = size_px
    if pixels.shape[1::-1] == size_px:
        return pixels
    planes = pixels if pixels.ndim == 3 else pixels[..., None]
    result = np.empty((height_px, width_px, planes.shape[2]), pixels.dtype)
    rows_per_band = max(1, _BAND_PX // max(width_px, pixels.shape[1]))
    for top in range(0, height_px, rows_per_band):
        bottom = min(height_px, top + rows_per_band)
        for channel in range(planes.shape[2]):
            result[top:bottom, :, channel] = _band(planes[..., channel], size_px, top, bottom, kernel)
    return result.reshape(height_px, width_px, *pixels.shape[2:])


def _band(plane: np.ndarray, size_px: tuple[int, int], top: int, bottom: int, kernel: Image.Resampling) -> np.ndarray:
    """Rows ``top`` to ``bottom`` of the result; the filter reaches beyond the band's own source rows."""
    step = plane.shape[0] / size_px[1]
    reach_px = math.ceil(_MAX_RADIUS * max(1, step)) + 1
    first = max(0, math.floor(top * step) - reach_px)
    last = min(plane.shape[0], math.ceil(bottom * step) + reach_px)
    source = Image.fromarray(plane[first:last].astype(np.float32))
    box = (0, top * step - first, plane.shape[1], min(bottom * step - first, last - first))
    band = np.asarray(source.resize((size_px[0], bottom - top), kernel, box=box))
    return np.clip(np.rint(band), 0, np.iinfo(plane.dtype).max)


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
        return (said or NO_SIZE).size_px(*source_px, network_scale)
    if not isinstance(scale, int | float | np.number) or not math.isfinite(scale) or not 0 < scale <= MAX_SCALE:
        raise UsageError(f"Scale {scale!r} is not a number above 0 and at most {MAX_SCALE}.")
    return TargetSize(scale).size_px(*source_px, network_scale)


def _is_size(size_px: Any) -> bool:
    if not isinstance(size_px, tuple | list) or len(size_px) != 2:
        return False
    return all(isinstance(side, int | np.integer) and side >= 1 for side in size_px)
