"""A generator whose heads answer by rule, so that the loss can be read off."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn
from torch.testing import assert_close

from srgan_prompt.losses.objective import intent_loss
from srgan_prompt.models.generator import Generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.requests import RequestTensors, as_tensors
from srgan_prompt.prompts.operations import Request, plain_request

TEXT = torch.eye(4)
REQUESTS = [plain_request("brighten"), plain_request("restore", "crisp"), plain_request("sepia"), Request()]


class Answers(nn.Module):
    """Gives ``answer`` whatever it is asked."""

    def __init__(self, answer: Tensor) -> None:
        super().__init__()
        self.answer = answer

    def forward(self, *_asked: Tensor) -> Tensor:
        return self.answer


@pytest.fixture
def meaning() -> RequestTensors:
    return as_tensors(REQUESTS)


def generator_that_says(said: RequestTensors, *, tone: bool = True) -> Generator:
    generator = Generator(GeneratorConfig(channels=8, num_blocks=1, compose_after=(), text_dim=4, tone=tone))
    generator.intent_head = Answers(said.intent)
    if tone:
        generator.tone_head = Answers(said.tone)
    return generator


def test_exact_answers_cost_nothing(meaning):
    assert intent_loss(generator_that_says(meaning), TEXT, meaning, torch.zeros(4, 8)) == 0


def test_tone_counts_absolutely_and_intent_squared(meaning):
    off = replace(meaning, tone=meaning.tone + 0.2)
    assert_close(intent_loss(generator_that_says(off), TEXT, meaning, torch.zeros(4, 8)), torch.tensor(0.2))
    off = replace(meaning, intent=meaning.intent - 0.5)
    assert_close(intent_loss(generator_that_says(off), TEXT, meaning, torch.zeros(4, 8)), torch.tensor(0.25))


def test_without_a_tone_head_only_intent_counts(meaning):
    off = replace(meaning, intent=meaning.intent + 0.5)
    generator = generator_that_says(off, tone=False)
    assert_close(intent_loss(generator, TEXT, meaning, torch.zeros(4, 8)), torch.tensor(0.25))


def test_an_empty_prompt_changes_no_tone_whatever_the_head_says(meaning):
    shouting = replace(meaning, tone=meaning.tone.new_ones(4, 3, 7))
    nothing = as_tensors([Request()] * 4)
    generator = generator_that_says(replace(shouting, intent=nothing.intent))
    assert intent_loss(generator, torch.zeros(4, 4), nothing, torch.zeros(4, 8)) == 0


def test_a_few_steps_teach_the_tower_what_sentences_mean(meaning):
    torch.manual_seed(0)
    generator = Generator(GeneratorConfig(channels=8, num_blocks=1, compose_after=(), text_dim=4))
    context = torch.rand(4, 8)
    optimiser = torch.optim.Adam(generator.parameters(), lr=3e-3)
    losses = []
    for _ in range(60):
        loss = intent_loss(generator, TEXT, meaning, context)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.25 * losses[0]
    assert generator.text_tower[0].weight.grad.any()
    assert generator.head[0].weight.grad is None  # no image was upscaled
