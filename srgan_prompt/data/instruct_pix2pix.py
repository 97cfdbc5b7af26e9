"""Training batches of InstructPix2Pix rows: low-resolution original and sentence in, edited picture as the target.

A pure function of (seed, step), as ``batches.BatchMaker`` is: each block of rows is taken in an order shuffled by
(seed, block), row after row; crop and flips of sample k come from (seed, step, k). A row that cannot be used is named,
counted once, and replaced by another of its block.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.config import DataConfig, PromptConfig
from srgan_prompt.data.augment import Patches, cut_window
from srgan_prompt.data.batches import Batch
from srgan_prompt.data.degradations import down
from srgan_prompt.data.triplets import Row, RowBlocks
from srgan_prompt.errors import ConfigError, DataError, InputImageError
from srgan_prompt.images.read import read_image

MAX_TRIES = 100


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
        data: DataConfig,
        prompts: PromptConfig,
        *,
        scale: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self._rows, self._encode, self._data, self._prompts = rows, encode, data, prompts
        self._scale, self._seed, self._device = scale, seed, device
        self.skipped: dict[int, str] = {}
        self._order: tuple[int, list[int]] = (-1, [])

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``.

        Raises DataError when too many rows cannot be used, ConfigError if the batch cannot be shared out evenly.
        """
        per_rank, over = divmod(self._data.batch_images, num_ranks)
        if over:
            raise ConfigError(f"data.batch_images must be a multiple of the {num_ranks} processes.")
        numbers = range(rank * per_rank, (rank + 1) * per_rank)
        rngs = [np.random.default_rng((self._seed, step, number)) for number in numbers]
        places = [step * self._data.batch_images + number for number in numbers]
        samples = [self._sample(place, rng) for place, rng in zip(places, rngs, strict=True)]
        original = self._on_device([sample.original for sample in samples])
        edited = self._on_device([sample.edited for sample in samples])
        lr = down(original, self._scale).mul(255).round().div(255)
        patches = Patches.sample(self._data.patch_px, self._data.patch_px, rngs)  # turned, but no smaller
        lr, target = patches.cut(lr), patches.cut(edited, self._scale)
        lr, target = (image.contiguous(memory_format=torch.channels_last) for image in (lr, target))
        text = self._encode([sample.prompt for sample in samples]).to(self._device)
        # Crisp: an edited picture is one of many right ones, so its pixels alone are no fair target.
        return Batch(lr, target, text, text.roll(1, dims=0), text.any(dim=1).float())

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
        side_px = self._data.patch_px * self._scale
        prompt = row["edit_prompt"] or ""
        if not prompt.strip():
            raise DataError("edit_prompt is missing.")
        if original.shape != edited.shape:
            raise DataError("original_image and edited_image differ in size.")
        if min(original.shape[:2]) < side_px:
            raise DataError(f"its pictures are smaller than a {side_px} px patch.")
        window_seed, is_asked = rng.integers(2**32), rng.random() >= self._prompts.empty_share
        windows = [
            cut_window(picture, side_px, self._data.fit, np.random.default_rng(window_seed))
            for picture in (original, edited)
        ]
        return _Sample(windows[0], windows[1] if is_asked else windows[0], prompt if is_asked else "")

    def _order_of(self, block: int) -> list[int]:
        """The order in which the rows of ``block`` are taken."""
        if block != self._order[0]:
            rng = np.random.default_rng((self._seed, block))
            self._order = (block, rng.permutation(self._rows.rows_per_block).tolist())
        return self._order[1]

    def _skip(self, row: int, block: int, reason: str) -> None:
        """Remember an unusable row; a few are tolerated, as in a folder of photos."""
        self.skipped.setdefault(row, reason)
        num_met = self._rows.num_rows_met(block)
        if len(self.skipped) > self._data.max_bad_share * num_met:
            raise DataError(
                f"{len(self.skipped)} of {num_met} InstructPix2Pix rows cannot be used; the last: {self._last_reason()}"
            )

    def _last_reason(self) -> str:
        number, reason = list(self.skipped.items())[-1]
        return f"row {number}: {reason}"

    def _on_device(self, windows: Sequence[np.ndarray]) -> Tensor:
        return torch.from_numpy(np.stack(windows)).to(self._device).permute(0, 3, 1, 2).contiguous().float().div(255)


def _pixels(row: Row, column: str) -> np.ndarray:
    picture = row[column]
    if picture is None or not (picture["bytes"] or picture["path"]):
        raise DataError(f"{column} is missing.")
    rgb = read_image(picture["bytes"] or picture["path"]).rgb
    return rgb if rgb.dtype == np.uint8 else (rgb // 257).astype(np.uint8)
