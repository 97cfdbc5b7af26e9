"""Sentences to vectors, whatever is pasted (P1): any script, any length, and how much of it is read."""

import json

import pytest
import torch

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.prompts.encoder import TextEncoder


@pytest.fixture(scope="module")
def encoder() -> TextEncoder:
    return TextEncoder.tiny(0)


@pytest.fixture
def saved(encoder, tmp_path):
    encoder.model.save_pretrained(tmp_path)
    encoder.tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_vectors_are_unit_float32_on_the_cpu(encoder):
    vectors = encoder.encode(["make it brighter", "remove the noise"])
    assert vectors.shape == (2, encoder.dim) == (2, 32)
    assert (vectors.dtype, vectors.device.type) == (torch.float32, "cpu")
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))
    assert not vectors.requires_grad


def test_the_vector_is_the_masked_mean_of_the_last_layer(encoder):
    prompts = ["warm", "a much longer sentence than the first"]
    for prompt, vector in zip(prompts, encoder.encode(prompts), strict=True):
        ids = torch.tensor([encoder.tokenizer(prompt)["input_ids"]])
        mean = encoder.model(input_ids=ids).last_hidden_state.mean(1)[0]
        torch.testing.assert_close(vector, mean / mean.norm(), atol=1e-5, rtol=0)


def test_different_sentences_differ(encoder):
    first, second = encoder.encode(["make it brighter", "remove the noise"])
    assert first @ second < 0.95


@pytest.mark.parametrize("prompt", ["", "  \n", "\x00", "\ud800", "\u200b"])
def test_no_words_give_zeros(encoder, prompt):
    vectors = encoder.encode([prompt, "warm"])
    assert vectors[0].count_nonzero() == 0
    assert vectors[1].norm() == pytest.approx(1)


@pytest.mark.parametrize("prompt", ["日本語で明るく", "أزل الضوضاء", "🌅✨", "x" * 5000, "word " * 3000, "a\ud800b"])
def test_p1_any_script_and_length_is_finite(encoder, prompt):
    assert encoder.encode([prompt])[0].norm() == pytest.approx(1)


def test_the_batch_and_its_order_do_not_matter(encoder):
    prompts = [f"brighten by {n} percent" + " please" * (n % 5) for n in range(40)]
    together = encoder.encode(prompts)
    alone = torch.cat([encoder.encode([prompt]) for prompt in prompts])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_no_prompts(encoder):
    assert encoder.encode([]).shape == (0, 32)


def test_one_string_is_refused(encoder):
    with pytest.raises(UsageError, match="list of strings"):
        encoder.encode("make it brighter")


def test_p1_a_long_prompt_is_cut_and_says_so(encoder):
    """One word piece beyond the limit, which is 256 here (CLIP has 77), is one too many."""
    assert encoder.num_tokens_cut("a " * 254) == 0
    assert encoder.num_tokens_cut("a " * 255) == 1
    assert encoder.num_tokens_cut("a " * 260) == 6
    assert encoder.num_tokens_cut("") == 0
    cut, whole = encoder.encode(["a " * 260, "a " * 254])
    torch.testing.assert_close(cut, whole)


def test_tiny_is_seeded_and_leaves_the_global_generator_alone(encoder):
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    again, other = TextEncoder.tiny(0), TextEncoder.tiny(1)
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(again.encode(["warm"]), encoder.encode(["warm"]))
    assert not torch.equal(other.encode(["warm"]), encoder.encode(["warm"]))
    assert again.identity == encoder.identity != other.identity
    assert len(encoder.identity) == 16


def test_vectors_may_enter_a_backward_pass(encoder):
    layer = torch.nn.Linear(32, 1)
    layer(encoder.encode(["warm"])).sum().backward()
    assert layer.weight.grad is not None


def test_load_from_a_folder(saved, encoder, capfd):
    loaded = TextEncoder.load(saved)
    torch.testing.assert_close(loaded.encode(["warm"]), encoder.encode(["warm"]))
    assert loaded.identity == TextEncoder.load(str(saved)).identity
    assert capfd.readouterr() == ("", "")


def test_other_weights_have_another_identity(saved):
    before = TextEncoder.load(saved).identity
    TextEncoder.tiny(1).model.save_pretrained(saved)
    assert TextEncoder.load(saved).identity != before


def test_damaged_weights_are_a_model_error(saved):
    weights = saved / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-8])
    with pytest.raises(ModelError, match="cannot be loaded"):
        TextEncoder.load(saved)


def test_incomplete_weights_are_a_model_error(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 3}))
    with pytest.raises(ModelError, match="not a complete BERT"):
        TextEncoder.load(saved)


def test_code_in_the_folder_is_not_run(saved):
    config = json.loads((saved / "config.json").read_text())
    (saved / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoModel": "evil.Model"}}))
    (saved / "evil.py").write_text("raise SystemExit('executed')")
    assert TextEncoder.load(saved).dim == 32
