"""Training batches of streamed photos, for more of them than can be decoded beforehand.

The shards are dealt to lanes, as many as divide both them and the images of a batch. A lane is read shard after shard,
without end, and gives an equal run of the images of every batch. A process reads the shards of its own lanes and no
other; which image is the k-th of a batch does not depend on how many processes there are.
"""

import weakref
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from math import gcd
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import torch

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import Batch, BatchMaker
from srgan_prompt.data.images import find_shards, load_rows, readable_rows, row_rgb8
from srgan_prompt.errors import ConfigError, DataError, InputImageError
from srgan_prompt.grammar.prompt_bank import PromptBank

if TYPE_CHECKING:
    from datasets import IterableDataset

MAX_BAD_IN_TURN = 100
FEW_IMAGES = 1000  # one bad image among the first is no measure of a share


class Place(TypedDict):
    """Where a stream is before batch ``number``: of each lane, by number, its state as ``datasets`` has it."""

    number: int
    lanes: dict[str, Any]


def merged(places: Sequence[Place]) -> Place:
    """The place of all processes, each of which knows that of its own lanes."""
    return Place(
        number=places[0]["number"], lanes={lane: state for place in places for lane, state in place["lanes"].items()}
    )


class ImageStream:
    """Images out of endlessly repeated shards, batch by batch, decoded ahead by threads.

    Bad images are passed over, and ``say`` hears of them.
    """

    def __init__(self, rows: "IterableDataset", source: str, config: TrainConfig, say: Callable[[str], None]) -> None:
        data = config.data
        self._rows, self.source, self._say = rows, source, say
        self._min_side_px, self._max_bad_share = config.window_px, data.max_bad_share
        self.num_shards: int = rows.num_shards
        num_images = data.batch_images // data.sentences_per_image
        self.num_lanes = gcd(self.num_shards, num_images)
        self.images_a_lane = num_images // self.num_lanes
        self.pool = ThreadPoolExecutor(data.decode_threads, thread_name_prefix="decode")
        self._start: Place = Place(number=0, lanes={})
        self._lanes: dict[int, _Lane] = {}
        self._next: tuple[int, int, int] | None = None
        self._num_met = self._num_bad = 0
        # Files are closed while Python still can: at its end pyarrow is gone before the last generator.
        weakref.finalize(self, self._lanes.clear)

    def go_to(self, place: Place | None) -> None:
        """Go on from ``place``; from the beginning if that is unknown or of other lanes."""
        is_ours = place is not None and place["lanes"].keys() == set(map(str, range(self.num_lanes)))
        if place is None or not is_ours:
            self._say("the checkpoint knows no place in these shards; they are read from the beginning")
            place = Place(number=0, lanes={})
        self._start, self._next = place, None

    def place(self) -> Place:
        """Where the lanes of this process are. What is decoded ahead and not yet asked for comes again."""
        number = self._start["number"] if self._next is None else self._next[0]
        return Place(number=number, lanes={str(lane): each.state for lane, each in self._lanes.items()})

    def images(self, number: int, rank: int = 0, num_ranks: int = 1) -> list[np.ndarray]:
        """The share of ``rank`` in batch ``number``: (H, W, 3) uint8 each, at least as large as a window.

        Numbers rise one by one; any other begins anew, at the place that was gone to if it is that of ``number``.
        Raises ConfigError if the lanes cannot be shared out, DataError for too many bad images.
        """
        if self._next != (number, rank, num_ranks):
            self._open(self._start if self._start["number"] == number else None, rank, num_ranks)
        images = [self._image(lane) for lane in self._lanes.values() for _ in range(self.images_a_lane)]
        for lane in self._lanes.values():
            lane.decode_ahead()
        self._next = (number + 1, rank, num_ranks)
        return images

    def _open(self, place: Place | None, rank: int, num_ranks: int) -> None:
        per_rank, over = divmod(self.num_lanes, num_ranks)
        if over:
            raise ConfigError(
                f"{self.source}: {self.num_shards} shards cannot be shared by {num_ranks} processes; both their number "
                "and that of the images of a batch must be a multiple of the processes."
            )
        states = {} if place is None else place["lanes"]
        self._lanes.clear()
        for lane in range(rank * per_rank, (rank + 1) * per_rank):
            rows = self._rows.shard(self.num_lanes, lane, contiguous=False)
            self._lanes[lane] = _Lane(rows, states.get(str(lane)), self)
            self._lanes[lane].decode_ahead()

    def _image(self, lane: "_Lane") -> np.ndarray:
        """The next image of ``lane`` that can be used."""
        for _ in range(MAX_BAD_IN_TURN):
            self._num_met += 1
            name, decoded = lane.next()
            try:
                image = decoded.result()
                height, width = image.shape[:2]
                if min(height, width) >= self._min_side_px:
                    return image
                reason = f"{name}: {width}x{height} px is smaller than the {self._min_side_px} px that are needed."
            except InputImageError as error:
                reason = str(error)
            self._num_bad += 1
            self._say(f"skipped: {reason}")
            if self._num_bad > self._max_bad_share * max(self._num_met, FEW_IMAGES):
                raise DataError(f"{self._num_bad} of {self._num_met} images cannot be used; the last: {reason}")
        raise DataError(f"{self.source}: {MAX_BAD_IN_TURN} images in turn cannot be used; the last: {reason}")


