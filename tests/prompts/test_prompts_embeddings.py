import pytest
import torch

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.prompts import embeddings
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, OPERATIONS, plain_request

PROMPTS = ["remove the noise", "make it brighter"]


@pytest.fixture(scope="module")
def encoder():
    return TextEncoder.tiny(0)


@pytest.fixture
def loads(monkeypatch, tmp_path, encoder):
    """A table by the tiny encoder in place of the shipped one; the list counts how often BERT is loaded."""
    embeddings.write_table(PROMPTS, encoder, tmp_path)
    table = embeddings.read_table(tmp_path)
    monkeypatch.setattr(embeddings, "shipped_table", lambda: table)
    loaded = []

    def load():
        loaded.append(1)
        return encoder

    monkeypatch.setattr(embeddings, "_default_encoder", load)
    return loaded


def test_shipped_prompts_need_no_bert(loads, encoder):
    vectors = embeddings.embed([" Make it  BRIGHTER.", "", "remove the noise"])
    torch.testing.assert_close(vectors[[0, 2]], encoder.encode(PROMPTS)[[1, 0]], atol=1e-6, rtol=0)
    assert vectors[1].count_nonzero() == 0
    assert loads == []


def test_one_other_prompt_loads_bert_for_that_prompt(loads, encoder):
    vectors = embeddings.embed(["make it brighter", "give it a golden glow"])
    torch.testing.assert_close(vectors[1:], encoder.encode(["give it a golden glow"]), atol=1e-6, rtol=0)
    assert loads == [1]


def test_another_encoder_does_everything_itself(loads):
    other = TextEncoder.tiny(1)
    assert torch.equal(embeddings.embed(PROMPTS, other), other.encode(PROMPTS))
    assert loads == []


def test_no_prompts_and_one_string(loads):
    assert embeddings.embed([]).shape == (0, 32)
    with pytest.raises(UsageError, match="list of strings"):
        embeddings.embed("make it brighter")


def test_num_tokens_cut_loads_bert_only_for_long_prompts(loads):
    assert embeddings.num_tokens_cut("a " * 120) == 0
    assert loads == []
    assert embeddings.num_tokens_cut("a " * 260) == 6
    assert embeddings.num_tokens_cut("각" * 200) >= 0  # three letters each once decomposed
    assert loads == [1, 1]


@pytest.mark.parametrize("name", ["prompts.json", "prompts.safetensors"])
def test_a_damaged_table_is_a_model_error(tmp_path, encoder, name):
    embeddings.write_table(PROMPTS, encoder, tmp_path)
    (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match="install the package again"):
        embeddings.read_table(tmp_path)


def test_a_table_whose_parts_disagree_is_a_model_error(tmp_path, encoder):
    embeddings.write_table(PROMPTS, encoder, tmp_path)
    listing = (tmp_path / "prompts.json").read_text()
    (tmp_path / "prompts.json").write_text(listing.replace('"remove the noise",', ""))
    with pytest.raises(ModelError, match="damaged"):
        embeddings.read_table(tmp_path)


def test_the_table_in_the_package_holds_unit_vectors_of_minilm():
    table = embeddings.shipped_table()
    assert table.vectors.shape == (len(table.prompts), 384)
    torch.testing.assert_close(table.vectors.norm(dim=1), torch.ones(len(table.prompts)))
    assert len(table.rows()) == len(table.prompts)


def test_the_table_in_the_package_is_up_to_date():
    """If this fails, the wordings have changed: run recipes/prepare_prompts.py."""
    assert list(embeddings.shipped_table().prompts) == embeddings.canonical_prompts()


def test_the_default_request_and_every_operation_ship():
    prompts = embeddings.canonical_prompts()
    assert prompts[0] == embeddings.canonical(DEFAULT_REQUEST)
    for name in OPERATIONS:
        assert embeddings.canonical(plain_request(name)) in prompts
