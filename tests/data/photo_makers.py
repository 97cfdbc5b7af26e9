"""Drawn photos for folders and shards: sharp, each unlike the others, and known again by their colour."""

from pathlib import Path

import numpy as np
from PIL import Image


def drawn(number: int, side_px: int = 64) -> np.ndarray:
    """A photo (side, side, 3) uint8 of random blocks on a grid of 8 px, whose blue channel is ``number``."""
    blocks = np.random.default_rng(number).integers(0, 256, (side_px // 8, side_px // 8, 3), dtype=np.uint8)
    pixels = blocks.repeat(8, axis=0).repeat(8, axis=1)
    pixels[..., 2] = number
    return pixels


def write_photos(folder: Path, numbers: range, side_px: int = 64) -> Path:
    """``drawn`` photos as PNG files named by number."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        Image.fromarray(drawn(number, side_px)).save(folder / f"{number:03}.png")
    return folder
