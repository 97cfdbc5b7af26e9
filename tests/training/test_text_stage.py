"""The stage on sentences alone: it teaches words, touches nothing else, and follows from the seed."""

import pytest
import torch
from training_makers import differing, everything, make_trainer, tiny_config

from srgan_prompt.losses.objective import intent_loss
from srgan_prompt.training.text_stage import fit_text

LEARNS = ("text_tower", "intent_head", "context_encoder", "tone_head")


def taught(tmp_path, text_steps):
    trainer = make_trainer(
        tiny_config(tmp_path, text_steps=text_steps, generator={"channels": 32, "text_channels": 32})
    )
    before = everything(trainer.state)
    loss = fit_text(trainer.state.generator, trainer.state.ema, trainer.objective.bank, trainer.batches, trainer.config)
    return trainer, before, loss


def all_sentences_loss(trainer):
    bank, generator = trainer.objective.bank, trainer.state.generator
    with torch.no_grad():
        context = generator.global_features(trainer.batches(99).lr[:1]).expand(len(bank), -1)
        return intent_loss(generator, bank.embeddings, bank.meaning, context).item()


def test_it_teaches_words(tmp_path):
    untaught, _, _ = taught(tmp_path / "none", 0)
    trainer, _, loss = taught(tmp_path / "some", 300)
    assert loss == pytest.approx(0.024, abs=0.01)
    assert all_sentences_loss(trainer) < all_sentences_loss(untaught) / 3  # 0.114 to 0.023


def test_it_moves_text_and_tone_and_nothing_else(tmp_path):
    trainer, before, _ = taught(tmp_path, 2)
    moved = differing(everything(trainer.state), before)
    assert {name.split(".")[0] for name in moved} == {"generator", "ema"}
    assert {name.split(".")[1] for name in moved} == set(LEARNS)
    state = trainer.state
    assert all(map(torch.equal, state.generator.state_dict().values(), state.ema.module.state_dict().values()))


def test_it_follows_from_the_seed(tmp_path):
    one, other = (taught(tmp_path, 3)[0] for _ in range(2))
    assert differing(everything(one.state), everything(other.state)) == []


@pytest.mark.parametrize("composition", ["none", "film"])
def test_a_run_without_tone_or_without_text(tmp_path, composition):
    depths = () if composition == "none" else (1,)
    generator = {"composition": composition, "tone": False, "compose_after": depths}
    trainer = make_trainer(tiny_config(tmp_path, pixel_steps=1, gan_steps=0, generator=generator))
    trainer.fit()
    assert trainer.state.step == 1
