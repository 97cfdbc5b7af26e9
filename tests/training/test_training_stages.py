"""The stages on sentences and on amounts alone: each teaches its own part and touches nothing else."""

import pytest
import torch
from training_makers import differing, everything, make_trainer, tiny_config

from srgan_prompt.errors import UsageError
from srgan_prompt.grammar.prompt_bank import exact_readings
from srgan_prompt.losses.objective import intent_loss
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import TONE, Clause, Request
from srgan_prompt.training.steps import fit_text, fit_tone

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


AMOUNTS = (0.05, 0.3, 1.0)
SMALL = {"channels": 64, "num_blocks": 1, "compose_after": (1,), "text_channels": 64, "text_features": "reading"}


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return build_generator(GeneratorConfig(**SMALL))


@pytest.fixture
def features(generator):
    with torch.no_grad():
        return generator.global_features(torch.rand(20, 3, 16, 16))


@torch.no_grad()
def share_done(generator, features, request):
    """The part of the network's change that lies along the exact one: 1 is exact, 0 nothing."""
    wanted = as_tensors([request]).tone
    reading = exact_readings([request], generator.config.intents).expand(len(features), -1)
    done = generator.tone_change(TextConditioning.of(reading).map_texts(generator.text_tower), features)
    return ((done * wanted).sum(dim=(1, 2)) / wanted.square().sum()).mean().item()


def off_by_more_than_a_third(generator, features):
    requests = [Request((Clause(name, amount),)) for name in TONE for amount in AMOUNTS]
    return sum(abs(share_done(generator, features, request) - 1) > 1 / 3 for request in requests)


def test_amounts_become_exact(generator, features):
    before = off_by_more_than_a_third(generator, features)
    fit_tone(generator, features, steps=1000, seed=0, num_requests=4000)
    assert before == 30
    assert off_by_more_than_a_third(generator, features) <= 4


def test_nothing_but_the_tone_head_moves_and_it_follows_from_the_seed(generator, features):
    before = {name: each.clone() for name, each in generator.state_dict().items()}
    fit_tone(generator, features, steps=2, seed=0, num_requests=100)
    once = {name: each.clone() for name, each in generator.state_dict().items()}
    assert {name.split(".")[0] for name in differing(once, before)} == {"tone_head"}
    generator.load_state_dict(before)
    fit_tone(generator, features, steps=2, seed=0, num_requests=100)
    assert differing(generator.state_dict(), once) == []


@pytest.mark.parametrize("setting", [{"tone": False}, {"text_features": "raw"}])
def test_a_network_without_amounts_is_refused(features, setting):
    generator = build_generator(GeneratorConfig(**SMALL | setting))
    with pytest.raises(UsageError, match="tone head on readings"):
        fit_tone(generator, features, steps=1, seed=0)
