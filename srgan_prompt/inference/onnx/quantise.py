"""Smaller forms of a float32 ONNX graph; what they cost is measured in docs/explanation/speed.md."""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.inference.onnx.engine import IMAGE, NEGATIVE, TEXTS, WEIGHTS, load_runtime
from srgan_prompt.prompts.interpretation import Embed, PromptEmbedding
from srgan_prompt.prompts.operations import canonical_prompts

if TYPE_CHECKING:
    import onnx

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
