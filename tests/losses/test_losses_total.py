import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.config import LossConfig
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.losses.objective import Objective, weigh
from srgan_prompt.losses.perceptual import LpipsLoss
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import plain_request

CONFIG = LossConfig(
    pixel_weight=2.0, perceptual_weight=0.5, lpips_weight=0.25, adversarial_weight=0.1, crisp_pixel_share=0.2
)
NAMES = ("pixel", "perceptual", "lpips", "adversarial")


def terms() -> dict[str, torch.Tensor]:
    """Two samples of every term."""
    return {name: torch.tensor([1.0, 3.0], requires_grad=True) for name in NAMES}


def test_the_equation():
    """c = (0, 0.5), ramp = 0.8: wanted = (0, 0.4), so pixel weights are 2 (1, 1 - 0.4 * 0.8)."""
    weighed = weigh(terms(), torch.tensor([0.0, 0.5]), 0.8, CONFIG)
    assert_close(weighed["pixel"], torch.tensor((2.0 * 1 + 2.0 * 0.68 * 3) / 2))
    assert_close(weighed["perceptual"], torch.tensor(0.5 * 0.4 * 3 / 2))
    assert_close(weighed["lpips"], torch.tensor(0.25 * 0.4 * 3 / 2))
    assert_close(weighed["adversarial"], torch.tensor(0.1 * 0.4 * 3 / 2))


def test_faithful_samples_feel_no_adversary():
    each = terms()
    sum(weigh(each, torch.tensor([0.0, 1.0]), 1.0, CONFIG).values()).backward()
    assert each["adversarial"].grad.tolist() == pytest.approx([0, 0.05])
    assert each["perceptual"].grad.tolist() == pytest.approx([0, 0.25])
    assert each["lpips"].grad.tolist() == pytest.approx([0, 0.125])
    assert each["pixel"].grad.tolist() == pytest.approx([1.0, 0.2])


def test_before_the_ramp_there_are_only_pixels():
    weighed = weigh(terms(), torch.ones(2), 0.0, CONFIG)
    assert weighed["perceptual"] == weighed["lpips"] == weighed["adversarial"] == 0
    assert_close(weighed["pixel"], torch.tensor(4.0))


def test_terms_that_were_not_computed_are_not_invented():
    assert set(weigh({"pixel": torch.ones(2)}, torch.ones(2), 1.0, CONFIG)) == {"pixel"}


def test_distances_without_a_weight_are_not_built(random_alexnet):
    cpu, bank = torch.device("cpu"), PromptBank(torch.zeros(1, 4), as_tensors([plain_request("sepia")]))
    plain = Objective.build(LossConfig(), bank, cpu)
    assert (plain.distances, plain.perceptual) == ({}, None)
    built = Objective.build(LossConfig(lpips_weight=1.0), bank, cpu)
    assert [(name, type(each)) for name, each in built.distances.items()] == [("lpips", LpipsLoss)]
    assert built.perceptual is None
