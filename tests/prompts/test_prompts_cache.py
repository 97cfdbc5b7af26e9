import logging

import pytest
import torch

from srgan_prompt.errors import OutputError
from srgan_prompt.prompts.embeddings import CachedTextEncoder
from srgan_prompt.prompts.encoder import TextEncoder


class CountingEncoder:
    def __init__(self, encoder):
        self._encoder, self.dim, self.identity = encoder, encoder.dim, encoder.identity
        self.seen = []

    def encode(self, prompts):
        self.seen += prompts
        return self._encoder.encode(prompts)


@pytest.fixture(scope="module")
def tiny():
    return TextEncoder.tiny(0)


@pytest.fixture
def encoder(tiny):
    return CountingEncoder(tiny)


def test_every_sentence_is_encoded_once(encoder, tiny):
    cached = CachedTextEncoder(encoder)
    prompts = ["warm", "cool", "warm", ""]
    torch.testing.assert_close(cached.encode(prompts), tiny.encode(prompts), atol=1e-6, rtol=0)
    cached.encode(["cool", "sepia"])
    assert encoder.seen == ["warm", "cool", "", "sepia"]


def test_a_second_process_reads_the_file(encoder, tmp_path):
    first = CachedTextEncoder(encoder, tmp_path).encode(["warm", "cool", "\ud800"])
    assert [each.name for each in tmp_path.iterdir()] == [f"prompts-{encoder.identity}.safetensors"]
    encoder.seen.clear()
    assert torch.equal(CachedTextEncoder(encoder, tmp_path).encode(["cool", "warm", "\ud800"]), first[[1, 0, 2]])
    assert encoder.seen == []


def test_what_is_returned_may_be_changed(encoder):
    cached = CachedTextEncoder(encoder)
    cached.encode(["warm"]).zero_()
    assert cached.encode(["warm"]).norm() == pytest.approx(1)


@pytest.mark.parametrize("damage", [lambda b: b[:-4], lambda b: b"", lambda b: b"junk" * 99])
def test_a_damaged_file_is_made_again(encoder, tmp_path, damage, caplog):
    expected = CachedTextEncoder(encoder, tmp_path).encode(["warm"])
    (path,) = tmp_path.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert torch.equal(CachedTextEncoder(encoder, tmp_path).encode(["warm"]), expected)
    assert "made again" in caplog.text
    assert encoder.seen == ["warm", "warm"]


def test_a_foreign_file_under_our_name_is_made_again(encoder, tmp_path):
    other = TextEncoder.tiny(1)
    CachedTextEncoder(other, tmp_path).encode(["warm"])
    (path,) = tmp_path.iterdir()
    path.rename(tmp_path / f"prompts-{encoder.identity}.safetensors")
    CachedTextEncoder(encoder, tmp_path).encode(["warm"])
    assert encoder.seen == ["warm"]


def test_a_folder_that_cannot_be_written(encoder, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        CachedTextEncoder(encoder, tmp_path / "file").encode(["warm"])


def test_thirty_thousand_known_sentences_are_one_fast_lookup(tmp_path):
    class Ramp:
        dim, identity = 4, "ramp"

        def encode(self, prompts):
            return torch.arange(len(prompts) * 4, dtype=torch.float32).reshape(-1, 4)

    prompts = [f"brighten by {n}" for n in range(30_000)]
    CachedTextEncoder(Ramp(), tmp_path).encode(prompts)
    vectors = CachedTextEncoder(Ramp(), tmp_path).encode(prompts)
    assert vectors[29_999, 3] == 119_999
    assert len(list(tmp_path.iterdir())) == 1
