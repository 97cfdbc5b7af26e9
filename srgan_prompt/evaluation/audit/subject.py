"""What is audited: a generator and what reads its sentences. float32 RGB in [0, 1], (B, 3, H, W), on the CPU."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from srgan_prompt.errors import UsageError
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.steering import Steering
from srgan_prompt.prompts.reading import PromptReader
from srgan_prompt.types import Answers, Image, LargeImage

if TYPE_CHECKING:
    from srgan_prompt.inference.load import LoadedModel


@dataclass(frozen=True)
class AuditSubject:
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
    def load(cls, source: str | Path | None = None, revision: str | None = None) -> "AuditSubject":
        """The shipped model (None), a model folder, a hub id, or a training run or checkpoint (its averaged weights).

        Raises ModelError if it is missing or damaged, UsageError for an ONNX file or foreign weights.
        """
        from srgan_prompt.inference.load import load

        return cls.of(load(source, revision, device="cpu", precision="fp32"))

    @classmethod
    def of(cls, model: "LoadedModel") -> "AuditSubject":
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

    def enlarge(self, lr: Image, text: Tensor | None = None, strength: float = 1.0) -> LargeImage:
        """``lr`` (1, 3, h, w) as the embedding ``text`` (D,) asks; None is no text at all, zeros the empty prompt."""
        steering = None if text is None else Steering.of(text[None], strength)
        return self.generator(lr.contiguous(memory_format=torch.channels_last), steering)

    def enlarge_all(self, lr: Image, texts: Tensor) -> Answers:
        """One picture (1, 3, h, w) under every one of ``texts`` (S, D): (S, 3, H, W)."""
        return torch.cat([self.enlarge(lr, text) for text in texts])

    def intents(self, prompts: Sequence[str]) -> Tensor:
        """Amounts (n, number of the generator's intents) that the sentences ask for, as the generator reads them."""
        return self.generator.intent(self.embed(prompts))
