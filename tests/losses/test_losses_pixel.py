import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.losses.objective import PIXEL_LOSSES, charbonnier, l1, l2


@pytest.fixture
def pair():
    """Two samples whose every pixel is off by 0.3, and by 0."""
    target = torch.full((2, 3, 4, 5), 0.5)
    output = target.clone()
    output[0] += 0.3
    return output, target


def test_l1_and_l2_are_the_mean_absolute_and_squared_difference(pair):
    assert_close(l1(*pair), torch.tensor([0.3, 0.0]))
    assert_close(l2(*pair), torch.tensor([0.09, 0.0]))


def test_charbonnier_is_a_smooth_l1(pair):
    assert_close(charbonnier(*pair), torch.tensor([(0.09 + 1e-6) ** 0.5, 1e-3]))


def test_charbonnier_has_a_gradient_of_0_at_the_answer():
    output = torch.full((1, 3, 2, 2), 0.5, requires_grad=True)
    charbonnier(output, torch.full((1, 3, 2, 2), 0.5)).sum().backward()
    assert not output.grad.any()


@pytest.mark.parametrize("name", PIXEL_LOSSES)
def test_the_gradient_moves_the_output_towards_the_target(name):
    output = torch.tensor([0.2, 0.8]).view(2, 1, 1, 1).expand(2, 3, 2, 2).clone().requires_grad_()
    PIXEL_LOSSES[name](output, torch.full((2, 3, 2, 2), 0.5)).sum().backward()
    assert (output.grad[0] < 0).all()  # minimising raises it
    assert (output.grad[1] > 0).all()
