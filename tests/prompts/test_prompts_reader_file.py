"""The reader's file: what is packed comes back, damage is told."""

import numpy as np
import pytest

from srgan_prompt.errors import ModelError
from srgan_prompt.prompts.bert import Vocabulary
from srgan_prompt.prompts.reader import ReaderFile, Thresholds, pack_reader, unpack_reader

VOCABULARY = Vocabulary(["[unused1]", "[UNK]", "[CLS]", "[SEP]", "naïve"])


def test_weights_come_back_within_half_a_step_of_their_row():
    rng = np.random.default_rng(0)
    matrix = (rng.normal(size=(5, 64)) * 10.0 ** np.arange(-3, 2)[:, None]).astype(np.float32)
    vector = rng.normal(size=7).astype(np.float32)
    thresholds = Thresholds(ask=0.6, complete=0.4, slope=1.5, offset=-0.25)
    packed = pack_reader(ReaderFile({"a.weight": matrix, "a.bias": vector}, VOCABULARY, thresholds))
    file = unpack_reader(packed)
    steps = np.abs(matrix).max(axis=1, keepdims=True) / 127
    assert (np.abs(file.weights["a.weight"] - matrix) <= 0.501 * steps).all()
    np.testing.assert_allclose(file.weights["a.bias"], vector, atol=2e-3)
    assert file.weights.keys() == {"a.weight", "a.bias"}
    assert file.vocabulary.words == VOCABULARY.words
    assert file.thresholds == thresholds


def test_a_row_of_zeros_stays_zero():
    file = unpack_reader(pack_reader(ReaderFile({"a": np.zeros((2, 3), np.float32)}, VOCABULARY)))
    assert (file.weights["a"] == 0).all()


@pytest.mark.parametrize("content", [b"", b"not safetensors at all", b"\x02\x00\x00\x00\x00\x00\x00\x00{}"])
def test_a_damaged_file_is_told(content):
    with pytest.raises(ModelError, match="install the package again"):
        unpack_reader(content)
