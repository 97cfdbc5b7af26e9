"""Pairs of a low-resolution image and its original: of a benchmark, or to train on.

Three layouts are known: ``name_HR.png`` beside ``name_LR.png``; folders ``HR/`` and ``LR/``; or originals alone, for
which low-resolution images are made here by the bicubic filter of the tables (MATLAB's, which is Pillow's as well).
"""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.image_cache import ImageCache, LazyImage, open_cache
from srgan_prompt.errors import DataError
from srgan_prompt.images.photos import identity_of, photos_in, read_rgb8
from srgan_prompt.operators.filters import resize_bicubic

MIN_SIDE_PX = 32  # AlexNet's poolings leave nothing of a smaller image

_ROLE = re.compile(r"(_(HR|LR|SR|GT|out)|_?x\d)$", re.IGNORECASE)


@dataclass(frozen=True)
class PairFiles:
    """Where one test image lies; ``low`` is None when it is to be made from ``high``."""

    name: str
    high: Path
    low: Path | None


@dataclass(frozen=True)
class Pair:
    """``low`` (h, w, 3) and the original ``high`` (scale h, scale w, 3), both uint8 RGB."""

    name: str
    low: np.ndarray
    high: np.ndarray


def image_name(path: Path) -> str:
    """The name that all versions of an image share: "baby" of "baby_HR.png", "baby_LR_x4.png", "babyx4.png"."""
    name, shorter = "", path.stem
    while shorter != name:
        name, shorter = shorter, _ROLE.sub("", shorter)
    return name


def images_in(folder: Path) -> dict[str, Path]:
    """Photos of ``folder`` itself by ``image_name``. Raises ``DataError`` without any, or if two share a name."""
    found: dict[str, Path] = {}
    for path in _files(folder):
        name = image_name(path)
        if name in found:
            raise DataError(f"{folder} holds both {found[name].name} and {path.name}; keep one file per image.")
        found[name] = path
    return found


def find_pairs(folder: Path) -> list[PairFiles]:
    """The test images of ``folder`` in order of their names. Raises ``DataError`` naming what is missing."""
    if (folder / "HR").is_dir():
        highs, lows = images_in(folder / "HR"), images_in(folder / "LR")
    elif any(_has_role(path, "HR") for path in _files(folder)):
        highs, lows = ({image_name(p): p for p in _files(folder) if _has_role(p, role)} for role in ("HR", "LR"))
    else:
        highs, lows = images_in(folder), {}
    if lows and (missing := highs.keys() - lows.keys()):
        raise DataError(f"{folder}: {highs[min(missing)].name} has no low-resolution image beside it.")
    return [PairFiles(name, high, lows.get(name)) for name, high in highs.items()]


def load_pair(files: PairFiles, scale: int) -> Pair:
    """Read both images; the original loses the rows and columns that ``scale`` does not divide.

    Raises ``DataError`` when the sizes do not fit, ``InputImageError`` for a file that cannot be read.
    """
    high = read_rgb8(files.high)
    if files.low is None:
        height, width = (side // scale * scale for side in high.shape[:2])
        high = high[:height, :width]
        _require_size(high, files.high)
        return Pair(files.name, resize_bicubic(high, (width // scale, height // scale)), high)
    low = read_rgb8(files.low)
    height, width = low.shape[0] * scale, low.shape[1] * scale
    if not (0 <= high.shape[0] - height < scale and 0 <= high.shape[1] - width < scale):
        raise DataError(
            f"{files.low} ({low.shape[1]} x {low.shape[0]}) is not {files.high.name} "
            f"({high.shape[1]} x {high.shape[0]}) divided by {scale}."
        )
    _require_size(high, files.high)
    return Pair(files.name, low, high[:height, :width])


def _files(folder: Path) -> list[Path]:
    files = [path for path in photos_in(folder) if path.parent == folder]
    if not files:
        raise DataError(f"{folder}: holds no photos itself, only in sub-folders; name one of those.")
    return files


def _has_role(path: Path, role: str) -> bool:
    return path.stem.upper().endswith(f"_{role}")


def _require_size(high: np.ndarray, path: Path) -> None:
    if min(high.shape[:2]) < MIN_SIDE_PX:
        raise DataError(f"{path} is too small to measure: both sides need at least {MIN_SIDE_PX} pixels.")


def open_pairs(folder: Path, cache: Path, config: TrainConfig) -> tuple[ImageCache, ImageCache]:
    """The small and the large images of ``folder``, decoded into ``cache`` once; equal numbers belong together.

    Raises DataError for a large image without a small one, sizes that do not fit, and an image that cannot be used.
    """
    scale, pairs = config.generator.scale, find_pairs(folder)
    files = {
        "low": [(pair.name, pair.low) for pair in pairs if pair.low],
        "high": [(pair.name, pair.high) for pair in pairs],
    }
    if len(files["low"]) < len(pairs):
        raise DataError(
            f"{folder}: holds no pairs; give folders HR and LR in it, or files name_HR.png and name_LR.png."
        )
    sides_px = {"low": config.window_px // scale, "high": config.window_px}
    low, high = (
        open_cache(
            [LazyImage(name, identity_of(path), partial(read_rgb8, path)) for name, path in files[role]],
            cache / role,
            min_side_px=side_px,
            max_bad_share=0.0,
        )
        for role, side_px in sides_px.items()
    )
    for small, large in zip(low.entries, high.entries, strict=True):
        if not (0 <= large.height - scale * small.height < scale and 0 <= large.width - scale * small.width < scale):
            sizes = f"{small.width}x{small.height} and {large.width}x{large.height} px"
            raise DataError(
                f"{folder}: the pair {small.name} has {sizes}; the large one must be {scale} times the small."
            )
    return low, high
