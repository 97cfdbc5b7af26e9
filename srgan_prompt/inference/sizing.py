"""How large a result shall be: flags, or words of the prompt, become (width, height) for every single picture.

Lengths are pixels of the upright picture. No arrays, no torch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from srgan_prompt.errors import UsageError
from srgan_prompt.text.clauses import parse_prompt
from srgan_prompt.text.sizes import size_from_sentence

MAX_SCALE = 64
Clauses = list[tuple[str, float]]


@dataclass(frozen=True)
class TargetSize:
    """At most one wish: ``scale``, a box (``width_px``, ``height_px`` or both), or ``max_side_px``.

    The aspect ratio is always kept: of a box with both sides the result is the largest that fits into it.
    No wish at all means the network's own scale.
    """

    scale: float | None = None
    width_px: int | None = None
    height_px: int | None = None
    max_side_px: int | None = None

    def __post_init__(self) -> None:
        box = self.width_px or self.height_px
        if sum(wish is not None for wish in (self.scale, box, self.max_side_px)) > 1:
            raise UsageError("Give one of a scale, a width and height, or a longest side.")

    def size_px(self, width_px: int, height_px: int, network_scale: int) -> tuple[int, int]:
        """(width, height) of the result of a picture of ``width_px`` x ``height_px``.

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
        if self.width_px is None and self.height_px is None:
            return network_scale
        across = math.inf if self.width_px is None else self.width_px / width_px
        down = math.inf if self.height_px is None else self.height_px / height_px
        return min(across, down)


def read_sentences(sentences: Sequence[str]) -> tuple[Clauses | str | None, TargetSize | None]:
    """What the sentences ask for, with the sizes that they name taken out: (prompt for the upscaler, size or None).

    A sentence that names nothing but a size leaves the default request, None; blank sentences are the empty prompt.
    Raises UsageError for two different sizes, an impossible size, or a weight out of range.
    """
    if not sentences:
        return None, None
    wishes = {index: wish for index, text in enumerate(sentences) if (wish := size_from_sentence(text))}
    sizes = {TargetSize(wish.scale, wish.width_px, wish.height_px) for wish in wishes.values()}
    if len(sizes) > 1:
        raise UsageError("The prompts ask for different sizes; keep one of them.")
    rests = [wishes[index].rest if index in wishes else text for index, text in enumerate(sentences)]
    clauses = [(clause.text, clause.weight) for rest in rests for clause in parse_prompt(rest)]
    only_sizes = not clauses and bool(wishes)
    return (None if only_sizes else clauses or ""), next(iter(sizes), None)
