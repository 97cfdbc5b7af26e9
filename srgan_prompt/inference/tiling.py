"""Tiles: which part of an image goes into the network when, and how large a part memory allows.

An image is cut into cores that cover it exactly. The network sees each core with ``overlap_px`` more on every side. If
that is at least the network's receptive radius, cropping the answer back to its core is exact: tiled equals whole.
With less overlap neighbours are cross-faded by raised cosines that sum to one. Lengths are input pixels.

Around the image lies a rim, its own pixels mirrored: a network's zero padding would darken or tint its border.

Free bytes come from the operating system and the container's own limit; no package is needed for that.
"""

import contextlib
import math
import os
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import MemoryLimitError, UsageError

if TYPE_CHECKING:
    from srgan_prompt.inference.engine import NetworkFacts

# Measured on the shipped weights, 27 flat saturated images: the border is off by 11.4 of 255 with no rim, 3.5 with 2,
# 1.8 with 4, 1.4 with 6 and 1.2, the network's own grain, with any larger one. Mirroring (the border pixel twice) left
# the error of real images at their border as it was; repeating one pixel or leaving it out of the mirror did not.
RIM_PX = 6
MIN_TILE_PX = 32
# Of one run on a CPU, so that 12 Mpx at x4 fit into 2 GiB. 384 MiB was a quarter faster and took more memory, 2.02 GiB
# at its peak and not 1.48: glibc keeps freed layers of up to 32 MiB, and gives larger ones back.
MAX_TILE_BYTES = 640 * 2**20
_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "failed to allocate", "bad_alloc")


@dataclass(frozen=True)
class Span:
    """One axis of a tile: the network reads [read_start, read_stop); [keep_start, keep_stop) of its answer counts.

    What is read may begin before 0 and end after the image: in its rim. ``seen`` are the indices of those input pixels,
    mirrored at the image's ends. ``in_answer`` and ``in_result`` are the kept part, in output pixels, of the network's
    answer and of the whole result. ``fade_in`` and ``fade_out`` are the output pixels of it that are shared with the
    neighbour before and after.
    """

    read_start: int
    read_stop: int
    keep_start: int
    keep_stop: int
    seen: np.ndarray
    in_answer: slice
    in_result: slice
    fade_in: int = 0
    fade_out: int = 0

    def weights(self) -> np.ndarray:
        """The share of this span in every kept output pixel, float32; with the neighbours' shares it sums to one."""
        weights = np.ones(self.in_result.stop - self.in_result.start, np.float32)
        if self.fade_in:
            weights[: self.fade_in] = _rise(self.fade_in)
        if self.fade_out:
            weights[-self.fade_out :] = 1 - _rise(self.fade_out)
        return weights


