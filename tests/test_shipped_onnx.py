"""The ONNX file in the package is the shipped network, and runs without torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnxruntime")

from srgan_prompt.inference.upscaler import Upscaler

PICTURE = Path(__file__).parents[1] / "examples" / "quail.jpg"


@pytest.mark.parametrize("prompt", [None, "", "make it warmer"])
def test_it_is_the_shipped_network(prompt):
    torch, onnx = (Upscaler.from_pretrained(engine=engine)(PICTURE, prompt).array for engine in ("torch", "onnx"))
    assert np.abs(onnx.astype(int) - torch).mean() < 0.5


def test_the_command_runs_it_without_torch(tmp_path):
    code = "import sys; from srgan_prompt.cli.app import main; code = main(sys.argv[1:])"
    code += "; sys.exit(code or bool({'torch', 'transformers', 'pydantic'} & set(sys.modules)))"
    arguments = ["upscale", str(PICTURE), "--engine", "onnx", "-o", str(tmp_path / "large.png")]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=60)
    assert (tmp_path / "large.png").stat().st_size > 100_000
