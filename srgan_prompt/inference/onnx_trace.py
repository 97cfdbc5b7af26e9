"""A torch module to an ONNX graph and a file, by torch's own exporter (``torch.export`` based)."""

import importlib.util
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from srgan_prompt.errors import ModelError
from srgan_prompt.files import replacing

if TYPE_CHECKING:
    import onnx

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
