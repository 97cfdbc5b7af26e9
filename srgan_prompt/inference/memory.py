"""How large a tile may be, and what to do when memory runs out after all.

Free bytes come from the operating system and the container's own limit; no package is needed for that.
"""

import contextlib
import math
import os
from pathlib import Path

from srgan_prompt.errors import MemoryLimitError
from srgan_prompt.inference.tiling import RIM_PX

MIN_TILE_PX = 32
# Of one run on a CPU, so that 12 Mpx at x4 fit into 2 GiB. 384 MiB was a quarter faster and took more memory, 2.02 GiB
# at its peak and not 1.48: glibc keeps freed layers of up to 32 MiB, and gives larger ones back.
MAX_TILE_BYTES = 640 * 2**20
_OUT_OF_MEMORY = ("not enough memory", "can't allocate memory", "out of memory", "failed to allocate", "bad_alloc")


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
            " ask for a smaller scale or crop the picture."
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
