"""The exported text encoder agrees with BERT under torch, and lets any sentence work without torch."""

import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.onnx.engine import OnnxPromptEncoder
from srgan_prompt.inference.onnx.export import export_text_encoder
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder

SENTENCES = ["make it warmer", "", "Entfern das Rauschen!", "\ud800 a\nb", "word " * 400]


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.tiny()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    return export_text_encoder(encoder, tmp_path_factory.mktemp("text")).parent


def test_any_sentence_gives_berts_vector(folder, encoder):
    sentences = OnnxPromptEncoder(folder)
    np.testing.assert_allclose(sentences.embed(SENTENCES), encoder.encode(SENTENCES).numpy(), atol=1e-6)
    assert [sentences.num_tokens_cut(each) for each in SENTENCES] == [
        encoder.num_tokens_cut(each) for each in SENTENCES
    ]


def test_shipped_sentences_need_no_file(tmp_path):
    sentences = OnnxPromptEncoder(tmp_path)
    known = ["Remove the noise.", "", "make it warmer"]
    np.testing.assert_array_equal(sentences.embed(known), BertPromptEncoder().embed(known))
    assert sentences.num_tokens_cut("word " * 400) == 0
    with pytest.raises(ModelError, match=r"text_encoder\.onnx"):
        sentences.embed(["paint it like Monet"])


def test_neither_torch_nor_transformers_is_imported(folder):
    code = """
import sys, pathlib
from srgan_prompt.inference.onnx.engine import OnnxPromptEncoder
assert OnnxPromptEncoder(pathlib.Path(sys.argv[1])).embed(["paint it like Monet"]).shape == (1, 32)
assert not {"torch", "transformers"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code, str(folder)], check=True, timeout=60)


def test_a_file_that_is_no_text_encoder_is_refused(tmp_path):
    (tmp_path / "text_encoder.onnx").write_text("hello")
    with pytest.raises(ModelError, match="text_encoder"):
        OnnxPromptEncoder(tmp_path).embed(["paint it like Monet"])
