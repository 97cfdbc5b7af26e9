"""A generator as one ONNX file that takes images of any size, and beside it, where needed, its text encoder.

Without a prompt the graph takes readings (or raw embeddings) of sentences, and weights; with one, the sentence is
folded into constants and the graph needs no text at all.
"""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from srgan_prompt.inference.exporting import Export, prepare_export
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.onnx.engine import (
    CONTEXT,
    CONTEXT_GRAPH,
    CONTEXT_INPUT,
    IDENTITY_KEY,
    IDS,
    IMAGE,
    INTENT,
    INTENT_GRAPH,
    MASK,
    MAX_TOKENS_KEY,
    NEGATIVE,
    RESULT,
    TEXT_ENCODER_NAME,
    TEXTS,
    TOKENIZER_KEY,
    VECTORS,
    WEIGHTS,
)
from srgan_prompt.inference.onnx.graphs import (
    Baked,
    Intent,
    Projected,
    Steerable,
    calibration,
    halved,
    in_eight_bits,
    require_onnx,
    trace_onnx,
    write_onnx,
)
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.prompt import PromptLike

if TYPE_CHECKING:
    import onnx

_EXAMPLE_PX = (24, 20)
_FREE = {IMAGE: {2: "height", 3: "width"}} | {name: {0: "clauses"} for name in (TEXTS, WEIGHTS, NEGATIVE)}
_INPUT_DOCS = {
    IMAGE: "One image [1, 3, height, width], float32, RGB, sRGB-encoded, in [0, 1].",
    TEXTS: "One row for each clause of the prompt [clauses, D], float32: amounts of the intents in the metadata,"
    " or raw embeddings; zeros for no prompt.",
    WEIGHTS: "How strongly each clause acts [clauses], float32: 0 not at all, 1 as worded, at most 2.",
    NEGATIVE: "1 for each clause that is to be avoided, with weight 0, else 0 [clauses], float32.",
}
_RESULT_DOC = "The upscaled image [1, 3, scale * height, scale * width], float32, not clipped."


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
        prompt: what to bake in, if ``bake`` is true; None is the default request, "" plain upscaling.
        bake: fold ``prompt`` into the graph, which then takes nothing but an image.
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
    export = prepare_export(
        upscaler, prompt, strength, negative, bake=bake, precision=precision, precisions=FILE_ENGINES["onnx"].precisions
    )
    require_onnx()
    with export.generator_on_cpu() as generator:
        model = _trace(_network(generator, export), _example(generator, with_text=export.baked is None), RESULT)
        graphs = _small_graphs(generator, needs_intent=export.baked is None and export.facts.network.intents is None)
    graphs |= _context_taken_inside(model)
    if precision == "fp16":
        model = halved(model)
    elif precision == "int8":
        model = in_eight_bits(model, calibration(upscaler.model.embed if export.baked is None else None))
    _document(model)
    write_onnx(Path(path), model, replace(export.facts, graphs=graphs).to_metadata())
    return Path(path)


def _network(generator: Generator, export: Export) -> nn.Module:
    if export.baked is None:
        return Steerable(generator)
    embedding = export.baked.embedding
    with torch.no_grad():
        return Baked(generator, None if embedding is None else Projected.by(generator, embedding))


def _example(generator: Generator, *, with_text: bool) -> dict[str, Tensor]:
    """Inputs of the right shapes; two clauses, because an example of one would fix their number."""
    context = {CONTEXT: torch.full((1, generator.config.channels), math.nan)}
    texts = {TEXTS: torch.randn(2, generator.config.text_width), WEIGHTS: torch.ones(2), NEGATIVE: torch.zeros(2)}
    return {IMAGE: torch.rand(1, 3, *_EXAMPLE_PX)} | (texts if with_text else {}) | context


def _small_graphs(generator: Generator, *, needs_intent: bool) -> dict[str, bytes]:
    """What travels in the metadata, by key; see ``onnx.engine``."""
    graphs = {}
    if generator.config.composition != "none" and generator.config.tone:
        context = _trace(generator.context_encoder, {IMAGE: torch.rand(1, 3, *_EXAMPLE_PX)}, CONTEXT)
        graphs[CONTEXT_GRAPH] = context.SerializeToString()
    if needs_intent:
        intent = _trace(Intent(generator), {TEXTS: torch.randn(2, generator.config.text_width)}, INTENT)
        graphs[INTENT_GRAPH] = intent.SerializeToString()
    return graphs


def _trace(graph: nn.Module, example: dict[str, Tensor], output: str) -> "onnx.ModelProto":
    return trace_onnx(graph, example, _FREE, output)


def _context_taken_inside(model: "onnx.ModelProto") -> dict[str, bytes]:
    """The context becomes a constant; what makes it an input again, by key, see ``onnx.engine.CONTEXT_INPUT``."""
    import onnx

    inputs = {each.name: each for each in model.graph.input}
    if CONTEXT not in inputs:
        return {}
    declared = onnx.ModelProto(graph=onnx.GraphProto(input=[inputs[CONTEXT]])).SerializeToString()
    shape = [each.dim_value for each in inputs[CONTEXT].type.tensor_type.shape.dim]
    missing = onnx.helper.make_tensor(CONTEXT, onnx.TensorProto.FLOAT, shape, [math.nan] * math.prod(shape))
    model.graph.input.remove(inputs[CONTEXT])
    model.graph.initializer.append(missing)
    return {CONTEXT_INPUT: declared}


def _document(model: "onnx.ModelProto") -> None:
    """What to feed and what comes out, in the file itself."""
    for each in model.graph.input:
        each.doc_string = _INPUT_DOCS[each.name]
    for each in model.graph.output:
        each.doc_string = _RESULT_DOC


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
