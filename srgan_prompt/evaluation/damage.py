"""The damage of the damaged benchmark: (H, W, 3) uint8 RGB and a seed in, the same size and type out.

Pillow and numpy alone, and nothing of what damages the training data: a mistake there cannot flatter the table.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from srgan_prompt.data.resizing import resize_bicubic
from srgan_prompt.images.read import read_image

Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""One kind of damage, rounded to 8 bits; its string says how much of it."""


@dataclass(frozen=True)
class Blur:
    """Gaussian blur, cut off at four sigma, edge pixels repeated outwards."""

    sigma_px: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        radius_px = math.ceil(4 * self.sigma_px)
        taps = np.exp(-0.5 * (np.arange(-radius_px, radius_px + 1) / self.sigma_px) ** 2)
        taps /= taps.sum()
        blurred = image.astype(np.float64)
        for axis in (0, 1):
            margins = [(radius_px, radius_px) if each == axis else (0, 0) for each in range(3)]
            windows = np.lib.stride_tricks.sliding_window_view(np.pad(blurred, margins, "edge"), len(taps), axis)
            blurred = windows @ taps
        return _to_8_bits(blurred)

    def __str__(self) -> str:
        return f"blur of sigma {self.sigma_px:g} px"


@dataclass(frozen=True)
class Noise:
    """White Gaussian noise, independent in R, G and B; ``sigma`` is of 255."""

    sigma: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return _to_8_bits(image + rng.normal(0, self.sigma, image.shape))

    def __str__(self) -> str:
        return f"noise of sigma {self.sigma:g}"


@dataclass(frozen=True)
class Jpeg:
    """A JPEG file by Pillow at its default 4:2:0, read again."""

    quality: int

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=self.quality)
        return read_image(file.getvalue()).rgb

    def __str__(self) -> str:
        return f"JPEG of quality {self.quality}"


@dataclass(frozen=True)
class ShrinkAndBack:
    """Pillow's antialiased bicubic to ``factor`` of both sides, and back to the size before."""

    factor: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        height, width = image.shape[:2]
        small = resize_bicubic(image, (round(width * self.factor), round(height * self.factor)))
        return resize_bicubic(small, (width, height))

    def __str__(self) -> str:
        return f"bicubic to {self.factor:g} and back"


@dataclass(frozen=True)
class Damage:
    """Steps one after another. ``remedy``: the operation of ``prompts.operations`` that asks to undo them."""

    name: str
    steps: tuple[Step, ...] = ()
    remedy: str | None = None

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        """The damaged image, a function of ``image`` (H, W, 3) uint8 and ``seed`` alone."""
        rng = np.random.default_rng(seed)
        for step in self.steps:
            image = step(image, rng)
        return image

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "left as they are"


DAMAGES: tuple[Damage, ...] = (
    Damage("none"),
    Damage("JPEG 60", (Jpeg(60),), "dejpeg"),
    Damage("JPEG 30", (Jpeg(30),), "dejpeg"),
    Damage("noise 10", (Noise(10),), "denoise"),
    Damage("noise 25", (Noise(25),), "denoise"),
    Damage("blur 1.2", (Blur(1.2),), "deblur"),
    Damage("mix", (Blur(0.8), Noise(10), Jpeg(50)), "restore"),
    Damage("second order", (Blur(0.8), Noise(8), Jpeg(70), ShrinkAndBack(0.7), Jpeg(60)), "restore"),
)


def _to_8_bits(image: np.ndarray) -> np.ndarray:
    return image.round().clip(0, 255).astype(np.uint8)
