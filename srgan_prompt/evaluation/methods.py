"""What a benchmark compares: functions from a low-resolution to a high-resolution image, both uint8 RGB (H, W, 3).

Images that somebody else made take part as ``SavedResults``.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.data.pairs import Pair, images_in
from srgan_prompt.errors import DataError
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.operators.filters import resize_bicubic, resize_lanczos

if TYPE_CHECKING:
    from srgan_prompt.inference.upscaler import Upscaler

Method = Callable[[np.ndarray], np.ndarray]


class SavedResults:
    """A folder of finished images, found by the name that they share with the originals."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._files = images_in(folder)

    def of(self, name: str) -> np.ndarray:
        """The image called ``name``. Raises ``DataError`` if it is missing."""
        if name not in self._files:
            raise DataError(f"{self._folder} holds no result for {name}; expected {name}.png.")
        return read_rgb8(self._files[name])


def bicubic(scale: int) -> Method:
    """The baseline of all tables."""
    return lambda low: resize_bicubic(low, _upscaled_size(low, scale))


def lanczos(scale: int) -> Method:
    """The sharper classical filter."""
    return lambda low: resize_lanczos(low, _upscaled_size(low, scale))


def ours(upscaler: Callable, prompt: str | None, *, self_ensemble: bool = False) -> Method:
    """An ``inference.upscaler.Upscaler`` with one prompt: "" is plain super-resolution, None the default request."""
    return lambda low: np.asarray(upscaler(low, prompt=prompt, self_ensemble=self_ensemble).image.convert("RGB"))


def row_name(model: str, prompt: str | None) -> str:
    """What a table calls ``model`` with ``prompt``."""
    return f"{model}, default request" if prompt is None else f'{model} "{prompt}"'


def prompt_rows(
    model: str, upscaler: "Upscaler", prompts: Sequence[str | None], *, self_ensemble: bool = False
) -> dict[str, Method]:
    """A row for each of ``prompts``, named by ``row_name``; one that is called ``model`` if it takes no prompts."""
    if not upscaler.model.engine.facts.takes_prompts:
        return {model: ours(upscaler, "", self_ensemble=self_ensemble)}
    return {row_name(model, prompt): ours(upscaler, prompt, self_ensemble=self_ensemble) for prompt in prompts}


def produce(method: Method | SavedResults, pair: Pair) -> np.ndarray:
    """The method's image for ``pair``, (scale h, scale w, 3) uint8. Raises ``DataError`` for a wrong size."""
    output = method.of(pair.name) if isinstance(method, SavedResults) else method(pair.low)
    if output.shape != pair.high.shape:
        sizes = [f"{width} x {height}" for height, width, _ in (output.shape, pair.high.shape)]
        raise DataError(f"The result for {pair.name} is {sizes[0]} pixels, but its original is {sizes[1]}.")
    return output


def _upscaled_size(low: np.ndarray, scale: int) -> tuple[int, int]:
    return low.shape[1] * scale, low.shape[0] * scale
