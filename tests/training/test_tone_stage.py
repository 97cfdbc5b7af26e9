"""The stage on amounts alone: small amounts become exact, and nothing but the tone head moves."""

import pytest
import torch
from training_makers import differing

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.errors import UsageError
from srgan_prompt.models.generator import build_generator
from srgan_prompt.training.tone_stage import fit_tone, tone_shares

AMOUNTS = (0.05, 0.3, 1.0)
SMALL = {"channels": 64, "num_blocks": 1, "compose_after": (1,), "text_channels": 64, "text_features": "reading"}


@pytest.fixture
def generator():
    torch.manual_seed(0)
    return build_generator(GeneratorConfig(**SMALL))


@pytest.fixture
def contexts(generator):
    with torch.no_grad():
        return generator.global_features(torch.rand(20, 3, 16, 16))


def off_by_more_than_a_third(generator, contexts):
    shares = tone_shares(generator, contexts, AMOUNTS)
    return sum(abs(share - 1) > 1 / 3 for row in shares.values() for share in row)


def test_amounts_become_exact(generator, contexts):
    before = off_by_more_than_a_third(generator, contexts)
    fit_tone(generator, contexts, steps=1000, seed=0, num_requests=4000)
    assert before == 30
    assert off_by_more_than_a_third(generator, contexts) <= 4


def test_nothing_but_the_tone_head_moves_and_it_follows_from_the_seed(generator, contexts):
    before = {name: each.clone() for name, each in generator.state_dict().items()}
    fit_tone(generator, contexts, steps=2, seed=0, num_requests=100)
    once = {name: each.clone() for name, each in generator.state_dict().items()}
    assert {name.split(".")[0] for name in differing(once, before)} == {"tone_head"}
    generator.load_state_dict(before)
    fit_tone(generator, contexts, steps=2, seed=0, num_requests=100)
    assert differing(generator.state_dict(), once) == []


@pytest.mark.parametrize("setting", [{"tone": False}, {"text_features": "raw"}])
def test_a_network_without_amounts_is_refused(contexts, setting):
    generator = build_generator(GeneratorConfig(**SMALL | setting))
    with pytest.raises(UsageError, match="tone head on readings"):
        fit_tone(generator, contexts, steps=1, seed=0)
