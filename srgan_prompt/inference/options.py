"""The arguments of a call of ``Upscaler`` beside image and prompt, for type checkers; explained there."""

from typing import TypedDict

from srgan_prompt.inference.enlarge import Progress
from srgan_prompt.inference.region import Region


class UpscaleOptions(TypedDict, total=False):
    """See ``Upscaler.__call__``."""

    strength: float
    negative: str | None
    region: Region | None
    scale: float | None
    size_px: tuple[int, int] | None
    tile: int | str
    overlap: int | None
    self_ensemble: bool
    progress: Progress | None
