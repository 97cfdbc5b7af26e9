"""The exported files in the package are the shipped network, and run without torch."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.upscaler import Upscaler

IMAGE = Path(__file__).parents[1] / "examples" / "quail.jpg"


@pytest.fixture(params=FILE_ENGINES)
def engine(request) -> str:
    pytest.importorskip(FILE_ENGINES[request.param].packages[0])
    return request.param


@pytest.mark.parametrize("prompt", [None, "", "make it warmer"])
def test_it_is_the_shipped_network(engine, prompt):
    torch, file = (Upscaler.from_pretrained(engine=each)(IMAGE, prompt).array for each in ("torch", engine))
    assert np.abs(file.astype(int) - torch).mean() < 0.5


def test_the_command_runs_it_without_torch(engine, tmp_path):
    code = "import sys; from srgan_prompt.cli.app import main; code = main(sys.argv[1:])"
    code += "; sys.exit(code or bool({'torch', 'transformers', 'pydantic'} & set(sys.modules)))"
    arguments = ["upscale", str(IMAGE), "--engine", engine, "-o", str(tmp_path / "large.png")]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, timeout=60)
    assert (tmp_path / "large.png").stat().st_size > 100_000
