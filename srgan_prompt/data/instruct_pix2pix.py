"""InstructPix2Pix: rows of original_image, edit_prompt and edited_image, and training batches of them.

Rows come through ``datasets`` in numbered blocks, so that any place in the data can be found again; images stay
encoded. In memory there is one block, the whole data set (memory-mapped Arrow). As a stream, block b is the rows
[256 b, 256 b + 256) of the endlessly repeated stream: 256 rows are held at a time, and a resumed run skips ahead to its
block without decoding what lies before.

A batch has the low-resolution original and the sentence as input, the edited image as the target. It is a pure function
of (seed, step), as ``batches.BatchMaker``'s are: each block of rows is taken in an order shuffled by (seed, block), row
after row; crop and flips of sample k come from (seed, step, k). A row that cannot be used is named, counted once, and
replaced by another of its block.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.data.image_cache import as_images
from srgan_prompt.data.images import readable_rows
from srgan_prompt.data.sampling import Patches, cut_window
from srgan_prompt.errors import ConfigError, DataError, InputImageError, UsageError
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.operators.corruptions import to_8_bits
from srgan_prompt.operators.filters import down

if TYPE_CHECKING:
    from datasets import Dataset, IterableDataset

IMAGE_COLUMNS = ("original_image", "edited_image")
COLUMNS = ("original_image", "edit_prompt", "edited_image")
STREAM_BLOCK_ROWS = 256
MAX_TRIES = 100  # rows in turn that cannot be used

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


@dataclass(frozen=True)
class _Sample:
    """Two windows (S, S, 3) uint8 from one place, and the sentence between them; "" makes both the original."""

    original: np.ndarray
    edited: np.ndarray
    prompt: str


class Pix2PixBatches:
    """``rows`` to batches, on ``device``. ``encode`` turns n sentences into (n, D) on the CPU, zeros for an empty one.

    ``skipped``: number of an unusable row -> why.
    """

    def __init__(
        self,
        rows: RowBlocks,
        encode: Callable[[Sequence[str]], Tensor],
        config: TrainConfig,
        device: torch.device,
    ) -> None:
        self._rows, self._encode, self._config, self._device = rows, encode, config, device
        self.skipped: dict[int, str] = {}
        self._order: tuple[int, list[int]] = (-1, [])

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``.

        Raises DataError when too many rows cannot be used, ConfigError if the batch cannot be shared out evenly.
        """
        data, scale = self._config.data, self._config.generator.scale
        per_rank, over = divmod(data.batch_images, num_ranks)
        if over:
            raise ConfigError(f"data.batch_images must be a multiple of the {num_ranks} processes.")
        numbers = range(rank * per_rank, (rank + 1) * per_rank)
        rngs = [np.random.default_rng((self._config.seed, step, number)) for number in numbers]
        places = [step * data.batch_images + number for number in numbers]
        samples = [self._sample(place, rng) for place, rng in zip(places, rngs, strict=True)]
        original = as_images([sample.original for sample in samples], self._device)
        edited = as_images([sample.edited for sample in samples], self._device)
        patches = Patches.sample(data.patch_px, data.patch_px, rngs)  # turned, but no smaller
        text = self._encode([sample.prompt for sample in samples])
        return Batch(
            lr=patches.cut(to_8_bits(down(original, scale))),
            target=patches.cut(edited, scale),
            text=text.to(self._device),
            wrong_text=_others(text).to(self._device),
            # An edited image is one of many right ones, so its pixels alone are no fair target.
            crisp=text.any(dim=1).float().to(self._device),
        )

    def _sample(self, place: int, rng: np.random.Generator) -> _Sample:
        number, turn = divmod(place, self._rows.rows_per_block)
        block, index = self._rows.block(number), self._order_of(number)[turn]
        for _ in range(MAX_TRIES):
            try:
                return self._cut(block[index], rng)
            except (InputImageError, DataError) as error:
                self._skip(self._rows.first_row(number) + index, number, str(error))
                index = int(rng.integers(len(block)))
        raise DataError(f"{MAX_TRIES} InstructPix2Pix rows in turn cannot be used; the last: {self._last_reason()}")

    def _cut(self, row: Row, rng: np.random.Generator) -> _Sample:
        original, edited = (_pixels(row, column) for column in ("original_image", "edited_image"))
        side_px = self._config.data.patch_px * self._config.generator.scale
        prompt = row["edit_prompt"] or ""
        if not prompt.strip():
            raise DataError("edit_prompt is missing.")
        if original.shape != edited.shape:
            raise DataError("original_image and edited_image differ in size.")
        if min(original.shape[:2]) < side_px:
            raise DataError(f"its images are smaller than a {side_px} px patch.")
        window_seed, is_asked = rng.integers(2**32), rng.random() >= self._config.prompts.empty_share
        windows = [
            cut_window(image, side_px, self._config.data.fit, np.random.default_rng(window_seed))
            for image in (original, edited)
        ]
        return _Sample(windows[0], windows[1] if is_asked else windows[0], prompt if is_asked else "")

    def _order_of(self, block: int) -> list[int]:
        """The order in which the rows of ``block`` are taken."""
        if block != self._order[0]:
            rng = np.random.default_rng((self._config.seed, block))
            self._order = (block, rng.permutation(self._rows.rows_per_block).tolist())
        return self._order[1]

    def _skip(self, row: int, block: int, reason: str) -> None:
        """Remember an unusable row; a few are tolerated, as in a folder of photos."""
        self.skipped.setdefault(row, reason)
        num_met = self._rows.num_rows_met(block)
        if len(self.skipped) > self._config.data.max_bad_share * num_met:
            raise DataError(
                f"{len(self.skipped)} of {num_met} InstructPix2Pix rows cannot be used; the last: {self._last_reason()}"
            )

    def _last_reason(self) -> str:
        number, reason = list(self.skipped.items())[-1]
        return f"row {number}: {reason}"


def _others(text: Tensor) -> Tensor:
    """For each row of ``text`` (B, D) the next one, in a circle, that says something else, if there is any."""
    numbers = torch.arange(len(text))
    following = (numbers[:, None] + numbers + 1) % len(text)
    differs = text[following].ne(text[:, None]).any(dim=2)
    return text[following[numbers, differs.int().argmax(dim=1)]]


def _pixels(row: Row, column: str) -> np.ndarray:
    image = row[column]
    if image is None or not (image["bytes"] or image["path"]):
        raise DataError(f"{column} is missing.")
    return read_rgb8(image["bytes"] or image["path"])
