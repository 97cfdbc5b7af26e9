"""One image through one engine, tile by tile: integer pixels in, integer pixels at the network's scale out.

The image's global features are taken once, from the whole of it. Then each tile is run with them, checked, and written
into the output, which is never a float image of full size. If memory runs out, all starts anew with smaller tiles.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.images.image import quantise, to_float
from srgan_prompt.inference.engine import Engine
from srgan_prompt.inference.region import upscaled_weights
from srgan_prompt.inference.tiling import Plan, Span, Tiling, choose_tiling, require_room, smaller_tile_px
from srgan_prompt.prompts.interpretation import PromptEmbedding

MAX_FEATURE_PIXELS = 2**20  # larger images are reduced for their global features, whether they are tiled or not

Progress = Callable[[int, int], None]
"""Called with tiles done and tiles in all; both start anew if memory runs out and tiles are halved."""


@dataclass
class TileLimit:
    """The tile that memory allowed when it ran out: "auto" does not begin with a larger one again."""

    tile_px: int | None = None


def upscale_tiled(
    engine: Engine,
    rgb: np.ndarray,
    prompt: PromptEmbedding | None,
    *,
    tile: int | str = "auto",
    overlap: int | None = None,
    limit: TileLimit | None = None,
    region: np.ndarray | None = None,
    curve: np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[np.ndarray, Tiling]:
    """``rgb`` [h, w, 3], uint8 or uint16, upscaled as ``prompt`` asks; and the tiling that memory allowed.

    Args:
        engine: what runs the network.
        rgb: the image; the result has its dtype.
        prompt: None for plain super-resolution.
        tile: where to begin, as for ``choose_tiling``; tiles are halved until they fit into memory.
        overlap: input pixels around each tile; None is the network's receptive radius.
        limit: heeded, and set if memory runs out.
        region: where the prompt acts, uint8 [h, w]; None is everywhere.
        curve: from the pixels' own encoding to sRGB's, [N] (see ``color.neutral_curve``); None: they are sRGB's.
        progress: called after each tile.

    Raises:
        UsageError: a tile or overlap that cannot be.
        MemoryLimitError: the result cannot fit, or memory ran out even with the smallest tiles.
        ModelError: the network gave NaN or Inf, in float32 too.
    """
    limit = limit or TileLimit()
    (height_px, width_px), facts = rgb.shape[:2], engine.facts
    budget_bytes = engine.free_bytes()
    tiling = choose_tiling(
        facts, height_px, width_px, tile, overlap, budget_bytes=budget_bytes, largest_px=limit.tile_px
    )
    require_room(rgb.nbytes * facts.scale**2, f"{width_px} x {height_px} image")
    plan = tiling.plan(facts, height_px, width_px)
    output = np.empty((height_px * facts.scale, width_px * facts.scale, 3), rgb.dtype)
    tiles = _Tiles(engine, rgb, prompt, region, curve)
    while True:
        try:
            _fill(output, plan, tiles, progress)
            return output, tiling
        except (MemoryError, RuntimeError) as error:
            limit.tile_px = smaller_tile_px(tiling.tile_px or max(height_px, width_px), error)
        tiling = replace(tiling, tile_px=limit.tile_px)
        plan = tiling.plan(facts, height_px, width_px)


def _fill(output: np.ndarray, plan: Plan, tiles: "_Tiles", progress: Progress | None) -> None:
    writer, num_done = TileWriter(output, plan), 0
    for row in plan.rows:
        for column in plan.columns:
            writer.write_tile(row, column, tiles.upscale(row, column))
            num_done += 1
            if progress:
                progress(num_done, plan.num_tiles)


class _Tiles:
    """What every tile of one image has in common."""

    def __init__(
        self,
        engine: Engine,
        rgb: np.ndarray,
        prompt: PromptEmbedding | None,
        region: np.ndarray | None,
        curve: np.ndarray | None,
    ) -> None:
        self.engine, self.rgb, self.prompt, self.curve = engine, rgb, prompt, curve
        self.region = None if prompt is None else region
        self.knots = np.linspace(0, 1, 2 if curve is None else len(curve))
        self.features = engine.global_features(self._as_batch(reduce_to(rgb, MAX_FEATURE_PIXELS)))

    def upscale(self, row: Span, column: Span) -> np.ndarray:
        """The kept part of one tile, float32 [h, w, 3]: prompted inside the region, unprompted outside."""
        result = self._upscale(row, column)
        if self.curve is None:
            return result
        return np.interp(result, self.curve, self.knots).astype(np.float32)

    def _upscale(self, row: Span, column: Span) -> np.ndarray:
        if self.region is None:
            return self._run(row, column, self.prompt)
        rows, columns = slice(row.keep_start, row.keep_stop), slice(column.keep_start, column.keep_stop)
        weights = upscaled_weights(self.region, rows, columns, self.engine.facts.scale)
        if weights.min() == 1:
            return self._run(row, column, self.prompt)
        result = self._run(row, column, None)
        if weights.any():
            result = result + weights * (self._run(row, column, self.prompt) - result)
        return result

    def _run(self, row: Span, column: Span, prompt: PromptEmbedding | None) -> np.ndarray:
        """The kept part of the network's answer, finite."""
        tile = self._as_batch(self.rgb[np.ix_(row.seen, column.seen)])
        answer = self.engine.run(tile, prompt, self.features)
        if not np.isfinite(answer).all():  # half precision overflows on some devices: the "black image"
            answer = self.engine.run(tile, prompt, self.features, exact=True)
        if not np.isfinite(answer).all():
            raise ModelError("The model gave NaN or Inf for this image, in float32 too; its weights are unusable.")
        return answer[0].transpose(1, 2, 0)[row.in_answer, column.in_answer]

    def _as_batch(self, pixels: np.ndarray) -> np.ndarray:
        """Pixels [h, w, 3], integer or float, for the network: float [1, 3, h, w], in torch's channels_last."""
        if pixels.dtype.kind == "u":
            pixels = to_float(pixels)
        if self.curve is not None:
            pixels = np.interp(pixels, self.knots, self.curve).astype(np.float32)
        return pixels.transpose(2, 0, 1)[None]


