"""Where training images come from: a folder of photos or of parquet shards, a Hugging Face data set, or our own pen."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from srgan_prompt.data.image_cache import LazyImage, open_cache
from srgan_prompt.data.shards import find_shards
from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.images.photos import draw_synthetic_image, identity_of, photos_in, read_rgb8

NUM_SYNTHETIC_IMAGES = 64


class Images(Protocol):
    """Numbered images, each uint8 (H, W, 3)."""

    def __len__(self) -> int: ...
    def __getitem__(self, number: int) -> np.ndarray: ...


def open_images(
    folder: Path | None,
    dataset: str | None,
    cache: Path,
    *,
    min_side_px: int,
    max_bad_share: float,
    say: Callable[[str], None],
) -> Images:
    """The photos of ``folder`` or ``dataset``, decoded into ``cache`` once; with neither, synthetic images.

    ``say`` hears why an image was skipped. Raises DataError when too many are.
    """
    if folder is not None and not find_shards(folder):
        listed = folder_images(folder)
    elif folder is not None or dataset is not None:
        listed = dataset_images(load_rows(folder, dataset))
    else:
        side_px = max(192, min_side_px)
        return [draw_synthetic_image(seed, side_px) for seed in range(NUM_SYNTHETIC_IMAGES)]
    images = open_cache(listed, cache, min_side_px=min_side_px, max_bad_share=max_bad_share)
    for reason in images.skipped.values():
        say(f"skipped: {reason}")
    return images


def folder_images(folder: Path) -> list[LazyImage]:
    """The photos of ``folder``, sub-folders too, in the order of their names. Raises DataError if there are none."""
    return [
        LazyImage(str(path.relative_to(folder)), identity_of(path), partial(read_rgb8, path))
        for path in photos_in(folder)
    ]


def load_rows(folder: Path | None, dataset: str | None, *, streaming: bool = False) -> Any:
    """The rows of the shards that ``folder`` holds or stands for, or of ``dataset``: a hub id (its split "train"), or a
    local folder in the "imagefolder" layout. Images stay encoded, in a column ``image``.

    A sequence of rows, as a stream an ``IterableDataset``. Raises DataError.
    """
    import datasets

    try:
        if folder is not None:
            rows = datasets.load_dataset("parquet", data_files=find_shards(folder), split="train", streaming=streaming)
        elif Path(str(dataset)).is_dir():
            rows = datasets.load_dataset("imagefolder", data_dir=dataset, split="train", streaming=streaming)
        else:
            rows = datasets.load_dataset(dataset, split="train", streaming=streaming)
        if "image" in (rows.column_names or ()):  # our own reader decodes them: a broken one is left out, not the end
            rows = rows.select_columns(["image"]).cast_column("image", datasets.Image(decode=False))
        return rows
    except Exception as error:
        reason = " ".join(str(error).split())
        raise DataError(f"{folder or dataset}: the data set cannot be opened ({reason}).") from error


def dataset_images(rows: Sequence[dict[str, Any]], column: str = "image") -> list[LazyImage]:
    """The images in ``column`` of ``rows``, each {"bytes": ..., "path": ...}. Raises DataError if it is missing."""
    if len(rows) and column not in rows[0]:
        raise DataError(f"The data set has no column '{column}'; its columns are {', '.join(rows[0])}.")
    return [_row_image(number, rows, column) for number in range(len(rows))]


def _row_image(number: int, rows: Sequence[dict[str, Any]], column: str) -> LazyImage:
    name, image = f"row {number}", rows[number][column] or {"bytes": None, "path": None}
    source = image["bytes"] or (Path(image["path"]) if image["path"] else b"")
    return LazyImage(name, identity_of(source), lambda: row_rgb8(name, rows[number][column]))


def row_rgb8(name: str, image: dict[str, Any] | None) -> np.ndarray:
    """The image {"bytes": ..., "path": ...} of the row ``name`` as (H, W, 3) uint8. Raises InputImageError."""
    if not image or not (image["bytes"] or image["path"]):
        raise InputImageError(f"{name}: holds no image.")
    try:
        return read_rgb8(image["bytes"] or image["path"])
    except InputImageError as error:
        raise InputImageError(f"{name}: {error}") from error
