"""How large a result shall be: flags, or words of the prompt, become (width, height) for every single image.

Lengths are pixels of the upright image. No arrays, no torch.
"""

import math
from dataclasses import dataclass

from srgan_prompt.errors import UsageError

MAX_SCALE = 64


@dataclass(frozen=True)
class TargetSize:
    """At most one wish: ``scale``, a box (``width_px``, ``height_px`` or both), the longer side ``max_side_px``, the
    shorter side ``min_side_px``, or the area ``num_pixels``.

    The aspect ratio is always kept: of a box with both sides the result is the largest that fits into it.
    No wish at all means the network's own scale.
    """

    scale: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    max_side_px: int | None = None
    min_side_px: int | None = None
    num_pixels: int | None = None

    def __post_init__(self) -> None:
        wishes = self.scale, self.width_px or self.height_px, self.max_side_px, self.min_side_px, self.num_pixels
        if sum(wish is not None for wish in wishes) > 1:
            raise UsageError("Give one of a scale, a width and height, a longest side, a shortest side or an area.")

    def size_px(self, width_px: int, height_px: int, network_scale: int) -> tuple[int, int]:
        """(width, height) of the result of an image of ``width_px`` x ``height_px``.

        Raises UsageError if that is an enlargement by more than ``MAX_SCALE``.
        """
        factor = self._factor(width_px, height_px, network_scale)
        if not 0 < factor <= MAX_SCALE:
            raise UsageError(
                f"A {width_px} x {height_px} picture would be enlarged {factor:.4g} times; {MAX_SCALE} is the most."
            )
        return max(1, round(width_px * factor)), max(1, round(height_px * factor))

    def _factor(self, width_px: int, height_px: int, network_scale: int) -> float:
        if self.scale is not None:
            return self.scale
        if self.max_side_px is not None:
            return self.max_side_px / max(width_px, height_px)
        if self.min_side_px is not None:
            return self.min_side_px / min(width_px, height_px)
        if self.num_pixels is not None:
            return math.sqrt(self.num_pixels / (width_px * height_px))
        if self.width_px is None and self.height_px is None:
            return network_scale
        across = math.inf if self.width_px is None else self.width_px / width_px
        down = math.inf if self.height_px is None else self.height_px / height_px
        return min(across, down)