class TileWriter:
    """Fills ``output`` [H, W, 3], uint8 or uint16, with the tiles of ``plan``, row by row."""

    def __init__(self, output: np.ndarray, plan: Plan) -> None:
        self._output, self._plan = output, plan
        self._band = self._carried = np.zeros((0, output.shape[1], 3), np.float32)

    def write_tile(self, row: Span, column: Span, tile: np.ndarray) -> None:
        """Take the kept part of one tile, float32 [h, w, 3] in about [0, 1]; works in place on it."""
        rows, columns = row.in_result, column.in_result
        if not self._plan.fades:
            self._output[rows, columns] = quantise(tile, self._output.dtype)
            return
        # One float band of tiles at a time; the rows that it shares with the next band are carried over.
        if column is self._plan.columns[0]:
            self._band = np.zeros((rows.stop - rows.start, self._output.shape[1], 3), np.float32)
        self._band[:, columns] += tile * column.weights()[:, None]
        if column is self._plan.columns[-1]:
            self._band *= row.weights()[:, None, None]
            self._band[: len(self._carried)] += self._carried
            num_done = len(self._band) - row.fade_out
            self._carried = self._band[num_done:].copy()
            done = quantise(self._band[:num_done], self._output.dtype)
            self._output[rows.start : rows.start + num_done] = done


def reduce_to(rgb: np.ndarray, max_pixels: int) -> np.ndarray:
    """Means over equal blocks, float32 [h, w, 3] in [0, 1], of at most about ``max_pixels``; 1 x 1 blocks if it fits.

    Up to one block less at the far edges is left out.
    """
    block = math.isqrt(max(1, -(-rgb.shape[0] * rgb.shape[1] // max_pixels)) - 1) + 1
    height, width = (min(block, side) for side in rgb.shape[:2])
    rows, columns = rgb.shape[0] // height, rgb.shape[1] // width
    result = np.empty((rows, columns, 3), np.float32)
    for row in range(rows):  # row by row: no float copy of the whole image
        blocks = rgb[row * height : (row + 1) * height, : columns * width].reshape(height, columns, width, 3)
        result[row] = blocks.mean(axis=(0, 2), dtype=np.float32)
    return result / np.float32(np.iinfo(rgb.dtype).max)
