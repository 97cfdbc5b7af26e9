"""A training run, or a checkpoint of one, is taken for a model: its averaged weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_models import TINY, TINY_READING

from srgan_prompt.checkpoints.card import push_to_hub
from srgan_prompt.checkpoints.model import load_model
from srgan_prompt.config import TrainConfig
from srgan_prompt.errors import ModelError
from srgan_prompt.inference.describe import describe_model
from srgan_prompt.inference.load import resolve
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.training.state import TrainState


def save_run(run: Path, generator: GeneratorConfig, steps: tuple[int, ...] = (1, 2)) -> TrainState:
    config = TrainConfig(run=run, generator=generator, prompts={"encoder": "tiny"})
    state = TrainState.new(config, torch.device("cpu"))
    for state.step in steps:
        with torch.no_grad():
            state.ema.module.tail.to_pixels.bias.add_(0.1)
        state.save(run / "checkpoints", config)
    return state


@pytest.mark.parametrize("place", [".", "checkpoints", "checkpoints/step_00000002"])
def test_the_newest_averaged_weights_are_taken(tmp_path, photo, place):
    state = save_run(tmp_path / "run", TINY_READING)
    upscaler = Upscaler.from_pretrained(tmp_path / "run" / place, device="cpu", precision="fp32")
    expected = Upscaler.from_generator(state.ema.module, device="cpu", precision="fp32")
    np.testing.assert_array_equal(upscaler(photo, "").array, expected(photo, "").array)
    assert describe_model(str(tmp_path / "run" / place))["train_step"] == 2
    facts = resolve(tmp_path / "run" / place).known_facts()
    assert facts == upscaler.model.engine.facts


def test_a_run_on_raw_embeddings_brings_its_encoder(tmp_path):
    save_run(tmp_path, TINY.model_copy(update={"text_dim": 32}))
    assert Upscaler.from_pretrained(tmp_path, device="cpu").model.embed(["warmer"]).shape == (1, 32)


def test_a_run_becomes_a_model_folder(tmp_path, photo):
    save_run(tmp_path / "run", TINY_READING)
    upscaler = Upscaler.from_pretrained(tmp_path / "run", device="cpu", precision="fp32")
    upscaler.save_pretrained(tmp_path / "model")
    again = Upscaler.from_pretrained(tmp_path / "model", device="cpu", precision="fp32")
    np.testing.assert_array_equal(again(photo, "").array, upscaler(photo, "").array)


def test_a_run_without_a_checkpoint_is_one_sentence(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(ModelError, match=r"is a run without a checkpoint yet; train on"):
        load_model(tmp_path)


def test_a_run_is_not_published(tmp_path, fake_hub):
    save_run(tmp_path, TINY_READING)
    with pytest.raises(ModelError, match=r"is a training run; make a model of it with recipes/release\.py first"):
        push_to_hub(tmp_path, "me/mine")
