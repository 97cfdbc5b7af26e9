"""What a run will cost, told without loading weights or torch: for --dry-run.

What is known of a network and the size of an image come in; tiles, bytes and seconds go out. Seconds are rough: they
are floating point operations over the speed at which this machine multiplies matrices now.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.tiling import Plan, Span, choose_tiling, tile_budget_bytes

RUNTIME_BYTES = 450 * 2**20  # measured: Python with torch and the shipped weights
CONVOLUTION_SHARE = 0.75  # measured: convolutions run at 0.7 to 0.9 of the speed of one large matrix product
_PROBE_SIDE = 512


@dataclass(frozen=True)
class Estimate:
    """Of one image. ``tile_px`` None: the whole image at once. ``memory_bytes`` is the process's peak."""

    result_size_px: tuple[int, int]
    tile_px: int | None
    num_tiles: int
    memory_bytes: int
    time_s: float


def estimate(
    facts: NetworkFacts,
    size_px: tuple[int, int],
    result_size_px: tuple[int, int],
    *,
    bytes_per_channel: int = 1,
    tile: int | str = "auto",
    overlap_px: int | None = None,
    num_views: int = 1,
    num_results: int = 1,
    flops_per_s: float | None = None,
) -> Estimate:
    """What upscaling an image of (width, height) ``size_px`` takes; ``tile`` and overlap are as for ``Upscaler``.

    ``num_views``: how often the network sees every tile. ``num_results``: how many are made and kept, 2 with a receipt.
    ``flops_per_s``: the speed of a matrix product, by default what this machine does now.
    """
    width_px, height_px = size_px
    tiling = choose_tiling(facts, height_px, width_px, tile, overlap_px, budget_bytes=tile_budget_bytes())
    plan = tiling.plan(facts, height_px, width_px)
    input_bytes = width_px * height_px * 3 * bytes_per_channel
    output_bytes = input_bytes * facts.scale**2
    resized = result_size_px != (width_px * facts.scale, height_px * facts.scale)
    result_bytes = result_size_px[0] * result_size_px[1] * 3 * bytes_per_channel if resized else 0
    tile_bytes = _longest(plan.rows) * _longest(plan.columns) * facts.bytes_per_px
    flops = num_results * num_views * _pixels_read(plan) * (facts.flops_per_px or 0)
    kept_bytes = (num_results - 1) * (result_bytes or output_bytes)
    return Estimate(
        result_size_px=result_size_px,
        tile_px=tiling.tile_px,
        num_tiles=plan.num_tiles,
        memory_bytes=RUNTIME_BYTES + input_bytes + kept_bytes + output_bytes + max(tile_bytes, result_bytes),
        time_s=flops / (CONVOLUTION_SHARE * (flops_per_s or _measured_flops_per_s())),
    )


def _longest(spans: Iterable[Span]) -> int:
    return max(span.read_stop - span.read_start for span in spans)


def _pixels_read(plan: Plan) -> int:
    """Pixels that go through the network, overlaps counted as often as they are computed."""
    rows, columns = (sum(span.read_stop - span.read_start for span in spans) for spans in (plan.rows, plan.columns))
    return rows * columns


@cache
def _measured_flops_per_s() -> float:
    """What this machine does now: the best of a few matrix products, some hundredths of a second in all."""
    matrix = np.ones((_PROBE_SIDE, _PROBE_SIDE), np.float32)
    times_s = []
    for _ in range(4):
        start_s = time.perf_counter()
        matrix @ matrix
        times_s.append(time.perf_counter() - start_s)
    return 2 * _PROBE_SIDE**3 / min(times_s)
