"""Grey stays grey: a network that answers in RGB leaves a tint of a level or two on black-and-white pictures."""

import math

import numpy as np

from srgan_prompt.images.pixels import luma

COLOURED_ABOVE = 6 / 255  # mean difference of largest and smallest channel: a sentence asked for colour (sepia, warm)
_SAMPLE_PIXELS = 2**20
_ROWS_PER_BAND_PX = 256


def is_coloured(rgb: np.ndarray) -> bool:
    """Whether ``rgb`` [H, W, 3] is more than slightly tinted, judged on a regular sample of its pixels."""
    step = math.isqrt(rgb.shape[0] * rgb.shape[1] // _SAMPLE_PIXELS) + 1
    sample = rgb[::step, ::step]
    return float(np.ptp(sample, axis=2).mean()) > COLOURED_ABOVE * np.iinfo(rgb.dtype).max


def is_neutral(rgb: np.ndarray) -> bool:
    """Whether every pixel of ``rgb`` [H, W, 3] is grey, up to the rounding of a JPEG or a colour profile."""
    tolerance = 1 if rgb.dtype == np.uint8 else 16
    bands = (rgb[top : top + _ROWS_PER_BAND_PX] for top in range(0, len(rgb), _ROWS_PER_BAND_PX))
    return all(np.ptp(band, axis=2).max() <= tolerance for band in bands)


def remove_tint(rgb: np.ndarray) -> None:
    """Every pixel to its luma, in place."""
    for top in range(0, len(rgb), _ROWS_PER_BAND_PX):
        rows = rgb[top : top + _ROWS_PER_BAND_PX]
        rows[:] = luma(rows)[..., None]
