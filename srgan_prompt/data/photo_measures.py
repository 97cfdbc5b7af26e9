"""What is measured of a photo before it is trained on: size, sharpness, compression, and a hash of what it shows.

The figures behind the limits, with the command that measures them, are in docs/howto/prepare_data.md.
"""

from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.color import LUMA
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.images.read import read_header

HASH_SIDE = 16
MAX_BITS_OFF = 15
"""Of the 256 bits of two photos' hashes, so many may differ where one is a copy of the other."""

_TILE_PX = 128


@dataclass(frozen=True)
class PhotoMeasures:
    """Of one photo. ``problem`` says why it cannot be read; then nothing else is known.

    ``sharpness``: see that function. ``jpeg_quality``: 1 to 100, None for other formats, which do not say.
    ``difference_hash``: 64 hexadecimal digits.
    """

    width_px: int = 0
    height_px: int = 0
    sharpness: float = 0.0
    jpeg_quality: int | None = None
    difference_hash: str = ""
    problem: str = ""


def measure_photo(path: Path) -> PhotoMeasures:
    """Read and measure the file ``path``; raises nothing about it."""
    try:
        quality, rgb = read_header(path).jpeg_quality, read_rgb8(path)
    except InputImageError as error:
        return PhotoMeasures(problem=str(error))
    height, width = rgb.shape[:2]
    return PhotoMeasures(width, height, round(sharpness(rgb), 1), quality, difference_hash(rgb).tobytes().hex())


def sharpness(rgb: np.ndarray) -> float:
    """The variance of the Laplacian of luma (0 to 255) in the sharpest tenth of the tiles of ``rgb`` (H, W, 3) uint8.

    The variance as a measure of focus is that of Pech-Pacheco et al. (2000). Taken in tiles of 128 px, of which the
    90th percentile counts, a sharp bird before a blurred wood is sharp.
    """
    luma = rgb.astype(np.float32) @ np.array(LUMA, np.float32)
    if min(luma.shape) < 3:
        return 0.0
    laplacian = 4 * luma[1:-1, 1:-1] - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:]
    tops, lefts = (range(0, max(1, side - _TILE_PX + 1), _TILE_PX) for side in laplacian.shape)
    tiles = [laplacian[top : top + _TILE_PX, left : left + _TILE_PX] for top, left in product(tops, lefts)]
    return float(np.percentile([tile.var() for tile in tiles], 90))


def difference_hash(rgb: np.ndarray) -> np.ndarray:
    """dHash (Krawetz 2013) of ``rgb`` (H, W, 3) uint8: 256 bits as 16 words (16,) uint16, one a row.

    Of the image in grey at 17x16 px, whether each pixel is brighter than the one to its left. Sizes, compression and
    moderate edits leave it nearly as it was; a crop, a turned or a mirrored image changes it.
    """
    size_px = (HASH_SIDE + 1, HASH_SIDE)
    grey = np.asarray(Image.fromarray(rgb).convert("L").resize(size_px, Image.Resampling.BOX), np.int16)
    return np.packbits(grey[:, 1:] > grey[:, :-1], axis=1).view(np.uint16).ravel()
