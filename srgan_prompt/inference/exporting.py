"""What every export starts with: is this a network that can be exported, what is baked in, what does the file say?"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from srgan_prompt.errors import PromptWarning, UsageError
from srgan_prompt.files import installed_version
from srgan_prompt.inference.exported import ExportFacts
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.prompts.interpretation import PromptEmbedding
from srgan_prompt.prompts.prompt import Prompt, PromptLike, read_prompt
from srgan_prompt.prompts.reading import described

SIZE_IN_EXPORT = "An exported model has the network's own scale; leave the size out of the prompt."


@dataclass(frozen=True)
class BakedPrompt:
    """What is folded in; ``embedding`` None is the unprompted path, whose ``wording`` is ""."""

    embedding: PromptEmbedding | None
    wording: str
    read_as: str


@dataclass(frozen=True)
class Export:
    """A network on its way into a file; ``baked`` None: the file takes prompts."""

    engine: TorchEngine
    baked: BakedPrompt | None
    facts: ExportFacts

    @contextmanager
    def generator_on_cpu(self) -> Iterator[Generator]:
        """The network, for as long as it is traced."""
        try:
            yield self.engine.generator.cpu()
        finally:
            self.engine.generator.to(self.engine.device)


def prepare_export(
    upscaler: Upscaler,
    prompt: PromptLike,
    strength: float,
    negative: str | None,
    *,
    bake: bool,
    precision: str,
    precisions: tuple[str, ...],
    memory_ratio: float = 2.0,
) -> Export:
    """Arguments and errors are those of ``onnx.export.export_onnx``; the format can be written in ``precisions``.

    ``memory_ratio``: working memory of a run beside that of torch, which keeps fewer layers at once; 2 was measured for
    ONNX Runtime. A network that takes no prompts is exported with none baked in.
    """
    engine = upscaler.model.engine
    if not isinstance(engine, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; only those can be exported.")
    if not bake and (prompt is not None or negative is not None):
        raise UsageError("A prompt is given but not to be baked in; say bake=True, or leave the prompt out.")
    if precision not in precisions:
        raise UsageError(f"Precision '{precision}' is not known; use {', '.join(precisions)}.")
    asked = read_prompt(prompt, strength, negative)
    if asked.size is not None:
        raise UsageError(SIZE_IN_EXPORT)
    config = engine.generator.config
    refuse_attention(config)
    baked = _bake(upscaler, asked) if bake or config.composition == "none" else None
    encoder = upscaler.model.encoder
    network = replace(
        engine.facts,
        bytes_per_px=int(memory_ratio * engine.facts.bytes_per_px),
        takes_prompts=baked is None,
        more=(),
        baked_prompt=None if baked is None else baked.wording,
        baked_read_as="" if baked is None else baked.read_as,
    )
    facts = ExportFacts(
        network,
        text_dim=config.text_width,
        version=installed_version(),
        precision=precision,
        encoder=encoder.identity if baked is None and encoder is not None else None,
    )
    return Export(engine, baked, facts)


def refuse_attention(config: GeneratorConfig) -> None:
    """Raise UsageError for a network that no exported file can hold yet."""
    if config.attention.after:
        raise UsageError("A network with self-attention (generator.attention) cannot be exported; run it under torch.")
    if config.text_features == "tokens":
        raise UsageError("A network of tokens (generator.text_features) cannot be exported; run it under torch.")


def _bake(upscaler: Upscaler, asked: Prompt) -> BakedPrompt:
    interpretation = upscaler.interpret(asked)
    for note in (*asked.notes, *interpretation.notes):
        warnings.warn(note, PromptWarning, stacklevel=4)
    if interpretation.embedding is None:
        return BakedPrompt(None, "", "")
    wording = str(asked) + ("" if asked.strength == 1 else f" at strength {asked.strength:g}")
    return BakedPrompt(interpretation.embedding, wording, described(interpretation.readings))
