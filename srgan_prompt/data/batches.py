"""One training batch, a pure function of (seed, step): so the place in the data needs no saving.

Each image appears with several requests ("same image, two sentences"): the sentence alone decides between the answers,
so a network cannot do well without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.degradation_sampling import sample_degradations, sample_kinds
from srgan_prompt.data.images import Images
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.degradations import degrade
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


class BatchMaker:
    """Photos and prompts to batches, on ``device``. Image k of step s is a pure function of (seed, s, k)."""

    def __init__(self, images: Images, bank: PromptBank, config: TrainConfig, device: torch.device) -> None:
        self.images, self.bank, self.config, self.device = images, bank, config, device

    def __call__(self, step: int, rank: int = 0, num_ranks: int = 1) -> Batch:
        """The share of ``rank`` in the batch of ``step``: together the ranks hold what one process would.

        Raises ConfigError if the images cannot be shared out evenly.
        """
        data = self.config.data
        num_images = data.batch_images // data.sentences_per_image
        if num_images % num_ranks:
            raise ConfigError(
                f"data.batch_images: {data.batch_images} samples cannot be shared by {num_ranks} processes; "
                f"give a multiple of {num_ranks * data.sentences_per_image}."
            )
        per_rank = num_images // num_ranks
        first = rank * per_rank
        return self.batch([np.random.default_rng((self.config.seed, step, k)) for k in range(first, first + per_rank)])

    def batch(self, rngs: Sequence[np.random.Generator]) -> Batch:
        """One image for each generator, with ``sentences_per_image`` requests each."""
        data, prompts, scale = self.config.data, self.config.prompts, self.config.generator.scale
        rows = torch.arange(len(rngs)).repeat_interleave(data.sentences_per_image)
        rng_of = [rngs[row] for row in rows.tolist()]
        requests, text = self.sample_requests(rng_of)
        removed = requests.removed.view(len(rngs), data.sentences_per_image, -1).gt(0).any(dim=1).numpy()
        present = np.stack(
            [
                sample_kinds(row, prompts.clean_share, prompts.unasked_share, rng)
                for row, rng in zip(removed, rngs, strict=True)
            ]
        )
        hr = as_images([self._window(rng) for rng in rngs], self.device)
        degradations = sample_degradations(present, rngs, data.degradations, self.config.strengths)
        degraded = degrade(hr, degradations, scale, rngs)
        patches = Patches.sample(data.patch_px + data.margin_px, data.patch_px, rng_of)
        wrong_text = self.sample_wrong_text(text, rng_of)
        requests, rows = requests.to(self.device), rows.to(self.device)
        lr, target = degraded.lr_and_target(rows, requests.removed, partial(patches.crop, scale=scale))
        lr, target = patches.crop(lr, rows), recoloured(target, requests.tone)
        return Batch(
            lr=patches.augment(lr),
            target=patches.augment(target),
            text=text.to(self.device),
            wrong_text=wrong_text.to(self.device),
            crisp=requests.crisp,
        )

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


def cut_window(image: np.ndarray, side_px: int, fit: str, rng: np.random.Generator) -> np.ndarray:
    """A square window (side, side, 3) uint8: cut out at random, or the image's largest square shrunk into it."""
    height, width = image.shape[:2]
    span = side_px if fit == "crop" else min(height, width)
    top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
    window = image[top : top + span, left : left + span]
    if fit == "resize":
        return np.asarray(PilImage.fromarray(window).resize((side_px, side_px), PilImage.Resampling.BICUBIC))
    return np.asarray(window)


def as_images(windows: Sequence[np.ndarray], device: torch.device) -> Tensor:
    """N ``windows`` (H, W, 3) uint8 as images (N, 3, H, W) in [0, 1] on ``device``."""
    # Planes: on a CPU, channels_last triples the time of resizing and blurring three channels.
    return torch.from_numpy(np.stack(windows)).to(device).permute(0, 3, 1, 2).contiguous().float().div(255)


@dataclass(frozen=True)
class Patches:
    """Where the training patch of each of R samples lies, and how it is turned; the same for input and answer.

    Cutting comes after degrading, so that blur and JPEG blocks do not begin at the patch's border.
    """

    side_px: int
    corners_px: np.ndarray  # (R, 2) left and top, in low-resolution pixels
    flips: np.ndarray  # (R, 3) booleans: mirrored left-right, top-bottom, along the diagonal

    @classmethod
    def sample(cls, source_px: int, side_px: int, rngs: Sequence[np.random.Generator]) -> "Patches":
        """Patches of ``side_px`` in images of ``source_px``, anywhere and turned any way; one generator a sample."""
        corners = np.stack([rng.integers(source_px - side_px + 1, size=2) for rng in rngs])
        return cls(side_px, corners, np.stack([rng.random(3) < 0.5 for rng in rngs]))

    def cut(self, image: Tensor, scale: int = 1) -> Tensor:
        """The augmented patches of ``image`` (R, 3, H, W), one a sample; see ``crop`` and ``augment``."""
        return self.augment(self.crop(image, torch.arange(len(image)), scale))

    def crop(self, image: Tensor, rows: Tensor, scale: int = 1) -> Tensor:
        """Patches (R, 3, s * side, s * side) of ``image`` (N, 3, H, W), which is ``scale`` (s) times the input.

        Sample r shows ``image[rows[r]]``.
        """
        span = self.side_px * scale
        corners = (self.corners_px * scale).tolist()
        places = zip(rows.tolist(), corners, strict=True)
        return torch.stack([image[row, :, top : top + span, left : left + span] for row, (left, top) in places])

    def augment(self, image: Tensor) -> Tensor:
        """Each sample of ``image`` (R, 3, H, H) mirrored and transposed as drawn, channels last as networks want it."""
        flipped = torch.stack([_flipped(one, flips) for one, flips in zip(image, self.flips, strict=True)])
        return flipped.contiguous(memory_format=torch.channels_last)


def _flipped(image: Tensor, flips: np.ndarray) -> Tensor:
    mirrored, upside_down, transposed = flips
    image = image.flip([axis for axis, flip in ((-1, mirrored), (-2, upside_down)) if flip])
    return image.transpose(-1, -2) if transposed else image
