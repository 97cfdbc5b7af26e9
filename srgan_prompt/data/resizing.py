"""The fixed filters that tables compare with: uint8 RGB (H, W, 3) in and out, sizes as (width, height).

MATLAB's and Pillow's bicubic share the kernel (Keys 1981, a = -0.5) and widen it when they shrink.
"""

import numpy as np
from PIL import Image


def resize_bicubic(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Keys' cubic with a = -0.5."""
    return np.asarray(Image.fromarray(rgb).resize(size_px, Image.Resampling.BICUBIC))


def resize_lanczos(rgb: np.ndarray, size_px: tuple[int, int]) -> np.ndarray:
    """Windowed sinc with three lobes."""
    return np.asarray(Image.fromarray(rgb).resize(size_px, Image.Resampling.LANCZOS))
