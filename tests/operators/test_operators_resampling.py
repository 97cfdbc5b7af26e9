from itertools import product

import pytest
import torch
import torch.nn.functional as F
from torch.testing import assert_close

from srgan_prompt.operators.filters import Resample, down, there_and_back, up

MODES = ("area", "bilinear", "bicubic")


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_up_and_down_are_bicubic_interpolation_and_undo_each_other_for_smooth_images(scale):
    image = torch.rand(2, 3, 7 * scale, 9 * scale, generator=torch.Generator().manual_seed(0))
    options = {"mode": "bicubic", "align_corners": False}
    assert_close(up(image, scale), F.interpolate(image, scale_factor=scale, **options), atol=1e-5, rtol=0)
    smaller = F.interpolate(image, scale_factor=1 / scale, antialias=True, **options)
    assert_close(down(image, scale), smaller.clamp(0, 1), atol=1e-5, rtol=0)
    ramp = torch.linspace(0.2, 0.8, 24).expand(1, 3, 24, 24)
    assert_close(down(up(ramp, scale), scale)[..., 3:-3], ramp[..., 3:-3], atol=1e-3, rtol=0)


@pytest.mark.parametrize(("there", "back"), list(product(MODES, MODES)))
def test_there_and_back_is_two_interpolations(there, back):
    image = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0))
    smaller = F.interpolate(image, size=(12, 18), mode=there, **({} if there == "area" else {"antialias": True}))
    expected = F.interpolate(smaller, size=(20, 30), mode=back)
    assert_close(there_and_back(image, [Resample(0.6, there, back)]), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.2])
def test_there_and_back_shifts_nothing_and_keeps_flat_images(factor):
    resample = Resample(factor, "bilinear", "bicubic")
    flat = torch.full((1, 3, 32, 32), 0.3)
    assert_close(there_and_back(flat, [resample]), flat, atol=1e-5, rtol=0)
    ramp = torch.linspace(0.2, 0.8, 32).expand(1, 3, 32, 32)
    assert_close(there_and_back(ramp, [resample])[..., 6:-6], ramp[..., 6:-6], atol=2e-3, rtol=0)


def test_images_are_resampled_alone_or_not_at_all():
    image = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    resamples = [Resample(0.5, "area", "bicubic"), None, Resample(0.9, "bilinear", "bilinear")]
    together = there_and_back(image, resamples)
    assert torch.equal(together[1], image[1])
    for row in (0, 2):
        assert_close(together[[row]], there_and_back(image[[row]], [resamples[row]]), atol=1e-6, rtol=0)
        assert (together[row] - image[row]).abs().mean() > 0.02
    assert torch.equal(there_and_back(image, [None] * 3), image)


def test_at_high_resolution_an_image_passes_through_as_few_pixels():
    image = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    passed = there_and_back(image, [Resample(0.5, "area", "bilinear")], scale=4)
    expected = F.interpolate(F.interpolate(image, size=(8, 8), mode="area"), size=(64, 64), mode="bilinear")
    assert_close(passed, expected, atol=1e-5, rtol=0)
