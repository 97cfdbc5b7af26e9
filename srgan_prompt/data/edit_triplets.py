"""Rows of InstructPix2Pix, through ``datasets``: original_image, edit_prompt, edited_image; images stay encoded.

Rows come in numbered blocks, so that any place in the data can be found again. In memory there is one block, the whole
data set (memory-mapped Arrow). As a stream, block b is the rows [256 b, 256 b + 256) of the endlessly repeated stream:
256 rows are held at a time, and a resumed run skips ahead to its block without decoding what lies before.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from srgan_prompt.data.shards import readable_rows
from srgan_prompt.errors import DataError, UsageError

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset


IMAGE_COLUMNS = ("original_image", "edited_image")
COLUMNS = ("original_image", "edit_prompt", "edited_image")
STREAM_BLOCK_ROWS = 256

Row = dict[str, Any]
"""``edit_prompt``, and two images as {"bytes": ..., "path": ...}; any of them may be None."""


class RowBlocks(Protocol):
    """Endless numbered blocks of ``rows_per_block`` rows; asked for in rising order."""

    rows_per_block: int

    def block(self, number: int) -> Sequence[Row]:
        """Block ``number``, from 0."""

    def first_row(self, number: int) -> int:
        """What the first row of block ``number`` is called: one row, one number."""

    def num_rows_met(self, number: int) -> int:
        """Different rows in the blocks up to ``number``, as far as is known."""


class AllRows:
    """Random access: every block is the whole data set."""

    def __init__(self, dataset: "Dataset") -> None:
        self._dataset = dataset
        self.rows_per_block = len(dataset)

    def block(self, number: int) -> Sequence[Row]:
        """See ``RowBlocks``."""
        return self._dataset

    def first_row(self, number: int) -> int:
        """See ``RowBlocks``."""
        return 0

    def num_rows_met(self, number: int) -> int:
        """See ``RowBlocks``."""
        return self.rows_per_block


class StreamedRows:
    """A stream, one block at a time."""

    def __init__(self, dataset: "IterableDataset", source: str, rows_per_block: int = STREAM_BLOCK_ROWS) -> None:
        self._dataset, self._source = dataset.repeat(None), source
        self.rows_per_block = rows_per_block
        self._number = -1
        self._rows: list[Row] = []
        self._stream: Iterator[Row] | None = None

    def block(self, number: int) -> Sequence[Row]:
        """See ``RowBlocks``. Raises DataError if the stream breaks."""
        if number == self._number:
            return self._rows
        with readable_rows(self._source):
            stream = self._stream
            if stream is None or number != self._number + 1:
                stream = self._stream = iter(self._dataset.skip(number * self.rows_per_block))
            self._rows = list(islice(stream, self.rows_per_block))
        self._number = number
        return self._rows

    def first_row(self, number: int) -> int:
        """See ``RowBlocks``."""
        return number * self.rows_per_block

    def num_rows_met(self, number: int) -> int:
        """See ``RowBlocks``."""
        return (number + 1) * self.rows_per_block


def open_edit_triplets(source: str, *, streaming: bool) -> RowBlocks:
    """The rows of a parquet file, a folder of parquet files, or a data set on the hub (its split "train").

    Raises DataError if there are none or a column is missing, UsageError without the package ``datasets``.
    """
    try:
        import datasets
    except ImportError:
        raise UsageError("Reading InstructPix2Pix needs datasets; run: pip install 'srgan-prompt[train]'") from None
    path = Path(source)
    with readable_rows(source):
        if path.exists() or path.suffix == ".parquet":
            files = [str(file) for file in (sorted(path.rglob("*.parquet")) if path.is_dir() else [path])]
            if not files:
                raise DataError(f"{source}: holds no parquet files.")
            dataset = datasets.load_dataset("parquet", data_files=files, split="train", streaming=streaming)
        else:
            dataset = datasets.load_dataset(source, split="train", streaming=streaming)
        found = dataset.column_names or list(next(iter(dataset), {}))
        if missing := [column for column in COLUMNS if column not in found]:
            raise DataError(f"{source}: has no column {missing[0]!r}; InstructPix2Pix rows have {', '.join(COLUMNS)}.")
        dataset = dataset.select_columns(list(COLUMNS))
        for column in IMAGE_COLUMNS:  # our own reader decodes them, with its limits
            dataset = dataset.cast_column(column, datasets.Image(decode=False))
        if next(iter(dataset), None) is None:
            raise DataError(f"{source}: holds no rows.")
    return StreamedRows(dataset, source) if streaming else AllRows(dataset)
