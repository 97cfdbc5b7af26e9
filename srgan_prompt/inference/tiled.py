"""One picture through one engine: integer pixels in, integer pixels at the network's scale out.

The picture's context is taken once, from the whole of it; tiles are run, checked, and painted on an integer canvas.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference import memory
from srgan_prompt.inference.engine import Engine, PromptEmbedding
from srgan_prompt.inference.region import upscaled_weights
from srgan_prompt.inference.resize import reduce_to
from srgan_prompt.inference.tiling import RIM_PX, Span, paint, plan_tiles, to_float

CONTEXT_PIXELS = 2**20  # larger pictures are reduced for their context, whether they are tiled or not

Curve = Callable[[np.ndarray], np.ndarray]

Progress = Callable[[int, int], None]
"""Called with tiles done and tiles in all; the total grows if memory runs out and tiles are halved."""


@dataclass(frozen=True)
class Tiling:
    """Core size (None: the whole picture at once) and overlap, in input pixels."""

    tile_px: int | None
    overlap_px: int


def choose_tiling(engine: Engine, height_px: int, width_px: int, tile: int | str, overlap_px: int | None) -> Tiling:
    """``tile`` is a size, "auto" (as large as memory allows) or "off"; ``overlap_px`` None is the receptive radius."""
    overlap_px = engine.receptive_radius_px if overlap_px is None else overlap_px
    if tile != "auto":
        return Tiling(None if tile == "off" else int(tile), overlap_px)
    tile_px = memory.auto_tile_px(
        height_px,
        width_px,
        bytes_per_px=engine.bytes_per_px,
        overlap_px=overlap_px,
        budget_bytes=engine.free_bytes(),
    )
    return Tiling(tile_px, overlap_px)


class PictureRun:
    """``rgb`` [h, w, 3], uint8 or uint16, as ``guidance`` asks, where ``region`` (uint8 [h, w], None: all) allows.

    ``curve`` [N] leads from the pixels' own encoding to sRGB's, see ``color.neutral_curve``; None: they are sRGB's.
    """

    def __init__(
        self,
        engine: Engine,
        rgb: np.ndarray,
        guidance: PromptEmbedding | None,
        region: np.ndarray | None = None,
        *,
        curve: np.ndarray | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.engine, self.rgb, self.guidance, self.progress = engine, rgb, guidance, progress
        self.region = None if guidance is None else region
        self._to_network, self._from_network = _curves(curve)
        self._num_done = self._num_tiles = 0
        height_px, width_px = rgb.shape[:2]
        memory.require_canvas(rgb.nbytes * engine.scale**2, f"{width_px} x {height_px} picture")
        self.canvas = np.empty((height_px * engine.scale, width_px * engine.scale, 3), rgb.dtype)
        self.context = engine.context(_as_batch(self._to_network(reduce_to(rgb, CONTEXT_PIXELS))))

    def run(self, tiling: Tiling) -> Tiling:
        """Fill ``canvas``; returns the tiling that went through, smaller if memory ran out.

        Raises:
            MemoryLimitError: memory ran out even with the smallest tiles.
            ModelError: the network gave NaN or Inf, in float32 too.
        """

        def attempt(tile_px: int | None) -> None:
            height_px, width_px = self.rgb.shape[:2]
            radius_px = self.engine.receptive_radius_px
            plan = plan_tiles(
                height_px,
                width_px,
                tile_px=tile_px,
                overlap_px=tiling.overlap_px,
                radius_px=radius_px,
                rim_px=RIM_PX,
            )
            self._num_done, self._num_tiles = 0, plan.num_tiles
            paint(self.canvas, plan, self.engine.scale, self._tile)

        tile_px = memory.with_smaller_tiles(attempt, tiling.tile_px, max(self.rgb.shape[:2]))
        return Tiling(tile_px, tiling.overlap_px)

    def _tile(self, row: Span, column: Span) -> np.ndarray:
        result = self._from_network(self._steered(row, column))
        self._num_done += 1
        if self.progress:
            self.progress(self._num_done, self._num_tiles)
        return result

    def _steered(self, row: Span, column: Span) -> np.ndarray:
        """Prompted inside the region, unprompted outside; two runs only where both are needed."""
        if self.region is None:
            return self._answer(row, column, self.guidance)
        rows, columns = slice(row.keep_start, row.keep_stop), slice(column.keep_start, column.keep_stop)
        weights = upscaled_weights(self.region, rows, columns, self.engine.scale)
        if weights.min() == 1:
            return self._answer(row, column, self.guidance)
        plain = self._answer(row, column, None)
        if not weights.any():
            return plain
        return plain + weights * (self._answer(row, column, self.guidance) - plain)

    def _answer(self, row: Span, column: Span, guidance: PromptEmbedding | None) -> np.ndarray:
        """The kept part of the network's answer, float32 [h, w, 3], finite."""
        height_px, width_px = self.rgb.shape[:2]
        seen = self.rgb[np.ix_(row.pixels_read(height_px), column.pixels_read(width_px))]
        tile = _as_batch(self._to_network(to_float(seen)))
        answer = self.engine.run(tile, guidance, self.context)
        if not np.isfinite(answer).all():  # half precision overflows on some devices: the "black picture"
            answer = self.engine.run(tile, guidance, self.context, exact=True)
        if not np.isfinite(answer).all():
            raise ModelError("The model gave NaN or Inf for this picture, in float32 too; its weights are unusable.")
        scale = self.engine.scale
        return answer[0].transpose(1, 2, 0)[row.kept_in_answer(scale), column.kept_in_answer(scale)]


def _curves(curve: np.ndarray | None) -> tuple[Curve, Curve]:
    """There and back along ``curve`` [N], whose knots are equally spaced in [0, 1]; values beyond are clipped."""
    if curve is None:
        return _unchanged, _unchanged
    knots = np.linspace(0, 1, len(curve))
    return (
        lambda values: np.interp(values, knots, curve).astype(np.float32),
        lambda values: np.interp(values, curve, knots).astype(np.float32),
    )


def _unchanged(values: np.ndarray) -> np.ndarray:
    return values


def _as_batch(pixels: np.ndarray) -> np.ndarray:
    """Float [h, w, 3] to [1, 3, h, w] without a copy: what torch calls channels_last."""
    return pixels.transpose(2, 0, 1)[None]


def check_tiling(tile: int | str, overlap: int | None) -> None:
    """Raises UsageError for values that ``Upscaler`` does not take."""
    if tile not in ("auto", "off") and (not isinstance(tile, int) or tile < 1):
        raise UsageError(f"Tile {tile!r} is not a side in pixels, 'auto' or 'off'.")
    if overlap is not None and (not isinstance(overlap, int) or overlap < 0):
        raise UsageError(f"Overlap {overlap!r} is not a number of pixels, 0 or more.")
