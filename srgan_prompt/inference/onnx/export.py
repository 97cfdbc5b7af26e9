"""A generator as one ONNX file that takes images of any size, and beside it, where needed, its text encoder.

Without a prompt the graph takes readings (or raw embeddings) of sentences, and weights; with one, the sentence is
folded into constants and the graph needs no text at all.
"""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from srgan_prompt.data.scenes import draw_scene
from srgan_prompt.errors import PromptWarning, UsageError
from srgan_prompt.inference.engine import Guidance
from srgan_prompt.inference.onnx.format import (
    CONTEXT,
    IMAGE,
    INPUT_DOCS,
    INTENT,
    NEGATIVE,
    RESULT,
    RESULT_DOC,
    TEXTS,
    WEIGHTS,
    OnnxFacts,
)
from srgan_prompt.inference.onnx.graphs import Baked, Intent, Projected, Steerable, require_onnx, trace_onnx, write_onnx
from srgan_prompt.inference.onnx.quantise import Feeds, halved, in_eight_bits
from srgan_prompt.inference.onnx.text import (
    IDENTITY_KEY,
    IDS,
    MASK,
    MAX_TOKENS_KEY,
    TEXT_ENCODER_NAME,
    TOKENIZER_KEY,
    VECTORS,
)
from srgan_prompt.inference.prompts import Embed, Prompt, PromptLike, read_prompt
from srgan_prompt.inference.readings import described
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.text.canonical import canonical_prompts
from srgan_prompt.text.encoder import TextEncoder
from srgan_prompt.version import installed_version

if TYPE_CHECKING:
    import onnx

    from srgan_prompt.checkpoints.encoder_record import EncoderRecord


SIZE_IN_EXPORT = "An exported model has the network's own scale; leave the size out of the prompt."
PRECISIONS = ("fp32", "fp16", "int8")
_EXAMPLE_PX = (24, 20)
_SCENE_PX = 96
_NUM_SCENES = 8
_GRAIN = (0, 4, 8, 16)  # standard deviation on scenes of the calibration, in 8-bit steps
_STRENGTHS = (1.0, 2.0)
_FREE = {IMAGE: {2: "height", 3: "width"}} | {name: {0: "clauses"} for name in (TEXTS, WEIGHTS, NEGATIVE)}


def export_onnx(
    upscaler: Upscaler,
    path: str | Path,
    prompt: PromptLike = None,
    *,
    bake: bool = False,
    strength: float = 1.0,
    negative: str | None = None,
    precision: str = "fp32",
) -> Path:
    """Write ``upscaler``'s network to ``path``, whole or not at all.

    Args:
        upscaler: one with a torch generator.
        path: the ``.onnx`` file.
        prompt: what to bake in, if ``bake`` is true; None is the default request, "" plain enlargement.
        bake: fold ``prompt`` into the graph, which then takes nothing but a picture.
        strength: of the baked prompt.
        negative: of the baked prompt.
        precision: "fp32"; "fp16": half the file, the same speed; "int8": a third of the file, half of the time.

    Raises:
        UsageError: the upscaler has no torch generator, there is a prompt that is not to be baked or names a size, or
            the precision is not one of these.
        ModelError: the extra ``onnx`` is not installed.
        OutputError: the file cannot be written.

    Warns:
        PromptWarning: the prompt to be baked in, or a part of it, does nothing or may have been misread.
    """
    engine = _require_exportable(upscaler, precision, is_worded=prompt is not None or negative is not None, bake=bake)
    asked = read_prompt(prompt, strength, negative)
    if asked.size is not None:
        raise UsageError(SIZE_IN_EXPORT)
    baked = _bake(upscaler, asked) if bake or engine.generator.config.composition == "none" else None
    generator = engine.generator.cpu()
    try:
        graph = Steerable(generator) if baked is None else baked.graph(generator)
        model = _trace(graph, _example(generator, with_text=baked is None), RESULT)
        facts = _facts(engine, upscaler.model.encoder, baked, precision)
    finally:
        engine.generator.to(engine.device)
    facts = replace(facts, context_input=_context_taken_inside(model))
    if precision == "fp16":
        model = halved(model)
    elif precision == "int8":
        model = in_eight_bits(model, list(_calibration(upscaler.model.embed if baked is None else None)))
    _document(model)
    write_onnx(Path(path), model, facts.to_metadata())
    return Path(path)


