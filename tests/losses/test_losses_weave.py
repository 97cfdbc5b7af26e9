import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.losses.objective import weave


def grid(scale: int, side_px: int) -> torch.Tensor:
    """The same 4 x 4 pattern of mean 0 in every block, (1, 3, side, side)."""
    torch.manual_seed(0)
    pattern = torch.randn(1, 3, scale, scale)
    pattern -= pattern.mean(dim=(2, 3), keepdim=True)
    return pattern.repeat(1, 1, side_px // scale, side_px // scale)


def test_a_pattern_that_repeats_counts_in_full():
    pattern = grid(4, 48)
    assert_close(weave(0.5 + 0.1 * pattern, torch.full_like(pattern, 0.5), 4), 0.1 * pattern.abs().mean()[None])


def test_a_change_of_colour_is_no_weave():
    target = torch.rand(2, 3, 48, 48)
    assert weave(target + 0.1, target, 4).max() < 1e-6


def test_texture_averages_out_and_a_weave_of_a_tenth_of_it_does_not():
    noise = torch.randn(1, 3, 96, 96, generator=torch.Generator().manual_seed(0))
    target = torch.zeros(1, 3, 96, 96)
    assert weave(noise, target, 4) < 0.2 * noise.abs().mean()
    assert weave(grid(4, 96), target, 4) > 4 * weave(noise, target, 4)


def test_each_sample_has_its_own_and_only_the_repeating_one_is_pulled():
    output = torch.cat([torch.full((1, 3, 48, 48), 0.5), 0.5 + 0.1 * grid(4, 48)]).requires_grad_()
    each = weave(output, torch.full((2, 3, 48, 48), 0.5), 4)
    assert each.tolist() == pytest.approx([0.0, each[1].item()])
    each.sum().backward()
    assert not output.grad[0].any()
    assert output.grad[1].any()
