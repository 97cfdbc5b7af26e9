"""Sentences reach an audited generator as they would in an upscaler: as readings, or as raw embeddings."""

import pytest
import torch
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt.checkpoints.model import save_model
from srgan_prompt.config import TrainConfig
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.reading import PackagedReader, Reading
from srgan_prompt.training.state import TrainState

WARMER = Reading({"warm": 0.5, "crisp": 1.0})


@pytest.fixture
def few_words(monkeypatch):
    """The package's reader knows one sentence."""
    few = FewWordsReader({"warmer, crisp": WARMER})
    monkeypatch.setattr(PackagedReader, "read", lambda self, prompts: few.read(prompts))


def hears_readings(model):
    texts = model.embed(["warmer, crisp", "a gray wolf", ""])
    assert torch.equal(texts, torch.from_numpy(WARMER.vector()) * torch.tensor([[1.0], [0.0], [0.0]]))
    assert torch.equal(model.intents(["warmer, crisp"]), texts[:1])
    assert model.reader.read(["warmer, crisp"]) == [WARMER]
    return texts.shape == (3, len(INTENTS))


@pytest.mark.usefixtures("few_words")
def test_a_model_folder_and_a_checkpoint_of_readings(tmp_path):
    generator = make_generator(TINY_READING)
    save_model(tmp_path / "model", generator.state_dict(), TINY_READING.model_dump(mode="json"), "", train_step=0)
    assert hears_readings(AuditModel.load(tmp_path / "model"))
    config = TrainConfig(generator=TINY_READING, prompts={"encoder": "tiny"})
    checkpoint = TrainState.new(config, torch.device("cpu")).save(tmp_path / "checkpoints", config)
    assert hears_readings(AuditModel.load(checkpoint))


def test_a_model_at_hand_brings_its_own_reader():
    upscaler = Upscaler.from_generator(make_generator(TINY_READING), reader=FewWordsReader({"warmer, crisp": WARMER}))
    assert hears_readings(AuditModel.of(upscaler.model))


def test_a_checkpoint_of_raw_embeddings_is_heard_by_its_encoder(model, tmp_path):
    config = TrainConfig(generator=model.generator.config, prompts={"encoder": "tiny"})
    checkpoint = TrainState.new(config, torch.device("cpu")).save(tmp_path, config)
    assert torch.equal(AuditModel.load(checkpoint).embed(["warmer"]), model.embed(["warmer"]))
