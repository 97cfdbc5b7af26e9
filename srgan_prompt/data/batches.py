"""Windows out of photos, and crops and flips that move input and answer together.

One training batch, a pure function of (seed, step): so the place in the data needs no saving.

Each picture appears with several requests ("same picture, two sentences"): the sentence alone decides between the
answers, so a network cannot do well without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.degradation_sampling import sample_degradations
from srgan_prompt.data.images import Images
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.degradations import REMOVABLE, degrade
from srgan_prompt.operators.requests import RequestTensors
from srgan_prompt.operators.tone import apply_tone


def cut_window(picture: np.ndarray, side_px: int, fit: str, rng: np.random.Generator) -> np.ndarray:
    """A square window (side, side, 3) uint8: cut out at random, or the picture's largest square shrunk into it."""
    height, width = picture.shape[:2]
    span = side_px if fit == "crop" else min(height, width)
    top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
    window = picture[top : top + span, left : left + span]
    if fit == "resize":
        return np.asarray(PilImage.fromarray(window).resize((side_px, side_px), PilImage.Resampling.BICUBIC))
    return np.asarray(window)


@dataclass(frozen=True)
class Patches:
    """Where the training patch of each of R samples lies, and how it is turned; the same for input and answer.

    Cutting comes after degrading, so that blur and JPEG blocks do not begin at the patch's border.
    """

    side_px: int
    corners_px: np.ndarray  # (R, 2) left and top, in low-resolution pixels
    turns: np.ndarray  # (R, 3) booleans: mirrored left-right, top-bottom, along the diagonal

    @classmethod
    def sample(cls, source_px: int, side_px: int, rngs: Sequence[np.random.Generator]) -> "Patches":
        """Patches of ``side_px`` in pictures of ``source_px``, anywhere and turned any way; one generator a sample."""
        corners = np.stack([rng.integers(source_px - side_px + 1, size=2) for rng in rngs])
        return cls(side_px, corners, np.stack([rng.random(3) < 0.5 for rng in rngs]))

    def cut(self, image: Tensor, scale: int = 1) -> Tensor:
        """The patches (R, 3, s * side, s * side) of ``image`` (R, 3, H, W), which is ``scale`` (s) times the input."""
        return self.turn(self.crop(image, torch.arange(len(image)), scale))

    def crop(self, image: Tensor, rows: Tensor, scale: int = 1) -> Tensor:
        """The same, not yet turned, when sample r shows picture ``rows[r]`` of ``image`` (N, 3, H, W)."""
        span = self.side_px * scale
        corners = (self.corners_px * scale).tolist()
        places = zip(rows.tolist(), corners, strict=True)
        return torch.stack([image[row, :, top : top + span, left : left + span] for row, (left, top) in places])

    def turn(self, image: Tensor) -> Tensor:
        """Each sample of ``image`` (R, 3, H, H) mirrored and transposed as drawn."""
        return torch.stack([_augmented(one, turns) for one, turns in zip(image, self.turns, strict=True)])


def _augmented(image: Tensor, turns: np.ndarray) -> Tensor:
    mirrored, upside_down, diagonal = turns
    image = image.flip([axis for axis, turn in ((-1, mirrored), (-2, upside_down)) if turn])
    return image.transpose(-1, -2) if diagonal else image


@dataclass(frozen=True)
class Batch:
    """B samples. ``lr`` (B, 3, p, p) inputs and ``target`` (B, 3, s*p, s*p) exact answers, both in [0, 1].

    ``text`` (B, D), zeros for the empty prompt; ``wrong_text`` something else to say about the same picture, equal only
    where there is nothing else; ``crisp`` (B,) the weight of the perceptual and adversarial terms.
    """

    lr: Tensor
    target: Tensor
    text: Tensor
    wrong_text: Tensor
    crisp: Tensor


