"""What is audited, and how much of it is measured.

An ``AuditModel`` is a generator with whatever reads its sentences. It runs on the CPU, one image at a time, float32 RGB
in [0, 1], (B, 3, H, W); its ``read`` says what it takes a sentence to ask for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from pydantic import Field
from torch import Tensor

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.network_config import Settings
from srgan_prompt.prompts.reading import PromptReader, Reading
from srgan_prompt.types import Answers, Image, LargeImage

if TYPE_CHECKING:
    from srgan_prompt.inference.load import LoadedModel


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
