"""Which photos are trained on: measured for size, sharpness, compression and copies, and judged by ``Limits``.

The figures behind the limits, with the command that measures them, are in docs/howto/prepare_data.md.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.color import LUMA
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.images.read import read_header

LICENCES = "licences.csv"
"""Beside the photos, with a column ``file`` and those below; written beside the shards for ``recipes/release.py``."""
LICENCE_COLUMNS = ("source", "licence", "attribution")

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


def near_duplicates(hashes: Sequence[str]) -> dict[int, int]:
    """number -> the first earlier one that is no copy itself and differs from it in ``MAX_BITS_OFF`` bits at most.

    ``hashes`` are those of ``PhotoMeasures``, in the order of preference: of two alike the earlier one stays. Hashes
    that differ in at most 15 bits have one of their 16 words in common, so only those that share one are compared.
    """
    words = np.array([np.frombuffer(bytes.fromhex(each), np.uint16) for each in hashes])
    with_word: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    copies: dict[int, int] = {}
    for number, row in enumerate(words):
        places = list(enumerate(row.tolist()))
        near = np.array(sorted({other for place in places for other in with_word[place]}), int)
        alike = near[np.bitwise_count(words[near] ^ row).sum(axis=1) <= MAX_BITS_OFF] if len(near) else near
        if len(alike):
            copies[number] = int(alike[0])
        else:
            for place in places:
                with_word[place].append(number)
    return copies


@dataclass(frozen=True)
class Limits:
    """What a photo must reach. ``min_sharpness``: as ``sharpness`` measures it; ``min_jpeg_quality``: of JPEG."""

    min_side_px: int = 256
    min_sharpness: float = 100.0
    min_jpeg_quality: int = 75
    require_licence: bool = False


class Photo(NamedTuple):
    """A photo that may be taken. ``name``: below its folder; ``identity`` changes when the file may have."""

    name: str
    path: Path
    identity: str
    licence: Mapping[str, str]


class Verdict(NamedTuple):
    """Why a photo is left out, in a word or two that can be counted, and exactly; ("", "") for one that is kept."""

    reason: str = ""
    detail: str = ""


def judge(
    photos: Sequence[Photo],
    foreign: Mapping[Path, PhotoMeasures],
    measures: Mapping[str, PhotoMeasures],
    limits: Limits,
) -> list[Verdict]:
    """What becomes of each of ``photos``, by its ``measures`` (by identity) and those of all before it.

    ``foreign``: photos of benchmarks, of which none may be a copy.
    """
    verdicts = [_verdict(photo, measures[photo.identity], limits) for photo in photos]
    good = [number for number, verdict in enumerate(verdicts) if not verdict.reason]
    sizes_px = [measures[photo.identity].width_px * measures[photo.identity].height_px for photo in photos]
    good.sort(key=lambda number: (-sizes_px[number], photos[number].name))  # of two alike the larger stays
    others = {str(path): found.difference_hash for path, found in foreign.items() if not found.problem}
    hashes = [*others.values(), *(measures[photos[number].identity].difference_hash for number in good)]
    names = [*others, *(photos[number].name for number in good)]
    for copy, original in near_duplicates(hashes).items():
        if copy >= len(others):
            reason = "in a benchmark" if original < len(others) else "copy"
            verdicts[good[copy - len(others)]] = Verdict(reason, f"shows what {names[original]} shows")
    return verdicts


def _verdict(photo: Photo, found: PhotoMeasures, limits: Limits) -> Verdict:
    """What is wrong with the photo by itself."""
    if found.problem:
        return Verdict("unreadable", found.problem)
    if limits.require_licence and not photo.licence["licence"]:
        return Verdict("no licence", f"no row in {LICENCES} names its licence")
    if min(found.width_px, found.height_px) < limits.min_side_px:
        return Verdict("too small", f"{found.width_px}x{found.height_px} px")
    if found.jpeg_quality is not None and found.jpeg_quality < limits.min_jpeg_quality:
        return Verdict("compressed", f"JPEG of quality {found.jpeg_quality}")
    if found.sharpness < limits.min_sharpness:
        return Verdict("blurred", f"sharpness {found.sharpness}")
    return Verdict()
