"""A generator as one ONNX file that takes pictures of any size.

Without a prompt the graph takes sentence embeddings and weights; with one, the sentence is folded into constants and
the graph needs no text at all. Written by torch's own exporter (``torch.export`` based).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.engine import Guidance
from srgan_prompt.inference.onnx_format import CONTEXT, IMAGE, RESULT, TEXTS, WEIGHTS, OnnxFacts
from srgan_prompt.inference.onnx_trace import ANY, require_onnx, trace_onnx, write_onnx
from srgan_prompt.inference.prompts import Prompt, PromptLike, read_prompt
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.steering import Steering, remove_direction
from srgan_prompt.version import installed_version

if TYPE_CHECKING:
    import onnx

_EXAMPLE_PX = (24, 20)


def export_onnx(
    upscaler: Upscaler,
    path: str | Path,
    prompt: PromptLike = None,
    *,
    bake: bool = False,
    strength: float = 1.0,
    negative: str | None = None,
) -> Path:
    """Write ``upscaler``'s network to ``path``, whole or not at all.

    Args:
        upscaler: one with a torch generator.
        path: the ``.onnx`` file.
        prompt: what to bake in, if ``bake`` is true; None is the default request, "" plain enlargement.
        bake: fold ``prompt`` into the graph, which then takes nothing but a picture.
        strength: of the baked prompt.
        negative: of the baked prompt.

    Raises:
        UsageError: the upscaler has no torch generator, or there is a prompt that is not to be baked.
        ModelError: the extra ``onnx`` is not installed.
        OutputError: the file cannot be written.
    """
    engine = upscaler.model.engine
    if not isinstance(engine, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; only those can be exported.")
    if not bake and (prompt is not None or negative is not None):
        raise UsageError("A prompt is given but not to be baked in; say bake=True, or leave the prompt out.")
    require_onnx()
    generator = engine.generator.cpu()
    try:
        if bake or generator.config.composition == "none":
            graph, baked = _baked(upscaler, generator, prompt, strength, negative)
        else:
            graph, baked = _Steerable(generator), None
        model = _export(graph.eval(), _example(generator, with_text=baked is None))
        context = _context_graph(generator)
    finally:
        engine.generator.to(engine.device)
    _declare_optional_context(model, generator.config.channels)
    facts = OnnxFacts(
        scale=engine.scale,
        receptive_radius_px=engine.receptive_radius_px,
        bytes_per_px=2 * engine.bytes_per_px,  # measured: ONNX Runtime keeps more layers at once
        text_dim=generator.config.text_dim,
        prompt=baked,
        version=installed_version(),
        context_graph=context,
    )
    write_onnx(Path(path), model, facts.to_metadata())
    return Path(path)


@dataclass(frozen=True)
class _ClausesAsBatch(Steering):
    """For one picture: the clauses lie along the batch axis, so that their number stays free in the graph.

    ``texts`` (K, D), ``weights`` (K,), ``negative`` (1, D) or None. What does not depend on the text is computed once.
    """

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        each = change(self.texts)
        total = (self.weights.view(-1, *[1] * (each.dim() - 1)) * each).sum(dim=0, keepdim=True)
        if self.negative is None:
            return total
        return remove_direction(total, change(self.negative.expand(self.texts.shape[0], -1))[:1])


class _Projected(_ClausesAsBatch):
    """The same after the text tower, which then stays out of the graph."""

    @classmethod
    def by(cls, generator: Generator, guidance: Guidance) -> "_Projected":
        texts, weights = torch.from_numpy(guidance.texts), torch.from_numpy(guidance.weights)
        negative = None if guidance.negative is None else torch.from_numpy(guidance.negative)[None]
        steering = _ClausesAsBatch(texts, weights, negative).map_texts(generator.text_tower)
        return cls(steering.texts, steering.weights, steering.negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> Steering:
        return self


class _Steerable(nn.Module):
    """(image, texts, weights, context) -> result."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, texts: Tensor, weights: Tensor, context: Tensor) -> Tensor:
        return _steer(self.generator, image, _ClausesAsBatch(texts, weights), context)


class _Baked(nn.Module):
    """(image, context) -> result. ``steering`` None is the unprompted path."""

    def __init__(self, generator: Generator, steering: Steering | None) -> None:
        super().__init__()
        self.generator, self.steering = generator, steering

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        return _steer(self.generator, image, self.steering, context)


def _steer(generator: Generator, image: Tensor, steering: Steering | None, context: Tensor) -> Tensor:
    if steering is None:
        return generator(image)
    if generator.config.tone:
        context = torch.where(context.isnan(), generator.context(image), context)
    return generator(image, steering, context.expand(steering.texts.shape[0], -1))


def _baked(
    upscaler: Upscaler, generator: Generator, prompt: PromptLike, strength: float, negative: str | None
) -> tuple[_Baked, str]:
    asked = read_prompt(prompt, strength, negative)
    guidance = None if generator.config.composition == "none" else asked.guidance(upscaler.model.sentences.embed)
    if guidance is None:
        return _Baked(generator, None), ""
    with torch.no_grad():
        return _Baked(generator, _Projected.by(generator, guidance)), _wording(asked)


def _wording(asked: Prompt) -> str:
    return str(asked) + ("" if asked.strength == 1 else f" at strength {asked.strength:g}")


def _example(generator: Generator, *, with_text: bool) -> dict[str, Tensor]:
    """Inputs of the right shapes; two clauses, because an example of one would fix their number."""
    context = {CONTEXT: torch.full((1, generator.config.channels), math.nan)}
    texts = {TEXTS: torch.randn(2, generator.config.text_dim), WEIGHTS: torch.ones(2)} if with_text else {}
    return {IMAGE: torch.rand(1, 3, *_EXAMPLE_PX)} | texts | context


def _export(graph: nn.Module, example: dict[str, Tensor], output: str = RESULT) -> "onnx.ModelProto":
    return trace_onnx(graph, example, {IMAGE: {2: ANY, 3: ANY}, TEXTS: {0: ANY}, WEIGHTS: {0: ANY}}, output)


def _context_graph(generator: Generator) -> bytes | None:
    if generator.config.composition == "none" or not generator.config.tone:
        return None
    encoder = generator.context_encoder
    image = torch.rand(1, 3, *_EXAMPLE_PX)
    return _export(encoder, {IMAGE: image}, CONTEXT).SerializeToString()


def _declare_optional_context(model: "onnx.ModelProto", channels: int) -> None:
    """A default of NaN for the context: who feeds a whole picture need not know about it."""
    import onnx

    if CONTEXT in {each.name for each in model.graph.input}:
        missing = onnx.helper.make_tensor(CONTEXT, onnx.TensorProto.FLOAT, (1, channels), [math.nan] * channels)
        model.graph.initializer.append(missing)
