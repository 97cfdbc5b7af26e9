"""Every runtime that the two recipes time computes what torch computes."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import RandomSentences, make_generator

from srgan_prompt.inference.upscaler import Upscaler

RECIPES = Path(__file__).parents[2] / "recipes"
NEEDS = {"ONNX": ("onnxruntime", "onnxscript"), "OpenVINO": ("openvino",), "ncnn": ("ncnn", "pnnx")}
TOLERANCE = {"torch, bf16": 0.05, "OpenVINO, bf16": 0.05, "ONNX Runtime, int8": 0.1}
ENGINES = ["torch", "torch, bf16", "ONNX Runtime", "ONNX Runtime, int8", "ncnn"]
OTHERS = ["torch, channels_last", "torch, default layout", "torch.compile", "OpenVINO", "OpenVINO, bf16"]
SIDE_PX = 24


@pytest.fixture(autouse=True)
def no_gradients():
    num_threads = torch.get_num_threads()
    with torch.no_grad():
        yield
    torch.set_num_threads(num_threads)


@pytest.fixture(scope="module")
def upscaler():
    return Upscaler.from_generator(make_generator(), RandomSentences(), precision="fp32")


@pytest.fixture
def recipe(monkeypatch):
    """A recipe as a module, by name."""
    monkeypatch.syspath_prepend(RECIPES)
    return importlib.import_module


def _skip_unless_installed(name: str) -> None:
    for package in NEEDS.get(name.split(",", maxsplit=1)[0].split(maxsplit=1)[0], ()):
        pytest.importorskip(package)


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_agrees_with_torch(recipe, upscaler, tmp_path, name):
    _skip_unless_installed(name)
    contestants = recipe("benchmark_speed").runtimes(upscaler, tmp_path)
    assert list(contestants) == ENGINES
    image = recipe("benchmark_speed").drawn(SIDE_PX)
    expected, result = (contestants[each](image, 1)() for each in ("torch", name))
    assert np.abs(result - expected).max() < TOLERANCE.get(name, 1e-4)
    assert result.shape == (1, 3, 4 * SIDE_PX, 4 * SIDE_PX)


@pytest.mark.parametrize("name", [name for name in OTHERS if name != "torch.compile"])  # which needs a minute
def test_another_runtime_agrees_with_torch(recipe, upscaler, name):
    _skip_unless_installed(name)
    module = recipe("compare_runtimes")
    assert list(module.RUNTIMES) == OTHERS
    network = module.prompted(upscaler)
    inputs = module.inputs_of(network, SIDE_PX)
    expected = network(*inputs).numpy()
    assert np.abs(module.RUNTIMES[name](network, inputs, 1)() - expected).max() < TOLERANCE.get(name, 1e-4)
