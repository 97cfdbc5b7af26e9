"""The size of a result, from the arguments of a call or, without any, from the sentence."""

import math
from typing import Any

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.sizes import MAX_SCALE, TargetSize


def result_size_px(
    source_px: tuple[int, int],
    network_scale: int,
    scale: float | None,
    size_px: tuple[int, int] | None,
    said: TargetSize | None = None,
) -> tuple[int, int]:
    """(width, height) of the result; what the sentence ``said`` counts where no argument gives a size.

    Raises UsageError for a scale or size that no picture can have.
    """
    if size_px is not None:
        if scale is not None or not _is_size(size_px):
            raise UsageError("Give either a scale or a size (width, height) of at least 1 x 1 whole pixels.")
        return int(size_px[0]), int(size_px[1])
    if scale is None:
        return (said or TargetSize()).size_px(*source_px, network_scale)
    if not isinstance(scale, int | float | np.number) or not math.isfinite(scale) or not 0 < scale <= MAX_SCALE:
        raise UsageError(f"Scale {scale!r} is not a number above 0 and at most {MAX_SCALE}.")
    return TargetSize(scale).size_px(*source_px, network_scale)


def _is_size(size_px: Any) -> bool:
    if not isinstance(size_px, tuple | list) or len(size_px) != 2:
        return False
    return all(isinstance(side, int | np.integer) and side >= 1 for side in size_px)
