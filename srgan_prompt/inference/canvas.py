"""The result while it is being made: uint8 or uint16, never a float picture of full size.

Tiles of float32 [h, w, 3] in about [0, 1] come in, in the order of a plan; integer pixels are written in place.
"""

from collections.abc import Callable

import numpy as np

from srgan_prompt.inference.tiling import Plan, Span

Enlarge = Callable[[Span, Span], np.ndarray]
"""Row span and column span to the kept part of the network's answer, float32 [h, w, 3] in about [0, 1]."""


def quantise(pixels: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Float [0, 1] to the full range of ``dtype``, clipped and rounded to nearest. Works in place on ``pixels``."""
    pixels *= np.iinfo(dtype).max
    np.rint(pixels, out=pixels)
    np.clip(pixels, 0, np.iinfo(dtype).max, out=pixels)
    return pixels.astype(dtype)


def to_float(pixels: np.ndarray) -> np.ndarray:
    """Integer pixels to float32 [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def paint(canvas: np.ndarray, plan: Plan, scale: int, enlarge: Enlarge) -> None:
    """Fill ``canvas`` [H, W, 3] tile by tile."""
    if plan.fades:
        _paint_faded(canvas, plan, scale, enlarge)
        return
    for row, column in plan:
        place = row.kept_in_result(scale), column.kept_in_result(scale)
        canvas[place] = quantise(enlarge(row, column), canvas.dtype)


def _paint_faded(canvas: np.ndarray, plan: Plan, scale: int, enlarge: Enlarge) -> None:
    """One float band of tiles at a time; the rows that it shares with the next band are carried over."""
    carried = np.zeros((0, canvas.shape[1], 3), np.float32)
    for row in plan.rows:
        rows = row.kept_in_result(scale)
        band = np.zeros((rows.stop - rows.start, canvas.shape[1], 3), np.float32)
        for column in plan.columns:
            band[:, column.kept_in_result(scale)] += enlarge(row, column) * column.weights(scale)[:, None]
        band *= row.weights(scale)[:, None, None]
        band[: len(carried)] += carried
        num_done = len(band) - row.fade_out_px * scale
        carried = band[num_done:].copy()
        canvas[rows.start : rows.start + num_done] = quantise(band[:num_done], canvas.dtype)
