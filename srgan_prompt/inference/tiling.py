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
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from srgan_prompt.errors import MemoryLimitError

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

    What is read may begin before 0 and end after the image: in its rim.
    ``fade_in_px`` and ``fade_out_px`` are the parts of the kept range shared with the neighbour before and after.
    """

    read_start: int
    read_stop: int
    keep_start: int
    keep_stop: int
    fade_in_px: int = 0
    fade_out_px: int = 0

    def pixels_read(self, length_px: int) -> np.ndarray:
        """The indices of the input pixels that the network sees, of ``length_px`` in all, mirrored at the ends."""
        place = np.arange(self.read_start, self.read_stop) % (2 * length_px)
        return np.where(place < length_px, place, 2 * length_px - 1 - place)

    def kept_in_answer(self, scale: int) -> slice:
        """The kept part of the network's answer, in its own output pixels."""
        return slice((self.keep_start - self.read_start) * scale, (self.keep_stop - self.read_start) * scale)

    def kept_in_result(self, scale: int) -> slice:
        """Where the kept part lies in the result, in output pixels."""
        return slice(self.keep_start * scale, self.keep_stop * scale)

    def weights(self, scale: int) -> np.ndarray:
        """The share of this span in every kept output pixel, float32; with the neighbours' shares it sums to one."""
        weights = np.ones((self.keep_stop - self.keep_start) * scale, np.float32)
        if self.fade_in_px:
            weights[: self.fade_in_px * scale] = _rise(self.fade_in_px * scale)
        if self.fade_out_px:
            weights[-self.fade_out_px * scale :] = 1 - _rise(self.fade_out_px * scale)
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

    def __iter__(self) -> Iterator[tuple[Span, Span]]:
        return ((row, column) for row in self.rows for column in self.columns)


def plan_tiles(
    height_px: int, width_px: int, *, tile_px: int | None, overlap_px: int, radius_px: int, rim_px: int = 0
) -> Plan:
    """Cut an image into cores of at most ``tile_px`` a side (None: one tile), of nearly equal size.

    Tiles are cross-faded only if ``overlap_px`` is below the network's receptive radius ``radius_px``.
    At the image's border the network reads ``rim_px`` more, whatever the overlap.
    """
    fade_px = 0 if overlap_px >= radius_px else overlap_px // 2  # the outer half of a short overlap is never used
    rows, columns = (_plan_axis(side, tile_px or side, overlap_px, fade_px, rim_px) for side in (height_px, width_px))
    return Plan(rows, columns, fades=fade_px > 0)


def _plan_axis(length_px: int, tile_px: int, overlap_px: int, fade_px: int, rim_px: int) -> tuple[Span, ...]:
    num_cores = -(-length_px // tile_px)
    borders = [index * length_px // num_cores for index in range(num_cores + 1)]
    cores = list(pairwise(borders))
    fade_px = min(fade_px, min(stop - start for start, stop in cores) // 2)  # at most two spans share a pixel
    return tuple(
        Span(
            read_start=max(-rim_px, start - (overlap_px if start else rim_px)),
            read_stop=min(length_px + rim_px, stop + (overlap_px if stop < length_px else rim_px)),
            keep_start=start - (fade_px if start else 0),
            keep_stop=stop + (fade_px if stop < length_px else 0),
            fade_in_px=2 * fade_px if start else 0,
            fade_out_px=2 * fade_px if stop < length_px else 0,
        )
        for start, stop in cores
    )


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
