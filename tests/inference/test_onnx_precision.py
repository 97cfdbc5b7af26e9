"""Half and 8-bit exports: smaller files that agree with float32 as far as was measured, at three shapes."""

import numpy as np
import pytest

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from srgan_prompt.inference.onnx.engine import OnnxEngine
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.prompts.interpretation import embed_clauses
from srgan_prompt.prompts.prompt import read_prompt

SHAPES = [(24, 20), (37, 53), (1, 7)]
PROMPT = "remove the noise"


@pytest.fixture(scope="module", params=[("fp16", False), ("int8", False), ("int8", True)], ids=str)
def smaller(request, tmp_path_factory, module_upscaler):
    precision, bake = request.param
    path = tmp_path_factory.mktemp("precision") / "model.onnx"
    prompt = PROMPT if bake else None
    return precision, bake, export_onnx(module_upscaler, path, prompt, bake=bake, precision=precision)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_smaller_graph_agrees_with_torch(smaller, shape, module_upscaler):
    precision, bake, path = smaller
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    smooth = np.stack([np.sin(rows / 9), np.cos(columns / 7), np.sin((rows + columns) / 5)])[None] / 2 + 0.5
    guidance = embed_clauses(read_prompt(PROMPT), module_upscaler.model.sentences.embed)
    torch, onnx = module_upscaler.model.engine, OnnxEngine.load(path)
    expected = torch.run(smooth, guidance, torch.global_features(smooth))
    actual = onnx.run(smooth, None if bake else guidance, onnx.global_features(smooth))
    error_db = -10 * np.log10(np.mean((actual - expected) ** 2))
    assert error_db > {"fp16": 60, "int8": 35}[precision]
    assert precision in onnx.name


def test_what_shrinks(smaller):
    import onnx

    precision, _, path = smaller
    model = onnx.load(path)
    kinds = {each.name: each.data_type for each in model.graph.initializer}
    small = onnx.TensorProto.FLOAT16 if precision == "fp16" else onnx.TensorProto.INT8
    shrunk = {name for name, kind in kinds.items() if kind == small}
    assert any("text_tower" in name for name in shrunk) == (precision == "fp16")
    if precision == "int8":
        convolutions = [each.input[1] for each in model.graph.node if each.op_type == "Conv"]
        kept = [name for name in convolutions if name in kinds]
        named = {name.split(".")[1] for name in kept if "." in name}
        assert named == {"context_encoder", "head", "tail"}
        assert len(kept) == len([name for name in kept if "." in name]) + 1  # the bicubic kernel, a folded constant
