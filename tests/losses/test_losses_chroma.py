"""The term against stains of false colour: what it counts, and what it lets pass."""

import torch
from torch.testing import assert_close

from srgan_prompt.images.color import LUMA
from srgan_prompt.losses.objective import chroma


def test_light_and_dark_do_not_count():
    target = torch.rand(2, 3, 8, 9)
    assert chroma(target + 0.2 * torch.randn(2, 1, 8, 9), target).max() < 1e-6


def test_a_stain_counts_by_how_far_it_is_from_grey():
    target = torch.full((1, 3, 8, 8), 0.5)
    stained = target.clone()
    stained[:, 0, :4] += 0.1  # half of the image is too red
    red = LUMA[0]
    assert_close(chroma(stained, target), torch.tensor([0.1 * (1 - red + 2 * red) / 3 / 2]))
    assert_close(chroma(target, stained), chroma(stained, target))


def test_each_sample_is_judged_by_itself():
    output = torch.full((2, 3, 8, 8), 0.5)
    output[1, 2] = 0.7
    clean, stained = chroma(output, torch.full((2, 3, 8, 8), 0.5)).tolist()
    assert clean == 0 < stained
