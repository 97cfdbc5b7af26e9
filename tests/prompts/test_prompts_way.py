"""The way of a sentence, from what the user typed to the tensors of a network: few files, and nothing heavy on it."""

import subprocess
import sys
from pathlib import Path

import pytest
from tiny_models import TINY_READING, make_generator

import srgan_prompt
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.prompts.interpretation import interpret
from srgan_prompt.prompts.prompt import read_prompt
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder
from srgan_prompt.prompts.reading import PackagedReader

PACKAGE = Path(srgan_prompt.__file__).parent


def test_a_sentence_crosses_at_most_eight_files():
    engine, reader, encoder = TorchEngine(make_generator(TINY_READING)), PackagedReader(), BertPromptEncoder()
    reader.read(["warmer"])  # loads its file
    crossed = set()

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and path.is_relative_to(PACKAGE):
            crossed.add(path.relative_to(PACKAGE).as_posix())

    sys.setprofile(note)
    try:
        prompt = read_prompt("make it 30 % warmer and twice as big, no sepia")
        interpretation = interpret(prompt, engine, reader, encoder)
        conditioning = engine.steering(interpretation.embedding, 1)
    finally:
        sys.setprofile(None)
    assert prompt.size.scale == 2
    assert str(interpretation.readings[0]) == "warm .3, not sepia"
    assert conditioning.texts.shape == (1, 1, 15)
    assert len(crossed) <= 8, crossed


@pytest.mark.parametrize(
    ("module", "unwanted"),
    [
        ("prompt", {"numpy", "torch", "transformers", "pydantic"}),
        ("interpretation", {"torch", "transformers", "tokenizers", "safetensors", "pydantic"}),
        ("reader", {"torch", "transformers", "pydantic"}),
        ("embeddings", {"torch", "transformers", "pydantic"}),
    ],
)
def test_what_starts_fast_loads_nothing_heavy(module, unwanted):
    code = f"import sys, srgan_prompt.prompts.{module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert unwanted & set(done.stdout.split()) == set()
