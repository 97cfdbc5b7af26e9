"""Every runtime that is timed computes what torch computes; those that are not installed are left out."""

import numpy as np
import pytest
import torch
from tiny_models import RandomSentences, make_generator

from srgan_prompt.evaluation.runtimes import Runtimes
from srgan_prompt.inference.upscaler import Upscaler

NEEDS = {"ONNX": ("onnxruntime", "onnxscript"), "OpenVINO": ("openvino",), "ncnn": ("ncnn", "pnnx")}
TOLERANCE = {"torch, bf16": 0.05, "OpenVINO, bf16": 0.05, "ONNX Runtime, int8": 0.1}
NAMES = [
    "torch, default layout",
    "torch, bf16",
    "ONNX Runtime",
    "ONNX Runtime, int8",
    "OpenVINO",
    "OpenVINO, bf16",
    "ncnn",
]


@pytest.fixture(scope="module")
def runtimes():
    return Runtimes(Upscaler.from_generator(make_generator(), RandomSentences()))


@pytest.fixture(autouse=True)
def no_gradients():
    with torch.no_grad():
        yield


def test_all_are_tested_but_the_compiler(runtimes):
    assert set(runtimes.all()) - set(NAMES) == {"torch, channels_last", "torch.compile"}


@pytest.mark.parametrize("name", NAMES)
def test_a_runtime_agrees_with_torch(runtimes, name):
    for package in NEEDS.get(name.split(",")[0].split()[0], ()):
        pytest.importorskip(package)
    picture = np.random.default_rng(0).random((1, 24, 24, 3), np.float32).transpose(0, 3, 1, 2)
    expected = runtimes.channels_last(picture, 1)()
    result = runtimes.all()[name](picture, 1)()
    assert np.abs(result - expected).max() < TOLERANCE.get(name, 1e-4)
    assert result.shape == (1, 3, 96, 96)
