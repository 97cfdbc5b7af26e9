"""Where training images come from: a folder of photos, parquet shards, a Hugging Face data set, or our own pen.

Shards hold photos as the files were, beside what is known of them: a column ``image`` of {bytes, path}, as the Hugging
Face hub has it, and text columns. They are written here and read by ``datasets``. A shard is there whole or not at all,
and carries a digest of what it was made of.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_prompt.data.image_cache import Images, LazyImage, folder_images, open_cache
from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.files import replacing
from srgan_prompt.images.photos import draw_synthetic_image, identity_of, read_rgb8

if TYPE_CHECKING:
    import pyarrow

NUM_SYNTHETIC_IMAGES = 64
ROWS_A_GROUP = 16  # of a shard: what a reader holds at a time
_DIGEST_KEY = b"srgan_prompt.digest"
_NUMBERED = re.compile(r"(.*)-\d+-of-(\d+)\.parquet")

Row = Mapping[str, Any]


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


def dataset_images(rows: Sequence[dict[str, Any]], column: str = "image") -> list[LazyImage]:
    """The images in ``column`` of ``rows``, each {"bytes": ..., "path": ...}. Raises DataError if it is missing."""
    if len(rows) and column not in rows[0]:
        raise DataError(f"The data set has no column '{column}'; its columns are {', '.join(rows[0])}.")
    return [_row_image(number, rows, column) for number in range(len(rows))]


def _row_image(number: int, rows: Sequence[dict[str, Any]], column: str) -> LazyImage:
    name, image = f"row {number}", rows[number][column] or {"bytes": None, "path": None}
    source = image["bytes"] or (Path(image["path"]) if image["path"] else b"")
    return LazyImage(name, identity_of(source), lambda: row_rgb8(name, rows[number][column]))


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


def row_rgb8(name: str, image: dict[str, Any] | None) -> np.ndarray:
    """The image {"bytes": ..., "path": ...} of the row ``name`` as (H, W, 3) uint8. Raises InputImageError."""
    if not image or not (image["bytes"] or image["path"]):
        raise InputImageError(f"{name}: holds no image.")
    try:
        return read_rgb8(image["bytes"] or image["path"])
    except InputImageError as error:
        raise InputImageError(f"{name}: {error}") from error


def find_shards(source: Path) -> list[str]:
    """The parquet files that ``source`` is, holds or stands for (a glob pattern), by name; [] if there are none.

    Raises DataError if files are missing of a set that is numbered ``-00003-of-00064.parquet``.
    """
    if source.is_dir():
        found = sorted(str(path) for path in source.rglob("*.parquet"))
    elif source.is_file():
        found = [str(source)] if source.suffix == ".parquet" else []
    else:
        base = Path(source.anchor)
        found = sorted(str(path) for path in base.glob(str(source.relative_to(base))) if path.suffix == ".parquet")
    if source.is_dir():
        for name, number in {match.groups() for match in map(_NUMBERED.fullmatch, found) if match}:
            present = sum(path.startswith(f"{name}-") and path.endswith(f"-of-{number}.parquet") for path in found)
            if present != int(number):
                raise DataError(f"{source}: {present} of {int(number)} shards are there; finish making them.")
    return found


@contextmanager
def readable_rows(source: object) -> Iterator[None]:
    """Whatever ``datasets`` raises in the block about the rows of ``source`` is one DataError."""
    from datasets.exceptions import DatasetsError

    try:
        yield
    except (OSError, ValueError, TypeError, DatasetsError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{source}: cannot be read as rows ({reason}); give parquet files or a hub id.") from error


def shard_schema(text_columns: Sequence[str]) -> "pyarrow.Schema":
    """The columns of a shard, such that ``datasets`` knows the images for images."""
    import datasets

    columns = {"image": datasets.Image()} | {name: datasets.Value("string") for name in text_columns}
    return datasets.Features(columns).arrow_schema


def write_shard(path: Path, rows: Iterable[Row], schema: "pyarrow.Schema", digest: str) -> None:
    """``rows`` of ``schema`` to ``path``, a few in memory at a time. Raises OutputError if the disk refuses."""
    import pyarrow
    from pyarrow import parquet

    marked = schema.with_metadata({**(schema.metadata or {}), _DIGEST_KEY: digest.encode()})
    # Photos are compressed already.
    waiting = iter(rows)
    with replacing(path) as file, parquet.ParquetWriter(file, marked, compression="none") as writer:
        while group := list(islice(waiting, ROWS_A_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(group, schema=marked))


def has_digest(path: Path, digest: str) -> bool:
    """Whether ``path`` is a whole shard that was written with ``digest``."""
    import pyarrow
    from pyarrow import parquet

    try:
        return (parquet.read_schema(path).metadata or {}).get(_DIGEST_KEY) == digest.encode()
    except (OSError, pyarrow.ArrowInvalid):
        return False
