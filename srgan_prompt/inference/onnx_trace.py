"""A torch module to an ONNX graph and a file, by torch's own exporter (``torch.export`` based)."""

import importlib.util
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from srgan_prompt.errors import ModelError
from srgan_prompt.images.atomic import replacing

if TYPE_CHECKING:
    import onnx

OPSET = 18
ANY = torch.export.Dim.DYNAMIC


def require_onnx() -> None:
    """Raises ModelError if the extra ``onnx`` is not installed."""
    if not all(map(importlib.util.find_spec, ("onnx", "onnxscript"))):
        raise ModelError("Exporting needs `pip install srgan-prompt[onnx]` (onnx and onnxscript).")


def trace_onnx(
    module: nn.Module, example: Mapping[str, Tensor], free: Mapping[str, Mapping[int, object]], output: str
) -> "onnx.ModelProto":
    """The graph of ``module(**example)`` with the dimensions in ``free`` left open (input name -> axis -> ANY)."""
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # the exporter talks about its own internals
        program = torch.onnx.export(
            module.eval(),
            kwargs=dict(example),
            dynamo=True,
            input_names=list(example),
            output_names=[output],
            dynamic_shapes={name: free.get(name) for name in example},
            opset_version=OPSET,
            verbose=False,
        )
    model = program.model_proto
    for part in (*model.graph.node, *model.graph.value_info, *(node for each in model.functions for node in each.node)):
        del part.metadata_props[:]  # stack traces, with the paths of this machine
    return model


def write_onnx(path: Path, model: "onnx.ModelProto", metadata: Mapping[str, str]) -> None:
    """``model`` with ``metadata`` to ``path``, whole or not at all. Raises OutputError."""
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    with replacing(path) as file:
        file.write(model.SerializeToString())
