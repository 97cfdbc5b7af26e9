"""A generator as modules that can be traced for ONNX, the tracer, and smaller forms of the graph.

The tracer is torch's own exporter (``torch.export`` based). The generator takes any number of clauses per image as a
loop; a graph needs that number to stay open, so here they lie along the batch axis of one image. What rounding to fewer
bits costs is measured in docs/explanation/speed.md.
"""

import importlib.util
import logging
import re
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from srgan_prompt.errors import ModelError
from srgan_prompt.files import replacing
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.inference.onnx.engine import IMAGE, NEGATIVE, TEXTS, WEIGHTS, load_runtime
from srgan_prompt.models.composition import TextConditioning, remove_direction
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.interpretation import Embed, PromptEmbedding
from srgan_prompt.prompts.operations import canonical_prompts

if TYPE_CHECKING:
    import onnx


@dataclass(frozen=True)
class ClausesAsBatch(TextConditioning):
    """For one image: ``texts`` (K, D), ``weights`` (K,), ``negative`` (K,), 1 where a text must not act, else 0.

    A negative text has weight 0. What does not depend on the text is computed once.
    """

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "ClausesAsBatch":
        """See ``TextConditioning.map_texts``: ``tower`` (K, D) -> (K, T) on texts and negatives alike."""
        return ClausesAsBatch(tower(self.texts), self.weights, self.negative)

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        """The weighted sum (1, ...) of the changes (K, ...) that ``change`` makes, without what a negative asks for."""
        each = change(self.texts)
        total = _sum(self.weights, each)
        return total if self.negative is None else remove_direction(total, _sum(self.negative, each))


