"""The stage on amounts alone: small amounts become exact, and nothing but the tone head moves."""

import pytest
import torch
from training_makers import differing

from srgan_prompt.errors import UsageError
from srgan_prompt.grammar.prompt_bank import exact_readings
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import TONE, Clause, Request
from srgan_prompt.training.tone_stage import fit_tone

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
