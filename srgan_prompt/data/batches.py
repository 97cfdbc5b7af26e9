"""One training batch, a pure function of (seed, step): so the place in the data needs no saving.

Each image appears with several requests ("same image, two sentences"): the sentence alone decides between the answers,
so a network cannot do well without it. What is wrong with the small images of somebody's own pairs is not known one by
one; so there every request has the large image as its answer, recoloured as it asks.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.image_cache import ImageCache, Images, as_images
from srgan_prompt.data.sampling import Patches, cut_window, sample_degradations, sample_kinds
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.degradations import Crop, degrade
from srgan_prompt.operators.requests import RequestTensors
from srgan_prompt.operators.tone import apply_tone


@dataclass(frozen=True)
class Batch:
    """B samples. ``lr`` (B, 3, p, p) inputs and ``target`` (B, 3, s*p, s*p) exact answers, both in [0, 1].

    ``text`` (B, D), zeros for the empty prompt; ``wrong_text`` something else to say about the same image, equal only
    where there is nothing else; ``crisp`` (B,) the weight of the perceptual and adversarial terms.
    """

    lr: Tensor
    target: Tensor
    text: Tensor
    wrong_text: Tensor
    crisp: Tensor

    def to(self, device: torch.device) -> "Batch":
        """The same on ``device``; out of pinned memory the copies run beside what the device does."""
        return Batch(*(getattr(self, each.name).to(device, non_blocking=True) for each in fields(self)))

    def pin_memory(self) -> "Batch":
        """The same in pinned memory; a ``DataLoader`` asks for it by this name."""
        return Batch(*(getattr(self, each.name).pin_memory() for each in fields(self)))


class Windows(Protocol):
    """N windows, small and large, one margin wider than a patch. So are those that ``degrade`` makes."""

    def lr_and_target(self, rows: Tensor, removed: Tensor, crop: Crop) -> tuple[Tensor, Tensor]:
        """Inputs (N, 3, h, w), and of the exact answers (R, 3, H, W) what ``crop(answers, rows)`` takes of them.

        ``removed`` (R, 3): what is to be removed of the windows ``rows`` (R,).
        """


class BatchMaker:
    """Photos and prompts to batches, on ``device``. Image k of step s is a pure function of (seed, s, k)."""

    def __init__(self, images: Images, bank: PromptBank, config: TrainConfig, device: torch.device) -> None:
        self.images, self.bank, self.config, self.device = images, bank, config, device

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``: together the ranks hold what one process would.

        Raises what ``images_of`` raises.
        """
        return self.batch([np.random.default_rng((self.config.seed, step, k)) for k in self.images_of(rank, num_ranks)])

    def images_of(self, rank: int, num_ranks: int) -> range:
        """Which images of a batch are the share of ``rank``. Raises ConfigError if they cannot be shared out evenly."""
        data = self.config.data
        num_images = data.batch_images // data.sentences_per_image
        if num_images % num_ranks:
            raise ConfigError(
                f"data.batch_images: {data.batch_images} samples cannot be shared by {num_ranks} processes; "
                f"give a multiple of {num_ranks * data.sentences_per_image}."
            )
        per_rank = num_images // num_ranks
        return range(rank * per_rank, (rank + 1) * per_rank)

    def batch(self, rngs: Sequence[np.random.Generator]) -> Batch:
        """One image for each generator, with ``sentences_per_image`` requests each."""
        data = self.config.data
        rows = torch.arange(len(rngs)).repeat_interleave(data.sentences_per_image)
        rng_of = [rngs[row] for row in rows.tolist()]
        requests, text = self.sample_requests(rng_of)
        windows = self.windows(requests, rngs)
        patches = Patches.sample(data.patch_px + data.margin_px, data.patch_px, rng_of)
        wrong_text = self.sample_wrong_text(text, rng_of)
        requests, rows = requests.to(self.device), rows.to(self.device)
        crop = partial(patches.crop, scale=self.config.generator.scale)
        lr, target = windows.lr_and_target(rows, requests.removed, crop)
        return Batch(
            lr=patches.augment(patches.crop(lr, rows)),
            target=patches.augment(recoloured(target, requests.tone)),
            text=text.to(self.device),
            wrong_text=wrong_text.to(self.device),
            crisp=requests.crisp,
        )

    def windows(self, requests: RequestTensors, rngs: Sequence[np.random.Generator]) -> Windows:
        """A degraded window for each generator: mostly by what the ``requests`` on it, as many in a row, remove."""
        data, prompts = self.config.data, self.config.prompts
        removed = requests.removed.view(len(rngs), data.sentences_per_image, -1).gt(0).any(dim=1).numpy()
        present = np.stack(
            [
                sample_kinds(row, prompts.clean_share, prompts.unasked_share, rng)
                for row, rng in zip(removed, rngs, strict=True)
            ]
        )
        hr = as_images([self._window(rng) for rng in rngs], self.device)
        degradations = sample_degradations(present, rngs, data.degradations, self.config.strengths)
        return degrade(hr, degradations, self.config.generator.scale, rngs)

    def sample_requests(self, rngs: Sequence[np.random.Generator]) -> tuple[RequestTensors, Tensor]:
        """A request and its text (D,) for each generator; some are replaced by the empty prompt."""
        drawn = torch.tensor([int(rng.integers(len(self.bank))) for rng in rngs])
        kept = torch.tensor([float(rng.random() >= self.config.prompts.empty_share) for rng in rngs])
        return self.bank.meaning[drawn].scaled(kept), self.bank.embeddings[drawn] * kept[:, None]

    def sample_wrong_text(self, text: Tensor, rngs: Sequence[np.random.Generator]) -> Tensor:
        """For each sample another text: that of its neighbour on the same image, or else one out of the bank."""
        per_image = self.config.data.sentences_per_image
        wrong = text.view(-1, per_image, text.shape[1]).roll(1, dims=1).flatten(0, 1)
        for row in wrong.eq(text).all(dim=1).nonzero().flatten().tolist():
            wrong[row] = self._another(text[row], rngs[row])
        return wrong

    def _another(self, text: Tensor, rng: np.random.Generator) -> Tensor:
        """Any embedding but ``text`` (D,), if the bank has one: the first that differs, from a random place on."""
        num, first = len(self.bank), int(rng.integers(len(self.bank)))
        embeddings = (self.bank.embeddings[(first + offset) % num] for offset in range(num))
        return next((each for each in embeddings if not torch.equal(each, text)), text)

    def _window(self, rng: np.random.Generator) -> np.ndarray:
        """A high-resolution window (S, S, 3), one margin wider than a patch."""
        return cut_window(self._image(rng), self.config.window_px, self.config.data.fit, rng)

    def _image(self, rng: np.random.Generator) -> np.ndarray:
        """Any of the images (H, W, 3) uint8, at least as large as the window."""
        return self.images[int(rng.integers(len(self.images)))]