class Projected(ClausesAsBatch):
    """The same after the text tower, which then stays out of the graph."""

    @classmethod
    def by(cls, generator: Generator, guidance: PromptEmbedding) -> "Projected":
        """``guidance`` through the text tower of ``generator``; no negative costs nothing."""
        texts, weights, negative = (torch.from_numpy(each) for each in guidance.as_rows())
        return cls(generator.text_tower(texts), weights, None if guidance.negative is None else negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "Projected":
        """Nothing is left to do."""
        return self


class Steerable(nn.Module):
    """(image, texts, weights, negative, context) -> result."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, texts: Tensor, weights: Tensor, negative: Tensor, context: Tensor) -> Tensor:
        """Image (1, 3, h, w), texts (K, D), weights and negative (K,), context (1, C) or NaN to (1, 3, s*h, s*w)."""
        return _steer(self.generator, image, ClausesAsBatch(texts, weights, negative), context)


class Baked(nn.Module):
    """(image, context) -> result. ``steering`` None is the unprompted path."""

    def __init__(self, generator: Generator, steering: TextConditioning | None) -> None:
        super().__init__()
        self.generator, self.steering = generator, steering

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        """Image (1, 3, h, w) and context (1, C), NaN for the image's own, to (1, 3, s*h, s*w)."""
        return _steer(self.generator, image, self.steering, context)


class Intent(nn.Module):
    """Texts (K, D) to how much of each operation they ask for (K, operations)."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.tower, self.head = generator.text_tower, generator.intent_head

    def forward(self, texts: Tensor) -> Tensor:
        """One row a text; see ``Generator.intent``."""
        return self.head(self.tower(texts))


def _steer(generator: Generator, image: Tensor, steering: TextConditioning | None, context: Tensor) -> Tensor:
    if steering is None:
        return generator(image)
    if generator.config.tone:
        context = torch.where(context.isnan(), generator.global_features(image), context)
    return generator(image, steering, context.expand(steering.texts.shape[0], -1))


def _sum(weights: Tensor, each: Tensor) -> Tensor:
    return (weights.view(-1, *[1] * (each.dim() - 1)) * each).sum(dim=0, keepdim=True)


OPSET = 18
IR_VERSION = 8
"""That of the oldest ONNX Runtime that knows ``OPSET``; the newest would lock older ones out."""
_ANY = torch.export.Dim.DYNAMIC


def require_onnx() -> None:
    """Raises ModelError if the extra ``onnx`` is not installed."""
    if not all(map(importlib.util.find_spec, ("onnx", "onnxscript"))):
        raise ModelError("Exporting needs `pip install srgan-prompt[onnx]` (onnx and onnxscript).")


def trace_onnx(
    module: nn.Module, example: Mapping[str, Tensor], free: Mapping[str, Mapping[int, str]], output: str
) -> "onnx.ModelProto":
    """The graph of ``module(**example)`` with the dimensions in ``free`` left open (input name -> axis -> its name)."""
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter talks about its own internals
        program = torch.onnx.export(
            module.eval(),
            kwargs=dict(example),
            dynamo=True,
            input_names=list(example),
            output_names=[output],
            dynamic_shapes={name: dict.fromkeys(free.get(name, ()), _ANY) or None for name in example},
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise AssertionError("the exporter returns nothing only when it writes a file itself")
    model = program.model_proto
    for part in (*model.graph.node, *model.graph.value_info, *(node for each in model.functions for node in each.node)):
        del part.metadata_props[:]  # stack traces, with the paths of this machine
    model.ir_version = IR_VERSION
    _name_axes(model, free)
    return model


def _name_axes(model: "onnx.ModelProto", free: Mapping[str, Mapping[int, str]]) -> None:
    """The exporter's names of open dimensions, such as s77, become those in ``free``; sums and products with them."""
    names: dict[str, str] = {}
    for each in model.graph.input:
        for axis, name in free.get(each.name, {}).items():
            names[each.type.tensor_type.shape.dim[axis].dim_param] = name
    for each in (*model.graph.input, *model.graph.output, *model.graph.value_info):
        for dimension in each.type.tensor_type.shape.dim:
            if dimension.dim_param:
                dimension.dim_param = re.sub(r"\w+", lambda word: names.get(word[0], word[0]), dimension.dim_param)


def write_onnx(path: Path, model: "onnx.ModelProto", metadata: Mapping[str, str]) -> None:
    """``model`` with ``metadata`` to ``path``, whole or not at all. Raises OutputError."""
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    with replacing(path) as file:
        file.write(model.SerializeToString())


Feeds = Mapping[str, np.ndarray]

MIN_VALUES = 1024  # smaller constants stay as they are: they cost nothing, and shapes must stay exact
_SCENE_PX = 96
_NUM_SCENES = 8
_GRAIN = (0, 4, 8, 16)  # standard deviation on scenes of the calibration, in 8-bit steps
_STRENGTHS = (1.0, 2.0)
_WARNINGS, _ERRORS = 2, 3  # ONNX Runtime's levels
TRUNK = (".blocks.", ".composers.", ".trunk_end.")
"""Layers that may be rounded to 8 bits. Colours enter before them and leave after them, and the tone beside them."""


def halved(model: "onnx.ModelProto") -> "onnx.ModelProto":
    """Weights stored as float16 and computed with in float32, to which ONNX Runtime turns them once, when it loads."""
    from onnx import TensorProto, helper, numpy_helper

    large = [
        each for each in model.graph.initializer if each.data_type == TensorProto.FLOAT and _size(each) >= MIN_VALUES
    ]
    for index, each in enumerate(large):
        name, values = each.name, numpy_helper.to_array(each).astype(np.float16)
        each.CopyFrom(numpy_helper.from_array(values, f"{name}.half"))
        model.graph.node.insert(index, helper.make_node("Cast", [each.name], [name], to=TensorProto.FLOAT))
    return model


def in_eight_bits(model: "onnx.ModelProto", examples: Iterable[Feeds]) -> "onnx.ModelProto":
    """The trunk's convolutions in 8 bits, weights per channel; ranges of features are what ``examples`` bring about."""
    import onnx

    runtime = load_runtime()
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.rest = iter(examples)

        def get_next(self) -> Feeds | None:
            return next(self.rest, None)

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        runtime.set_default_logger_severity(_ERRORS)
        logging.disable(logging.WARNING)  # it asks for a preparation that needs fixed sizes
        try:
            quantize_static(
                model,
                path,
                Reader(),
                quant_format=QuantFormat.QDQ,
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_quantize=_trunk_convolutions(model),
            )
        finally:
            logging.disable(logging.NOTSET)
            runtime.set_default_logger_severity(_WARNINGS)
        return onnx.load(path)


def calibration(embed: Embed | None) -> Iterator[Feeds]:
    """Drawn scenes with more or less grain; with ``embed``, each with a documented prompt."""
    rng = np.random.default_rng(0)
    prompts = canonical_prompts()
    prompts = prompts[:: -(-len(prompts) // _NUM_SCENES)]  # from one end of the list to the other
    for number in range(_NUM_SCENES if embed is None else len(prompts)):
        grain = rng.normal(0, _GRAIN[number % len(_GRAIN)], (_SCENE_PX, _SCENE_PX, 3))
        scene = np.clip(draw_synthetic_image(number, _SCENE_PX) + grain, 0, 255).astype(np.float32) / 255
        feeds = {IMAGE: np.ascontiguousarray(scene.transpose(2, 0, 1)[None])}
        if embed is not None:
            strength = np.full(1, _STRENGTHS[number % len(_STRENGTHS)], np.float32)
            texts, weights, negative = PromptEmbedding(embed([prompts[number]]), strength).as_rows()
            feeds |= {TEXTS: texts, WEIGHTS: weights, NEGATIVE: negative}
        yield feeds


def _trunk_convolutions(model: "onnx.ModelProto") -> list[str]:
    """Names of nodes; a weight is still called as in torch."""
    convolutions = [node for node in model.graph.node if node.op_type == "Conv"]
    return [node.name for node in convolutions if any(part in node.input[1] for part in TRUNK)]


def _size(tensor: "onnx.TensorProto") -> int:
    return int(np.prod(tensor.dims))
