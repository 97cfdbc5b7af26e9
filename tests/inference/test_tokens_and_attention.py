"""Networks with self-attention and of tokens, as users meet them: tiles, folders, notes, exports."""

import numpy as np
import pytest
from precisions import in_each_precision
from tiny_models import TINY, make_generator

from srgan_prompt.checkpoints.model import load_model, save_model
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.ncnn.export import export_ncnn
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.network_config import AttentionConfig

TOKENS = TINY.model_copy(update={"text_features": "tokens", "text_tokens": 10, "composition": "attention"})
NEIGHBOURS = TINY.model_copy(update={"attention": AttentionConfig(after=(1, 2), kernel_px=5)})
BOTH = TOKENS.model_copy(update={"attention": AttentionConfig(after=(1,))})
PROMPT = "remove the noise, warmer"


@in_each_precision
@pytest.mark.parametrize("shape", [(1, 3), (33, 70), (64, 61)])
def test_tiled_equals_whole(precision, shape):
    upscaler = Upscaler.from_generator(make_generator(BOTH), precision=precision)
    image = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    whole = upscaler(image, PROMPT, tile="off").array.astype(int)
    assert np.abs(upscaler(image, PROMPT, tile=32).array - whole).max() <= 1
    assert np.abs(upscaler(image, "", tile="off").array - whole).max() > 1


def test_a_model_of_tokens_is_saved_and_loaded_with_its_reader(tmp_path, photo):
    upscaler = Upscaler.from_generator(make_generator(TOKENS), precision="fp32")
    upscaler.save_pretrained(tmp_path / "model")
    again = Upscaler.from_pretrained(tmp_path / "model", precision="fp32")
    assert np.array_equal(again(photo, PROMPT).array, upscaler(photo, PROMPT).array)
    assert load_model(tmp_path / "model").encoder.identity == upscaler.model.sentences.identity


def test_a_model_of_another_reader_is_refused(tmp_path):
    Upscaler.from_generator(make_generator(TOKENS)).save_pretrained(tmp_path / "model")
    saved = load_model(tmp_path / "model")
    other = saved.encoder.model_copy(update={"identity": "0" * 16})
    save_model(tmp_path / "other", saved.state, saved.config, "card", train_step=0, encoder=other)
    with pytest.raises(ModelError, match="trained on the states of another prompt reader"):
        Upscaler.from_pretrained(tmp_path / "other")
    with pytest.raises(UsageError, match="needs no text encoder"):
        Upscaler.from_pretrained(tmp_path / "model", text_encoder="tiny")


@pytest.mark.parametrize("export", [export_onnx, export_ncnn])
@pytest.mark.parametrize(("config", "name"), [(TOKENS, "generator.text_features"), (NEIGHBOURS, "generator.attention")])
def test_exports_are_refused_and_nothing_is_written(tmp_path, export, config, name):
    path = tmp_path / ("model.onnx" if export is export_onnx else "model.param")
    with pytest.raises(UsageError, match=name):
        export(Upscaler.from_generator(make_generator(config)), path, PROMPT, bake=True)
    assert list(tmp_path.iterdir()) == []


def test_attention_costs_time_and_overlap():
    plain, attentive = NetworkFacts.of(TINY), NetworkFacts.of(NEIGHBOURS)
    assert attentive.flops_per_px > plain.flops_per_px
    assert attentive.bytes_per_px > plain.bytes_per_px
    assert attentive.receptive_radius_px == plain.receptive_radius_px + 4
