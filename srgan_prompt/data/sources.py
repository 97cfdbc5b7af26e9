"""Where training pictures come from: a folder of photos, a Hugging Face data set, or our own pen."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from srgan_prompt.data.pack import LazyPictures, open_or_build
from srgan_prompt.data.scenes import DrawnScenes
from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.images.read import read_image

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff"}
NUM_DRAWN_SCENES = 64


class Pictures(Protocol):
    """Numbered pictures, each uint8 (H, W, 3)."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> np.ndarray: ...


def open_pictures(
    folder: Path | None,
    dataset: str | None,
    pack: Path,
    *,
    min_side_px: int,
    max_bad_share: float,
    say: Callable[[str], None],
) -> Pictures:
    """The photos of ``folder`` or ``dataset``, decoded into ``pack`` once; with neither, drawn scenes.

    ``say`` hears why a picture was skipped. Raises DataError when too many are.
    """
    if folder is None and dataset is None:
        return DrawnScenes(NUM_DRAWN_SCENES, max(192, min_side_px))
    listed = folder_pictures(folder) if folder is not None else dataset_pictures(load_dataset(dataset))
    pictures = open_or_build(listed, pack, min_side_px=min_side_px, max_bad_share=max_bad_share)
    for reason in pictures.skipped.values():
        say(f"skipped: {reason}")
    return pictures


def folder_pictures(folder: Path) -> LazyPictures:
    """The photos of ``folder``, sub-folders too, as (name, how to decode it), in the order of their names."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give a folder of photos.")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not files:
        raise DataError(f"{folder}: holds no pictures; give a folder with PNG, JPEG, WebP or TIFF files.")
    return [(str(path.relative_to(folder)), lambda path=path: _rgb8(path)) for path in files]


def load_dataset(name: str) -> Sequence[dict[str, Any]]:
    """The training rows of a hub id, or of a local folder in the "imagefolder" layout. Raises DataError."""
    import datasets

    try:
        if Path(name).is_dir():
            rows = datasets.load_dataset("imagefolder", data_dir=name, split="train")
        else:
            rows = datasets.load_dataset(name, split="train")
        if "image" in rows.column_names:  # our own reader decodes them: a broken one is left out, not the end
            rows = rows.select_columns(["image"]).cast_column("image", datasets.Image(decode=False))
        return rows
    except Exception as error:
        raise DataError(f"{name}: the data set cannot be opened ({' '.join(str(error).split())}).") from error


def dataset_pictures(rows: Sequence[dict[str, Any]], column: str = "image") -> LazyPictures:
    """The pictures in ``column`` of ``rows``, each {"bytes": ..., "path": ...}, as (name, how to decode it)."""
    if len(rows) and column not in rows[0]:
        raise DataError(f"The data set has no column '{column}'; its columns are {', '.join(rows[0])}.")
    return [
        (f"row {number}", lambda number=number: _row_rgb8(number, rows[number][column])) for number in range(len(rows))
    ]


def _row_rgb8(number: int, picture: dict[str, Any] | None) -> np.ndarray:
    if not picture or not (picture["bytes"] or picture["path"]):
        raise InputImageError(f"row {number}: holds no picture.")
    try:
        return _rgb8(picture["bytes"] or picture["path"])
    except InputImageError as error:
        raise InputImageError(f"row {number}: {error}") from error


def _rgb8(source: Path | str | bytes) -> np.ndarray:
    image = read_image(source)
    if image.alpha is not None and not image.alpha.any():
        raise InputImageError(f"{image.meta.name}: every pixel is transparent; there is nothing to train on.")
    rgb = image.opaque_rgb
    return rgb if rgb.dtype == np.uint8 else (rgb // 257).astype(np.uint8)
