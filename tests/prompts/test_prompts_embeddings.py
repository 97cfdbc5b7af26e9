"""Shipped vectors where they exist, BERT for the rest, and a table that is whole or refused."""

import numpy as np
import pytest

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.prompts.embeddings import read_table, shipped_table, write_table
from srgan_prompt.prompts.encoder import TextEncoder
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, OPERATIONS, canonical, canonical_prompts, plain_request
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder

PROMPTS = ["remove the noise", "make it brighter"]


@pytest.fixture(scope="module")
def bert():
    return TextEncoder.tiny(0)


@pytest.fixture
def loads():
    """Counts how often BERT is loaded."""
    return []


@pytest.fixture
def table(tmp_path, bert):
    """By the tiny encoder, in place of the shipped one."""
    write_table(PROMPTS, bert, tmp_path)
    return read_table(tmp_path)


@pytest.fixture
def encoder(table, bert, loads):
    return BertPromptEncoder(table=table, load=lambda: loads.append(1) or bert)


def test_shipped_prompts_need_no_bert(encoder, bert, loads):
    vectors = encoder.embed([" Make it  BRIGHTER.", "", "remove the noise"])
    np.testing.assert_allclose(vectors[[0, 2]], bert.encode(PROMPTS)[[1, 0]], atol=1e-6, rtol=0)
    assert not vectors[1].any()
    assert loads == []


def test_one_other_prompt_loads_bert_for_that_prompt(encoder, bert, loads):
    vectors = encoder.embed(["make it brighter", "give it a golden glow"])
    np.testing.assert_allclose(vectors[1:], bert.encode(["give it a golden glow"]), atol=1e-6, rtol=0)
    assert loads == [1]


def test_another_encoder_does_everything_itself(table):
    other = TextEncoder.tiny(1)
    np.testing.assert_array_equal(BertPromptEncoder(other, table=table).embed(PROMPTS), other.encode(PROMPTS))


def test_no_prompts_and_one_string(encoder):
    assert encoder.embed([]).shape == (0, 32)
    with pytest.raises(UsageError, match="list of strings"):
        encoder.embed("make it brighter")


def test_num_tokens_cut_loads_bert_only_for_long_prompts(encoder, loads):
    assert encoder.num_tokens_cut("a " * 120) == 0
    assert loads == []
    assert encoder.num_tokens_cut("a " * 260) == 6
    assert encoder.num_tokens_cut("각" * 200) >= 0  # three letters each once decomposed
    assert loads == [1, 1]


@pytest.mark.parametrize("name", ["prompts.json", "prompts.safetensors"])
def test_a_damaged_table_is_a_model_error(tmp_path, bert, name):
    write_table(PROMPTS, bert, tmp_path)
    (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(ModelError, match="install the package again"):
        read_table(tmp_path)


def test_a_table_whose_parts_disagree_is_a_model_error(tmp_path, bert):
    write_table(PROMPTS, bert, tmp_path)
    listing = (tmp_path / "prompts.json").read_text()
    (tmp_path / "prompts.json").write_text(listing.replace('"remove the noise",', ""))
    with pytest.raises(ModelError, match="damaged"):
        read_table(tmp_path)


def test_the_table_in_the_package_holds_unit_vectors_of_minilm():
    table = shipped_table()
    assert table.vectors.shape == (len(table.prompts), 384)
    np.testing.assert_allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-5)
    assert len(table.rows) == len(table.prompts)


def test_the_table_in_the_package_is_up_to_date():
    """If this fails, the wordings have changed: run recipes/prepare_prompts.py."""
    assert list(shipped_table().prompts) == canonical_prompts()


def test_the_default_request_and_every_operation_ship():
    prompts = canonical_prompts()
    assert prompts[0] == canonical(DEFAULT_REQUEST)
    for name in OPERATIONS:
        assert canonical(plain_request(name)) in prompts
