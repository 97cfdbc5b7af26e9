"""One training batch, a pure function of (seed, step): so the place in the data needs no saving.

Each picture appears with several requests ("same picture, two sentences"): the sentence alone decides between the
answers, so a network cannot do well without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.config import DataConfig, PromptConfig
from srgan_prompt.data.augment import Patches, cut_window
from srgan_prompt.data.degradations import REMOVABLE, degrade, sample_degradations
from srgan_prompt.data.edits import apply_tone
from srgan_prompt.data.requests import RequestTensors
from srgan_prompt.data.sources import Pictures
from srgan_prompt.data.wording_bank import WordingBank
from srgan_prompt.errors import ConfigError


@dataclass(frozen=True)
class Batch:
    """B samples. ``lr`` (B, 3, p, p) inputs and ``target`` (B, 3, s*p, s*p) exact answers, both in [0, 1].

    ``text`` (B, D), zeros for the empty prompt; ``wrong_text`` another sentence for the same picture; ``crisp`` (B,)
    the weight of the perceptual and adversarial terms.
    """

    lr: Tensor
    target: Tensor
    text: Tensor
    wrong_text: Tensor
    crisp: Tensor


class BatchMaker:
    """Photos and wordings to batches, on ``device``. Picture k of step s is a pure function of (seed, s, k)."""

    def __init__(
        self,
        pictures: Pictures,
        bank: WordingBank,
        data: DataConfig,
        prompts: PromptConfig,
        *,
        scale: int,
        seed: int,
        device: torch.device,
    ) -> None:
        self.pictures, self.bank, self.data, self.prompts = pictures, bank, data, prompts
        self.scale, self.seed, self.device = scale, seed, device

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``: together the ranks hold what one process would.

        Raises ConfigError if the pictures cannot be shared out evenly.
        """
        num_pictures = self.data.batch_images // self.data.sentences_per_image
        if num_pictures % num_ranks:
            multiple = num_ranks * self.data.sentences_per_image
            raise ConfigError(
                f"data.batch_images: {self.data.batch_images} samples cannot be shared by {num_ranks} processes; "
                f"give a multiple of {multiple}."
            )
        per_rank = num_pictures // num_ranks
        first = rank * per_rank
        return self.batch([np.random.default_rng((self.seed, step, k)) for k in range(first, first + per_rank)])

    def batch(self, rngs: Sequence[np.random.Generator]) -> Batch:
        """One picture for each generator, with ``sentences_per_image`` requests each."""
        per_picture = self.data.sentences_per_image
        asked, text = self._ask([rng for rng in rngs for _ in range(per_picture)])
        wanted = asked.removed.view(len(rngs), per_picture, -1).gt(0).any(dim=1).numpy()
        present = np.stack([self._faults(row, rng) for row, rng in zip(wanted, rngs, strict=True)])
        hr = torch.from_numpy(np.stack([self._window(rng) for rng in rngs])).to(self.device)
        # Planes: on a CPU, channels_last triples the time of resizing and blurring three channels.
        hr = hr.permute(0, 3, 1, 2).contiguous().float().div(255)
        asked, text = asked.to(self.device), text.to(self.device)
        damage = degrade(hr, sample_degradations(present, rngs).to(self.device), self.scale, rngs)
        rows = torch.arange(len(rngs), device=self.device).repeat_interleave(per_picture)
        input_px = self.data.patch_px + self.data.margin_px
        patches = Patches.sample(input_px, self.data.patch_px, [rngs[row] for row in rows.tolist()])
        target = damage.target(rows, asked.removed, partial(patches.cut, scale=self.scale))
        target = _recoloured(target, asked.tone)
        lr = patches.cut(damage.lr[rows])
        # The neighbour of a sample is the same picture under another sentence; with one sentence, another picture.
        grid = text.view(len(rngs), per_picture, -1)
        wrong = grid.roll(1, dims=1 if per_picture > 1 else 0).flatten(0, 1)
        lr, target = (image.contiguous(memory_format=torch.channels_last) for image in (lr, target))
        return Batch(lr, target, text, wrong, asked.crisp)

    def _ask(self, rngs: Sequence[np.random.Generator]) -> tuple[RequestTensors, Tensor]:
        """A meaning and an embedding for each generator; some are replaced by the empty prompt."""
        drawn = torch.tensor([int(rng.integers(len(self.bank))) for rng in rngs])
        spoken = torch.tensor([float(rng.random() >= self.prompts.empty_share) for rng in rngs])
        return self.bank.meaning[drawn].scaled(spoken), self.bank.embeddings[drawn] * spoken[:, None]

    def _faults(self, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Which degradations (3,) a picture has: mostly those that are to be removed, some others, or none at all."""
        dirty = rng.random() >= self.prompts.clean_share
        return dirty & (rng.random(len(REMOVABLE)) < np.where(wanted, 0.85, 0.5))

    def _window(self, rng: np.random.Generator) -> np.ndarray:
        """A high-resolution window (S, S, 3), one margin wider than a patch."""
        side_px = (self.data.patch_px + self.data.margin_px) * self.scale
        return cut_window(self.pictures[rng.integers(len(self.pictures))], side_px, self.data.fit, rng)


def _recoloured(image: Tensor, tone: Tensor) -> Tensor:
    """``apply_tone``, clipped, on those samples only whose ``tone`` (B, 3, 7) asks for a change."""
    rows = tone.flatten(1).any(dim=1).nonzero().flatten()
    return image.index_copy(0, rows, apply_tone(image[rows], tone[rows]).clamp(0, 1))
