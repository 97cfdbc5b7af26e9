"""One image through one engine, tile by tile: integer pixels in, integer pixels at the network's scale out.

The image's global features are taken once, from the whole of it. Then each tile is run with them, checked, and written
into the output, which is never a float image of full size. If memory runs out, all starts anew with smaller tiles.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.images.image import quantise, to_float
from srgan_prompt.inference.engine import Engine, NetworkFacts
from srgan_prompt.inference.region import upscaled_weights
from srgan_prompt.inference.resize import reduce_to
from srgan_prompt.inference.tiling import RIM_PX, Plan, Span, auto_tile_px, plan_tiles, require_room, smaller_tile_px
from srgan_prompt.prompts.interpretation import PromptEmbedding

MAX_FEATURE_PIXELS = 2**20  # larger images are reduced for their global features, whether they are tiled or not

Progress = Callable[[int, int], None]
"""Called with tiles done and tiles in all; both start anew if memory runs out and tiles are halved."""


@dataclass(frozen=True)
class Tiling:
    """Core size (None: the whole image at once) and overlap, in input pixels."""

    tile_px: int | None
    overlap_px: int

    def plan(self, facts: NetworkFacts, height_px: int, width_px: int) -> Plan:
        """The tiles of an image, cross-faded unless their overlap makes them exact."""
        radius_px = facts.receptive_radius_px if facts.tiling == "exact" else self.overlap_px + 1
        return plan_tiles(
            height_px, width_px, tile_px=self.tile_px, overlap_px=self.overlap_px, radius_px=radius_px, rim_px=RIM_PX
        )


def choose_tiling(
    facts: NetworkFacts, height_px: int, width_px: int, tile: int | str, overlap_px: int | None, *, budget_bytes: int
) -> Tiling:
    """``tile`` is a size, "auto" (as large as ``budget_bytes`` allow) or "off"; ``overlap_px`` None: the radius."""
    overlap_px = facts.receptive_radius_px if overlap_px is None else overlap_px
    if tile != "auto":
        return Tiling(None if tile == "off" else int(tile), overlap_px)
    tile_px = auto_tile_px(
        height_px, width_px, bytes_per_px=facts.bytes_per_px, overlap_px=overlap_px, budget_bytes=budget_bytes
    )
    return Tiling(tile_px, overlap_px)


def check_tiling(tile: int | str, overlap: int | None) -> None:
    """Raises UsageError for values that ``Upscaler`` does not take."""
    if tile not in ("auto", "off") and (not isinstance(tile, int) or tile < 1):
        raise UsageError(f"Tile {tile!r} is not a side in pixels, 'auto' or 'off'.")
    if overlap is not None and (not isinstance(overlap, int) or overlap < 0):
        raise UsageError(f"Overlap {overlap!r} is not a number of pixels, 0 or more.")


def upscale_tiled(
    engine: Engine,
    rgb: np.ndarray,
    prompt: PromptEmbedding | None,
    tiling: Tiling,
    *,
    region: np.ndarray | None = None,
    curve: np.ndarray | None = None,
    progress: Progress | None = None,
) -> tuple[np.ndarray, Tiling]:
    """``rgb`` [h, w, 3], uint8 or uint16, upscaled as ``prompt`` asks; and the tiling that memory allowed.

    Args:
        engine: what runs the network.
        rgb: the image; the result has its dtype.
        prompt: None for plain super-resolution.
        tiling: where to begin; tiles are halved until they fit into memory.
        region: where the prompt acts, uint8 [h, w]; None is everywhere.
        curve: from the pixels' own encoding to sRGB's, [N] (see ``color.neutral_curve``); None: they are sRGB's.
        progress: called after each tile.

    Raises:
        MemoryLimitError: the result cannot fit, or memory ran out even with the smallest tiles.
        ModelError: the network gave NaN or Inf, in float32 too.
    """
    height_px, width_px = rgb.shape[:2]
    scale = engine.facts.scale
    require_room(rgb.nbytes * scale**2, f"{width_px} x {height_px} image")
    output = np.empty((height_px * scale, width_px * scale, 3), rgb.dtype)
    tiles = _Tiles(engine, rgb, prompt, region, curve)
    while True:
        plan = tiling.plan(engine.facts, height_px, width_px)
        writer = TileWriter(output, plan, scale)
        try:
            for num_done, (row, column) in enumerate(plan, 1):
                writer.write_tile(row, column, tiles.upscale(row, column))
                if progress:
                    progress(num_done, plan.num_tiles)
            return output, tiling
        except (MemoryError, RuntimeError) as error:
            smaller_px = smaller_tile_px(tiling.tile_px or max(height_px, width_px), error)
        tiling = replace(tiling, tile_px=smaller_px)


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
        self.engine, self.rgb, self.prompt = engine, rgb, prompt
        self.region = None if prompt is None else region
        self._to_network, self._from_network = _curves(curve)
        self.features = engine.global_features(_as_batch(self._to_network(reduce_to(rgb, MAX_FEATURE_PIXELS))))

    def upscale(self, row: Span, column: Span) -> np.ndarray:
        """The kept part of one tile, float32 [h, w, 3]: prompted inside the region, unprompted outside."""
        if self.region is None:
            return self._from_network(self._run(row, column, self.prompt))
        rows, columns = slice(row.keep_start, row.keep_stop), slice(column.keep_start, column.keep_stop)
        weights = upscaled_weights(self.region, rows, columns, self.engine.facts.scale)
        if weights.min() == 1:
            return self._from_network(self._run(row, column, self.prompt))
        result = self._run(row, column, None)
        if weights.any():
            result = result + weights * (self._run(row, column, self.prompt) - result)
        return self._from_network(result)

    def _run(self, row: Span, column: Span, prompt: PromptEmbedding | None) -> np.ndarray:
        """The kept part of the network's answer, finite."""
        height_px, width_px = self.rgb.shape[:2]
        seen = self.rgb[np.ix_(row.pixels_read(height_px), column.pixels_read(width_px))]
        tile = _as_batch(self._to_network(to_float(seen)))
        answer = self.engine.run(tile, prompt, self.features)
        if not np.isfinite(answer).all():  # half precision overflows on some devices: the "black image"
            answer = self.engine.run(tile, prompt, self.features, exact=True)
        if not np.isfinite(answer).all():
            raise ModelError("The model gave NaN or Inf for this image, in float32 too; its weights are unusable.")
        scale = self.engine.facts.scale
        return answer[0].transpose(1, 2, 0)[row.kept_in_answer(scale), column.kept_in_answer(scale)]