class _Lane:
    """Rows in their order, without end, and images being decoded ahead. ``state``: after the last that was taken."""

    def __init__(self, rows: "IterableDataset", state: Any, stream: ImageStream) -> None:
        self._rows, self._pool, self._source = rows.repeat(None), stream.pool, stream.source
        self._num_ahead = stream.images_a_lane
        if state is not None:
            self._rows.load_state_dict(state)
        self._stream: Iterator[dict[str, Any]] = iter(self._rows)
        self._ahead: deque[tuple[str, Future[np.ndarray], Any]] = deque()
        self.state = state

    def next(self) -> tuple[str, "Future[np.ndarray]"]:
        """The next row's name and its image in the making."""
        self.decode_ahead()
        name, decoded, self.state = self._ahead.popleft()
        return name, decoded

    def decode_ahead(self) -> None:
        """Have a batch's images of this lane in the making."""
        with readable_rows(self._source):
            while len(self._ahead) < self._num_ahead:
                row = next(self._stream, None)
                if row is None:
                    raise DataError(f"{self._source}: a shard holds no rows.")
                image = row["image"]
                name = (image or {}).get("path") or "a row without a name"
                self._ahead.append((name, self._pool.submit(row_rgb8, name, image), self._rows.state_dict()))


class StreamedBatches(BatchMaker):
    """Streamed photos and prompts to batches: the k-th image of a batch is the stream's, its window is random."""

    def __init__(self, stream: ImageStream, bank: PromptBank, config: TrainConfig, device: torch.device) -> None:
        super().__init__([], bank, config, device)
        self.stream = stream
        self._taken: Iterator[np.ndarray] = iter(())

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """See ``BatchMaker``; ``step`` as ``ImageStream.images`` has it."""
        self._taken = iter(self.stream.images(step, rank, num_ranks))
        return super().__call__(step, rank, num_ranks)

    def _image(self, rng: np.random.Generator) -> np.ndarray:
        return next(self._taken)


def open_stream(config: TrainConfig, say: Callable[[str], None]) -> ImageStream:
    """The shards of ``data.folder``, or ``data.dataset``. Raises ConfigError without either, DataError otherwise."""
    folder, dataset = config.data.folder, config.data.dataset
    if folder is None and dataset is None:
        raise ConfigError("data.streaming: needs data.folder with parquet shards, or data.dataset.")
    if folder is not None and not find_shards(folder):
        raise DataError(f"{folder}: holds no parquet shards to stream; make them with recipes/prepare_data.py.")
    rows = load_rows(folder, dataset, streaming=True)
    if "image" not in (rows.column_names or ()):
        raise DataError(
            f"{folder or dataset}: has no column 'image'; its columns are {', '.join(rows.column_names or ())}."
        )
    return ImageStream(rows, str(folder or dataset), config, say)
