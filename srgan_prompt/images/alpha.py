"""Transparency: colours for what cannot be seen, and flattening.

Arrays are uint8 or uint16: ``rgb`` [H, W, 3] and ``alpha`` [H, W] of the same dtype, not premultiplied.
"""

import numpy as np

_ROWS_PER_BAND_PX = 256


def fill_transparent(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` with each fully transparent pixel given the mean colour of the nearest visible ones.

    Call it before a network or a filter sees ``rgb``: whatever was stored under alpha 0 would bleed over the edge.
    Visible pixels keep their values. The means come from a 2 x 2 pyramid (the pull-push method of Gortler et al. 1996).
    """
    visible = alpha > 0
    if visible.all() or not visible.any():
        return rgb
    return _fill(rgb, visible)


def flatten(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` seen through ``alpha`` over white."""
    white = int(np.iinfo(rgb.dtype).max)
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), _ROWS_PER_BAND_PX):
        rows = slice(top, top + _ROWS_PER_BAND_PX)
        opacity = alpha[rows, :, None].astype(np.uint32)
        # white * white + white // 2 stays under 2**32 for 16 bits.
        result[rows] = (rgb[rows] * opacity + white * (white - opacity) + white // 2) // white
    return result


def _fill(colour: np.ndarray, visible: np.ndarray) -> np.ndarray:
    if visible.all():
        return colour
    coarse = _fill(*_halve(colour, visible))
    rows, columns = np.nonzero(~visible)
    means = coarse[rows // 2, columns // 2]
    filled = colour.copy()
    filled[rows, columns] = np.rint(means) if colour.dtype.kind == "u" else means
    return filled


def _halve(colour: np.ndarray, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the visible pixels of each 2 x 2 block, float32, and whether there was one."""
    height, width = ((side + 1) // 2 for side in visible.shape)
    total = np.zeros((height, width, 3), np.float32)
    count = np.zeros((height, width, 1), np.float32)
    for corner in np.ndindex(2, 2):
        every_second = tuple(slice(start, None, 2) for start in corner)
        seen = visible[every_second][..., None]
        block = np.s_[: seen.shape[0], : seen.shape[1]]
        total[block] += colour[every_second] * seen
        count[block] += seen
    return total / np.maximum(count, 1), count[..., 0] > 0
