"""Parquet shards of photos, the files as they were beside what is known of them: written here, read by ``datasets``.

A column ``image`` of {bytes, path}, as the Hugging Face hub has it, and text columns. A shard is there whole or not at
all, and carries a digest of what it was made of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.errors import DataError
from srgan_prompt.files import replacing

if TYPE_CHECKING:
    import pyarrow

ROWS_A_GROUP = 16  # what a reader holds at a time
_DIGEST_KEY = b"srgan_prompt.digest"
_NUMBERED = re.compile(r"(.*)-\d+-of-(\d+)\.parquet")

Row = Mapping[str, Any]


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
