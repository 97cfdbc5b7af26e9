"""The pictures of an audit: a folder in, high-resolution centres (1, 3, H, W) out, float RGB in [0, 1].

A square of at most ``side_px`` is cut from the middle of each, its sides multiples of four times the network's scale.
"""

from pathlib import Path

import numpy as np
import torch

from srgan_prompt.data.photos import photos_in, read_rgb8
from srgan_prompt.errors import DataError
from srgan_prompt.types import Image

MIN_SIDE_PX = 32  # AlexNet's poolings leave nothing of a smaller picture


def load_pictures(folder: Path, num_images: int, side_px: int, scale: int) -> list[Image]:
    """``num_images`` of the photos below ``folder``, evenly spread over their sorted names (all if there are fewer).

    Raises DataError if there are none or a picture is too small, InputImageError if one cannot be read.
    """
    files = photos_in(folder)
    chosen = np.linspace(0, len(files) - 1, min(num_images, len(files))).round().astype(int)
    return [_centre(files[number], side_px, scale) for number in chosen]


def _centre(path: Path, side_px: int, scale: int) -> Image:
    rgb = read_rgb8(path)
    height, width = (min(side, side_px) // (4 * scale) * (4 * scale) for side in rgb.shape[:2])
    if min(height, width) < MIN_SIDE_PX:
        raise DataError(f"{path}: {rgb.shape[1]} x {rgb.shape[0]} px is too small to audit; take it out of the folder.")
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    cut = np.ascontiguousarray(rgb[top : top + height, left : left + width])
    return torch.from_numpy(cut).permute(2, 0, 1)[None].float().div(255)