class TileWriter:
    """Fills ``output`` [H, W, 3], uint8 or uint16, with the tiles of ``plan``, in its order."""

    def __init__(self, output: np.ndarray, plan: Plan, scale: int) -> None:
        self._output, self._plan, self._scale = output, plan, scale
        self._band = self._carried = np.zeros((0, output.shape[1], 3), np.float32)

    def write_tile(self, row: Span, column: Span, tile: np.ndarray) -> None:
        """Take the kept part of one tile, float32 [h, w, 3] in about [0, 1]; works in place on it."""
        rows, columns = row.kept_in_result(self._scale), column.kept_in_result(self._scale)
        if not self._plan.fades:
            self._output[rows, columns] = quantise(tile, self._output.dtype)
            return
        # One float band of tiles at a time; the rows that it shares with the next band are carried over.
        if column is self._plan.columns[0]:
            self._band = np.zeros((rows.stop - rows.start, self._output.shape[1], 3), np.float32)
        self._band[:, columns] += tile * column.weights(self._scale)[:, None]
        if column is self._plan.columns[-1]:
            self._band *= row.weights(self._scale)[:, None, None]
            self._band[: len(self._carried)] += self._carried
            num_done = len(self._band) - row.fade_out_px * self._scale
            self._carried = self._band[num_done:].copy()
            done = quantise(self._band[:num_done], self._output.dtype)
            self._output[rows.start : rows.start + num_done] = done


_Curve = Callable[[np.ndarray], np.ndarray]


def _curves(curve: np.ndarray | None) -> tuple[_Curve, _Curve]:
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