class BatchMaker:
    """Photos and wordings to batches, on ``device``. Picture k of step s is a pure function of (seed, s, k)."""

    def __init__(self, pictures: Images, bank: PromptBank, config: TrainConfig, device: torch.device) -> None:
        self.pictures, self.bank, self.config, self.device = pictures, bank, config, device

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``: together the ranks hold what one process would.

        Raises ConfigError if the pictures cannot be shared out evenly.
        """
        data = self.config.data
        num_pictures = data.batch_images // data.sentences_per_image
        if num_pictures % num_ranks:
            raise ConfigError(
                f"data.batch_images: {data.batch_images} samples cannot be shared by {num_ranks} processes; "
                f"give a multiple of {num_ranks * data.sentences_per_image}."
            )
        per_rank = num_pictures // num_ranks
        first = rank * per_rank
        return self.batch([np.random.default_rng((self.config.seed, step, k)) for k in range(first, first + per_rank)])

    def batch(self, rngs: Sequence[np.random.Generator]) -> Batch:
        """One picture for each generator, with ``sentences_per_image`` requests each."""
        data, scale = self.config.data, self.config.generator.scale
        rows = torch.arange(len(rngs)).repeat_interleave(data.sentences_per_image)
        rng_of = [rngs[row] for row in rows.tolist()]
        asked, text = self.ask(rng_of)
        wanted = asked.removed.view(len(rngs), data.sentences_per_image, -1).gt(0).any(dim=1).numpy()
        present = np.stack([self._faults(row, rng) for row, rng in zip(wanted, rngs, strict=True)])
        hr = torch.from_numpy(np.stack([self._window(rng) for rng in rngs])).to(self.device)
        # Planes: on a CPU, channels_last triples the time of resizing and blurring three channels.
        hr = hr.permute(0, 3, 1, 2).contiguous().float().div(255)
        damage = degrade(hr, sample_degradations(present, rngs, data.degradations, self.config.strengths), scale, rngs)
        patches = Patches.sample(data.patch_px + data.margin_px, data.patch_px, rng_of)
        wrong = self.wrong(text, rng_of)
        asked, rows = asked.to(self.device), rows.to(self.device)
        lr, target = damage.lr_and_target(rows, asked.removed, partial(patches.crop, scale=scale))
        pictures = patches.crop(lr, rows), recoloured(target, asked.tone)
        lr, target = (patches.turn(each).contiguous(memory_format=torch.channels_last) for each in pictures)
        return Batch(lr, target, text.to(self.device), wrong.to(self.device), asked.crisp)

    def ask(self, rngs: Sequence[np.random.Generator]) -> tuple[RequestTensors, Tensor]:
        """A meaning and an embedding for each generator; some are replaced by the empty prompt."""
        drawn = torch.tensor([int(rng.integers(len(self.bank))) for rng in rngs])
        spoken = torch.tensor([float(rng.random() >= self.config.prompts.empty_share) for rng in rngs])
        return self.bank.meaning[drawn].scaled(spoken), self.bank.embeddings[drawn] * spoken[:, None]

    def wrong(self, text: Tensor, rngs: Sequence[np.random.Generator]) -> Tensor:
        """For each sample another sentence: that of its neighbour on the same picture, or else one out of the bank."""
        per_picture = self.config.data.sentences_per_image
        wrong = text.view(-1, per_picture, text.shape[1]).roll(1, dims=1).flatten(0, 1)
        for row in wrong.eq(text).all(dim=1).nonzero().flatten().tolist():
            wrong[row] = self._another(text[row], rngs[row])
        return wrong

    def _another(self, text: Tensor, rng: np.random.Generator) -> Tensor:
        """Any embedding but ``text`` (D,), if the bank has one: the first that differs, from a random place on."""
        num, first = len(self.bank), int(rng.integers(len(self.bank)))
        embeddings = (self.bank.embeddings[(first + offset) % num] for offset in range(num))
        return next((each for each in embeddings if not torch.equal(each, text)), text)

    def _faults(self, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Which degradations (3,) a picture has: mostly those that are to be removed, some others, or none at all."""
        dirty = rng.random() >= self.config.prompts.clean_share
        return dirty & (rng.random(len(REMOVABLE)) < np.where(wanted, 0.85, 0.5))

    def _window(self, rng: np.random.Generator) -> np.ndarray:
        """A high-resolution window (S, S, 3), one margin wider than a patch."""
        picture = self.pictures[int(rng.integers(len(self.pictures)))]
        return cut_window(picture, self.config.window_px, self.config.data.fit, rng)


def recoloured(image: Tensor, tone: Tensor) -> Tensor:
    """``apply_tone``, clipped, on those samples only whose ``tone`` (B, 3, 7) asks for a change."""
    rows = tone.flatten(1).any(dim=1).nonzero().flatten()
    return image.index_copy(0, rows, apply_tone(image[rows], tone[rows]).clamp(0, 1))
