"""Small images, made and looked at."""

from pathlib import Path

import numpy as np
from PIL import Image


def make_image(path: Path, width_px: int = 12, height_px: int = 8, seed: int = 0, mode: str = "RGB") -> Path:
    """A noise image; its format is told by the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.random.default_rng(seed).integers(0, 256, (height_px, width_px, channels), np.uint8)
    Image.fromarray(pixels.squeeze(-1) if channels == 1 else pixels).save(path)
    return path


def size_px(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:  # noqa: TID251
        return image.size


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:  # noqa: TID251
        return np.asarray(image)