def _require_exportable(upscaler: Upscaler, precision: str, *, is_worded: bool, bake: bool) -> TorchEngine:
    """The engine whose generator is exported."""
    engine = upscaler.model.engine
    if not isinstance(engine, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; only those can be exported.")
    if is_worded and not bake:
        raise UsageError("A prompt is given but not to be baked in; say bake=True, or leave the prompt out.")
    if precision not in PRECISIONS:
        raise UsageError(f"Precision '{precision}' is not known; use {', '.join(PRECISIONS)}.")
    require_onnx()
    return engine


def _facts(
    engine: TorchEngine, encoder: "EncoderRecord | None", baked: "_BakedPrompt | None", precision: str
) -> OnnxFacts:
    """What the file says about itself."""
    needs_intent_graph = baked is None and engine.intents is None
    return OnnxFacts(
        scale=engine.scale,
        receptive_radius_px=engine.receptive_radius_px,
        bytes_per_px=2 * engine.bytes_per_px,  # measured: ONNX Runtime keeps more layers at once
        text_dim=engine.generator.config.text_width,
        prompt=None if baked is None else baked.wording,
        version=installed_version(),
        precision=precision,
        context_graph=_context_graph(engine.generator),
        intent_graph=_intent_graph(engine.generator) if needs_intent_graph else None,
        intents=engine.intents,
        read_as="" if baked is None else baked.read_as,
        encoder=encoder.identity if baked is None and encoder is not None else None,
    )


@dataclass(frozen=True)
class _BakedPrompt:
    """What is folded in; ``guidance`` None is the unprompted path, whose ``wording`` is ""."""

    guidance: Guidance | None
    wording: str
    read_as: str

    def graph(self, generator: Generator) -> Baked:
        if self.guidance is None:
            return Baked(generator, None)
        with torch.no_grad():
            return Baked(generator, Projected.by(generator, self.guidance))


def _bake(upscaler: Upscaler, asked: Prompt) -> _BakedPrompt:
    interpretation = upscaler.interpret(asked)
    for note in (*asked.notes, *interpretation.notes):
        warnings.warn(note, PromptWarning, stacklevel=3)
    if interpretation.guidance is None:
        return _BakedPrompt(None, "", "")
    wording = str(asked) + ("" if asked.strength == 1 else f" at strength {asked.strength:g}")
    return _BakedPrompt(interpretation.guidance, wording, described(interpretation.readings))


def _example(generator: Generator, *, with_text: bool) -> dict[str, Tensor]:
    """Inputs of the right shapes; two clauses, because an example of one would fix their number."""
    context = {CONTEXT: torch.full((1, generator.config.channels), math.nan)}
    texts = {TEXTS: torch.randn(2, generator.config.text_width), WEIGHTS: torch.ones(2), NEGATIVE: torch.zeros(2)}
    return {IMAGE: torch.rand(1, 3, *_EXAMPLE_PX)} | (texts if with_text else {}) | context


def _calibration(embed: Embed | None) -> Iterator[Feeds]:
    """Drawn scenes with more or less grain; with ``embed``, each with a documented prompt."""
    rng = np.random.default_rng(0)
    prompts = canonical_prompts()
    prompts = prompts[:: -(-len(prompts) // _NUM_SCENES)]  # from one end of the list to the other
    for number in range(_NUM_SCENES if embed is None else len(prompts)):
        grain = rng.normal(0, _GRAIN[number % len(_GRAIN)], (_SCENE_PX, _SCENE_PX, 3))
        scene = np.clip(draw_scene(number, _SCENE_PX) + grain, 0, 255).astype(np.float32) / 255
        feeds = {IMAGE: np.ascontiguousarray(scene.transpose(2, 0, 1)[None])}
        if embed is not None:
            strength = np.full(1, _STRENGTHS[number % len(_STRENGTHS)], np.float32)
            texts, weights, negative = Guidance(embed([prompts[number]]), strength).as_rows()
            feeds |= {TEXTS: texts, WEIGHTS: weights, NEGATIVE: negative}
        yield feeds


def _trace(graph: nn.Module, example: dict[str, Tensor], output: str) -> "onnx.ModelProto":
    return trace_onnx(graph, example, _FREE, output)


def _context_graph(generator: Generator) -> bytes | None:
    if generator.config.composition == "none" or not generator.config.tone:
        return None
    example = {IMAGE: torch.rand(1, 3, *_EXAMPLE_PX)}
    return _trace(generator.context_encoder, example, CONTEXT).SerializeToString()


def _intent_graph(generator: Generator) -> bytes:
    return _trace(Intent(generator), {TEXTS: torch.randn(2, generator.config.text_width)}, INTENT).SerializeToString()


def _context_taken_inside(model: "onnx.ModelProto") -> bytes | None:
    """The context becomes a constant; what makes it an input again, see ``OnnxFacts.context_input``."""
    import onnx

    inputs = {each.name: each for each in model.graph.input}
    if CONTEXT not in inputs:
        return None
    declared = onnx.ModelProto(graph=onnx.GraphProto(input=[inputs[CONTEXT]])).SerializeToString()
    shape = [each.dim_value for each in inputs[CONTEXT].type.tensor_type.shape.dim]
    missing = onnx.helper.make_tensor(CONTEXT, onnx.TensorProto.FLOAT, shape, [math.nan] * math.prod(shape))
    model.graph.input.remove(inputs[CONTEXT])
    model.graph.initializer.append(missing)
    return declared


def _document(model: "onnx.ModelProto") -> None:
    """What to feed and what comes out, in the file itself."""
    for each in model.graph.input:
        each.doc_string = INPUT_DOCS[each.name]
    for each in model.graph.output:
        each.doc_string = RESULT_DOC


def export_text_encoder(encoder: TextEncoder, folder: str | Path) -> Path:
    """Write ``folder/text_encoder.onnx``: 90 MB for the default encoder; returns its path.

    Raises:
        ModelError: the extra ``onnx`` is not installed.
        OutputError: the file cannot be written.
    """
    require_onnx()
    path = Path(folder) / TEXT_ENCODER_NAME
    example = {IDS: torch.ones(2, 7, dtype=torch.long), MASK: torch.ones(2, 7, dtype=torch.long)}
    model = trace_onnx(
        _Pooled(encoder.model), example, {name: {0: "sentences", 1: "tokens"} for name in (IDS, MASK)}, VECTORS
    )
    metadata = {
        IDENTITY_KEY: encoder.identity,
        MAX_TOKENS_KEY: str(encoder.max_tokens),
        TOKENIZER_KEY: encoder.tokenizer.backend_tokenizer.to_str(),
    }
    write_onnx(path, model, metadata)
    return path


class _Pooled(nn.Module):
    """Token ids and mask (B, L) to unit sentence vectors (B, D), as ``TextEncoder`` pools them."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        states = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(states.dtype)
        return nn.functional.normalize((states * weights).sum(1) / weights.sum(1), dim=1)
