"""What is audited and on which images, how much of it is measured, and which tone an output shows.

An ``AuditModel`` is a generator with whatever reads its sentences. It runs on the CPU, one image at a time, float32 RGB
in [0, 1], (B, 3, H, W); its ``read`` says what it takes a sentence to ask for. ``load_images`` cuts the images from
photos. A ``CleanCase`` is the middle of one, undamaged, with the network's own output under the empty prompt: against
the exact edit of that, nothing counts but what a sentence did. ``shown_amounts`` fits how much of an operation that is.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from srgan_prompt.data.pairs import MIN_SIDE_PX
from srgan_prompt.errors import DataError, UsageError
from srgan_prompt.evaluation.confusion import (
    centre,
)
from srgan_prompt.images.photos import photos_in, read_rgb8
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.network_config import Settings
from srgan_prompt.operators.corruptions import to_8_bits
from srgan_prompt.operators.filters import down
from srgan_prompt.operators.tone import apply_tone, tone_change
from srgan_prompt.prompts.operations import TONE
from srgan_prompt.prompts.reading import PromptReader, Reading
from srgan_prompt.types import Answers, Image, LargeImage

if TYPE_CHECKING:
    from srgan_prompt.inference.load import LoadedModel

_PARALLEL = 0.999  # cosine above which two changes are one, but for rounding


class AuditSettings(Settings):
    """The defaults take some minutes on two cores for 8 images of 384 px."""

    num_images: int = Field(8, ge=1, description="images taken from a folder")
    side_px: int = Field(384, ge=32, description="longest side of the high-resolution centre that is used")
    wordings_per_request: int = Field(2, ge=1, description="grammar wordings, never trained on, per request and image")
    num_offtopic: int = Field(4, ge=1, description="sentences off topic per image")
    intent_sentences: int = Field(20, ge=1, description="grammar wordings per operation read without any image")
    known_wordings: int = Field(30_000, ge=0, description="training sentences that BERT's baselines learn from")
    num_triples: int = Field(48, ge=1, description="sentences of three tone wishes; pairs are all tried")
    with_lpips: bool = Field(False, description="measure LPIPS too: slow, and its weights are needed")
    seed: int = Field(0, ge=0, description="of degradation and wordings")


@dataclass(frozen=True)
class AuditModel:
    """``embed`` turns sentences into (n, D), what the generator is given for each; ``name`` stands in the report.

    ``reader``: what reads the sentences for a network that is conditioned on readings; None for raw embeddings.
    """

    generator: Generator
    embed: Callable[[Sequence[str]], Tensor]
    name: str = "generator"
    reader: PromptReader | None = None

    def __post_init__(self) -> None:
        if self.generator.config.composition == "none":
            raise UsageError(f"{self.name} takes no prompts; there is nothing to audit.")
        self.generator.eval()

    @classmethod
    def load(cls, source: str | Path | None = None, revision: str | None = None) -> "AuditModel":
        """The shipped model (None), a model folder, a hub id, or a training run or checkpoint (its averaged weights).

        Raises ModelError if it is missing or damaged, UsageError for an ONNX file or foreign weights.
        """
        from srgan_prompt.inference.load import load

        return cls.of(load(source, revision, device="cpu", precision="fp32"))

    @classmethod
    def of(cls, model: "LoadedModel") -> "AuditModel":
        """A model at hand, whose sentences reach the generator as they do in an ``Upscaler``."""
        from srgan_prompt.inference.torch_engine import TorchEngine

        if not isinstance(model.engine, TorchEngine):
            raise UsageError(f"{model.name} is no torch model of srgan_prompt; the audit needs one.")
        reader = None if model.engine.facts.intents is None else model.reader
        return cls(model.engine.generator, lambda prompts: torch.from_numpy(model.embed(prompts)), model.name, reader)

    @property
    def scale(self) -> int:
        """Output side / input side."""
        return self.generator.config.scale

    def upscale(self, lr: Image, text: Tensor | None = None, strength: float = 1.0) -> LargeImage:
        """``lr`` (1, 3, h, w) as the embedding ``text`` (D,) asks; None is no text at all, zeros the empty prompt."""
        conditioning = None if text is None else TextConditioning.of(text[None], strength)
        return self.generator(lr.contiguous(memory_format=torch.channels_last), conditioning)

    def upscale_all(self, lr: Image, texts: Tensor) -> Answers:
        """One image (1, 3, h, w) under every one of ``texts`` (S, D): (S, 3, H, W)."""
        return torch.cat([self.upscale(lr, text) for text in texts])

    def intents(self, prompts: Sequence[str]) -> Tensor:
        """Amounts (n, number of the generator's intents) that the sentences ask for, as the generator reads them."""
        return self.generator.intent(self.embed(prompts))

    @torch.inference_mode()
    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """What the network is told that each of ``prompts`` asks for.

        A network that is conditioned on raw embeddings has no reader: it asks for every intent whose amount reaches
        that at which the upscaler takes a sentence as understood. It forbids nothing and cannot tell that a part is
        missing.
        """
        if not prompts:
            return []
        if self.reader is not None:
            return self.reader.read(prompts)
        names = self.generator.config.intents
        readings = []
        for prompt, row in zip(prompts, self.intents(prompts).tolist(), strict=True):
            asked = {name: min(amount, 1.0) for name, amount in zip(names, row, strict=True)}
            asked = {name: amount for name, amount in asked.items() if amount >= NOT_UNDERSTOOD_BELOW}
            readings.append(Reading(asked, is_complete=bool(asked) or not prompt.strip()))
        return readings


def load_images(folder: Path, num_images: int, side_px: int, scale: int) -> list[Image]:
    """High-resolution centres (1, 3, H, W) in [0, 1] of ``num_images`` of the photos below ``folder``, or of all.

    The photos are evenly spread over their sorted names. At most ``side_px`` is cut from the middle of each, in
    multiples of four times ``scale``. Raises DataError if there are no photos or one is too small, InputImageError if
    one cannot be read.
    """
    files = photos_in(folder)
    chosen = np.linspace(0, len(files) - 1, min(num_images, len(files))).round().astype(int)
    return [_load_centre(files[number], side_px, 4 * scale) for number in chosen]


def _load_centre(path: Path, side_px: int, multiple: int) -> Image:
    rgb = read_rgb8(path)
    image = centre(rgb, side_px, multiple)
    if min(image.shape[-2:]) < MIN_SIDE_PX:
        raise DataError(f"{path}: {rgb.shape[1]} x {rgb.shape[0]} px is too small to audit; take it out of the folder.")
    return image


@dataclass(frozen=True)
class CleanCase:
    """``lr`` (1, 3, h, w), and ``empty`` (1, 3, H, W), the output under the empty prompt clipped to [0, 1]."""

    lr: Image
    empty: LargeImage
    border_px: int


@torch.inference_mode()
def clean_case(model: AuditModel, hr: Image) -> CleanCase:
    """The middle of ``hr`` (1, 3, H, W), reduced and rounded to 8 bits."""
    lr = to_8_bits(middle(down(hr, model.scale)))
    (blank,) = model.embed([""])
    return CleanCase(lr, model.upscale(lr, blank).clamp(0, 1), model.scale)


@torch.inference_mode()
def clean_outputs(model: AuditModel, case: CleanCase, prompts: Sequence[str]) -> Iterator[LargeImage]:
    """What each of ``prompts`` makes of ``case``, (1, 3, H, W) clipped to [0, 1], one at a time."""
    for text in model.embed(prompts):
        yield model.upscale(case.lr, text).clamp(0, 1)


def middle(image: Image) -> Image:
    """The middle quarter: tone is global, and a quarter costs a quarter."""
    height, width = image.shape[-2:]
    return image[..., height // 4 : height - height // 4, width // 4 : width - width // 4]


def shown_amounts(output: LargeImage, empty: LargeImage, operations: Sequence[str]) -> dict[str, float]:
    """The amount of each of the tone ``operations`` (at least one) that best explains ``output`` (1, 3, H, W).

    Least squares of the change from ``empty`` (1, 3, H, W), the output under the empty prompt in [0, 1], on the changes
    that the exact edits make at amount 1. A single edit is linear in its amount wherever nothing clips; so values that
    clip in the output or at amount 1 are left out, and the fit is exact. Several edits act on one another, and their
    fit is near. 0 if no value is left.
    """
    exact = torch.cat([apply_tone(empty, tone_change({name: 1.0})[None]) for name in operations])
    kept = ((exact >= 0) & (exact <= 1)).all(dim=0) & (output[0] > 0) & (output[0] < 1)
    made, changes = (output - empty)[0][kept], (exact - empty)[:, kept]
    if not len(made):
        return dict.fromkeys(operations, 0.0)
    found = torch.linalg.pinv((changes @ changes.T).double()) @ (changes @ made).double()
    return dict(zip(operations, found.tolist(), strict=True))


def direction(first: str, second: str) -> int:
    """1 if two operations change tone the same way (desaturate, grayscale), -1 the opposite way (warm, cool), or 0."""
    if first not in TONE or second not in TONE:
        return int(first == second)
    one, other = (tone_change({name: 1.0}).flatten() for name in (first, second))
    likeness = F.cosine_similarity(one, other, dim=0).item()
    return round(likeness) if abs(likeness) > _PARALLEL else 0