def with_drawn_side(batch: Batch, number: int, config: TrainConfig) -> Batch:
    """``batch`` cut to the side that batch ``number`` has, where ``data.least_patch_px`` lets sides vary.

    A patch lies anywhere in its photo already, so its corner will do.
    """
    data = config.data
    if data.least_patch_px is None:
        return batch
    side_px = int(np.random.default_rng((config.seed, number)).integers(data.least_patch_px, data.patch_px + 1))
    large_px = side_px * config.generator.scale
    return replace(
        batch,
        lr=batch.lr[..., :side_px, :side_px].contiguous(memory_format=torch.channels_last),
        target=batch.target[..., :large_px, :large_px].contiguous(memory_format=torch.channels_last),
    )


def recoloured(image: Tensor, tone: Tensor) -> Tensor:
    """``apply_tone``, clipped, on those samples only whose ``tone`` (B, 3, 7) asks for a change."""
    rows = tone.flatten(1).any(dim=1).nonzero().flatten()
    return image.index_copy(0, rows, apply_tone(image[rows], tone[rows]).clamp(0, 1))


class _PairedWindows(NamedTuple):
    """The large images are the answer to every request, whatever it removes."""

    low: Tensor
    high: Tensor

    def lr_and_target(self, rows: Tensor, removed: Tensor, crop: Crop) -> tuple[Tensor, Tensor]:
        return self.low, crop(self.high, rows)


class PairedBatches(BatchMaker):
    """Pairs and prompts to batches."""

    def __init__(
        self, low: ImageCache, high: ImageCache, bank: PromptBank, config: TrainConfig, device: torch.device
    ) -> None:
        super().__init__(high, bank, config, device)
        self.low = low

    def windows(self, requests: RequestTensors, rngs: Sequence[np.random.Generator]) -> Windows:
        """One place in a pair for each generator."""
        low, high = zip(*map(self._places, rngs), strict=True)
        return _PairedWindows(as_images(low, self.device), as_images(high, self.device))

    def _places(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """The same place in both images of a pair, as large as a patch and its margin."""
        number, scale = int(rng.integers(len(self.low))), self.config.generator.scale
        low, side_px = self.low[number], self.config.window_px // scale
        top, left = (rng.integers(side - side_px + 1) for side in low.shape[:2])
        large = np.s_[scale * top : scale * (top + side_px), scale * left : scale * (left + side_px)]
        return low[top : top + side_px, left : left + side_px], self.images[number][large]