@dataclass(frozen=True)
class Plan:
    """Every row span meets every column span in one tile; ``fades`` says whether neighbours share pixels."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    fades: bool

    @property
    def num_tiles(self) -> int:
        """How often the network runs."""
        return len(self.rows) * len(self.columns)


@dataclass(frozen=True)
class Tiling:
    """Core size (None: the whole image at once) and overlap, in input pixels."""

    tile_px: int | None
    overlap_px: int

    def plan(self, facts: "NetworkFacts", height_px: int, width_px: int) -> Plan:
        """The tiles of an image, cross-faded unless their overlap makes them exact."""
        return plan_tiles(
            height_px,
            width_px,
            tile_px=self.tile_px,
            overlap_px=self.overlap_px,
            radius_px=facts.receptive_radius_px if facts.tiling == "exact" else self.overlap_px + 1,
            rim_px=RIM_PX,
            scale=facts.scale,
        )


def choose_tiling(
    facts: "NetworkFacts",
    height_px: int,
    width_px: int,
    tile: int | str,
    overlap_px: int | None,
    *,
    budget_bytes: int,
    largest_px: int | None = None,
) -> Tiling:
    """``tile`` is a size, "auto" (as large as ``budget_bytes`` allow) or "off"; ``overlap_px`` None: the radius.

    ``largest_px``: what "auto" does not exceed. Raises UsageError for other values.
    """
    if tile not in ("auto", "off") and (not isinstance(tile, int) or tile < 1):
        raise UsageError(f"Tile {tile!r} is not a side in pixels, 'auto' or 'off'.")
    if overlap_px is not None and (not isinstance(overlap_px, int) or overlap_px < 0):
        raise UsageError(f"Overlap {overlap_px!r} is not a number of pixels, 0 or more.")
    overlap_px = facts.receptive_radius_px if overlap_px is None else overlap_px
    if tile != "auto":
        return Tiling(None if tile == "off" else int(tile), overlap_px)
    tile_px = auto_tile_px(
        height_px, width_px, bytes_per_px=facts.bytes_per_px, overlap_px=overlap_px, budget_bytes=budget_bytes
    )
    return Tiling(min(largest_px, tile_px or largest_px) if largest_px else tile_px, overlap_px)


def plan_tiles(
    height_px: int,
    width_px: int,
    *,
    tile_px: int | None,
    overlap_px: int,
    radius_px: int,
    rim_px: int = 0,
    scale: int = 1,
) -> Plan:
    """Cut an image into cores of at most ``tile_px`` a side (None: one tile), of nearly equal size.

    Tiles are cross-faded only if ``overlap_px`` is below the network's receptive radius ``radius_px``.
    At the image's border the network reads ``rim_px`` more, whatever the overlap. Its answers are ``scale`` times as
    large as what it reads.
    """
    fade_px = 0 if overlap_px >= radius_px else overlap_px // 2  # the outer half of a short overlap is never used
    rows, columns = (
        _plan_axis(side_px, tile_px or side_px, overlap_px, fade_px, rim_px=rim_px, scale=scale)
        for side_px in (height_px, width_px)
    )
    return Plan(rows, columns, fades=fade_px > 0)


def _plan_axis(
    length_px: int, tile_px: int, overlap_px: int, fade_px: int, *, rim_px: int, scale: int
) -> tuple[Span, ...]:
    num_cores = -(-length_px // tile_px)
    borders = [index * length_px // num_cores for index in range(num_cores + 1)]
    cores = list(pairwise(borders))
    fade_px = min(fade_px, min(stop - start for start, stop in cores) // 2)  # at most two spans share a pixel
    spans = []
    for start, stop in cores:
        is_first, is_last = start == 0, stop == length_px
        read_start = max(-rim_px, start - (rim_px if is_first else overlap_px))
        read_stop = min(length_px + rim_px, stop + (rim_px if is_last else overlap_px))
        keep_start, keep_stop = start - (0 if is_first else fade_px), stop + (0 if is_last else fade_px)
        place = np.arange(read_start, read_stop) % (2 * length_px)
        spans.append(
            Span(
                read_start,
                read_stop,
                keep_start,
                keep_stop,
                seen=np.where(place < length_px, place, 2 * length_px - 1 - place),
                in_answer=slice((keep_start - read_start) * scale, (keep_stop - read_start) * scale),
                in_result=slice(keep_start * scale, keep_stop * scale),
                fade_in=0 if is_first else 2 * fade_px * scale,
                fade_out=0 if is_last else 2 * fade_px * scale,
            )
        )
    return tuple(spans)


def _rise(num_px: int) -> np.ndarray:
    """Raised cosine from 0 to 1, sampled at pixel centres."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(num_px) + 0.5) / num_px)).astype(np.float32)


def free_bytes() -> int:
    """Bytes of main memory that this process may still take."""
    return min(_free_in_system_bytes(), _free_in_container_bytes())


def tile_budget_bytes() -> int:
    """Bytes of main memory that one run of a network may take."""
    return min(free_bytes() // 2, MAX_TILE_BYTES)


def auto_tile_px(height_px: int, width_px: int, *, bytes_per_px: int, overlap_px: int, budget_bytes: int) -> int | None:
    """The core size that keeps one run of the network within ``budget_bytes``; None if the whole image does."""
    if (height_px + 2 * RIM_PX) * (width_px + 2 * RIM_PX) * bytes_per_px <= budget_bytes:
        return None
    side_px = math.isqrt(budget_bytes // bytes_per_px) - 2 * overlap_px
    return max(MIN_TILE_PX, side_px // 16 * 16)


def require_room(num_bytes: int, name: str) -> None:
    """Raise MemoryLimitError if a result of ``num_bytes`` cannot fit."""
    available_bytes = free_bytes()
    if num_bytes > available_bytes:
        raise MemoryLimitError(
            f"{name}: the result needs {num_bytes / 2**30:.1f} GiB and {available_bytes / 2**30:.1f} GiB are free;"
            " ask for a smaller scale or crop the image."
        )


def smaller_tile_px(tile_px: int, error: BaseException) -> int:
    """Half of ``tile_px``, for memory ran out with it, as ``error`` says; raises an ``error`` that says anything else.

    Raises:
        MemoryLimitError: ``tile_px`` is the smallest already.
    """
    if not is_out_of_memory(error):
        raise error
    if tile_px <= MIN_TILE_PX:
        raise MemoryLimitError(f"Memory ran out even with tiles of {MIN_TILE_PX} px; close other programs.") from error
    return max(MIN_TILE_PX, tile_px // 2)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether ``error`` says so, in the words of Python, torch (all devices) or ONNX Runtime."""
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in _OUT_OF_MEMORY)


def _free_in_system_bytes() -> int:
    with contextlib.suppress(OSError, ValueError):
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    return 4 * 2**30  # nothing can be asked here (Windows): a modest machine


def _free_in_container_bytes() -> int:
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (int((group / f"memory.{name}").read_text()) for name in ("max", "current"))
        statistics = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no such files, or "max": no limit
        return 2**62
    reclaimable = int(statistics.get("inactive_file", 0))  # cached files count as used, but go when asked
    return max(0, limit - used + reclaimable)
