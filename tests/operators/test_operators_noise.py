import numpy as np
import pytest
import torch
from torch import Tensor

from srgan_prompt.operators.corruptions import NOISE_KINDS, Noise, sample_noise


def drawn(kind: str, std: float = 0.1, signal: float = 0.5, seed: int = 0) -> Tensor:
    """Noise (3, 128, 128) on a flat image."""
    flat = torch.full((1, 3, 128, 128), signal)
    return sample_noise(flat, [Noise(kind, std)], [np.random.default_rng(seed)])[0]


def neighbour_correlation(channel: Tensor, distance_px: int) -> float:
    return ((channel[distance_px:] * channel[:-distance_px]).mean() / channel.var()).item()


@pytest.mark.parametrize("std", [8 / 255, 40 / 255])
@pytest.mark.parametrize("kind", [kind for kind in NOISE_KINDS if kind != "shot"])
def test_noise_has_its_deviation_whatever_the_signal(kind, std):
    for signal in (0.1, 0.9):
        noise = drawn(kind, std, signal)
        assert noise.std(dim=(1, 2)).tolist() == pytest.approx([std] * 3, rel=0.06)
        assert noise.mean().item() == pytest.approx(0, abs=std / 10)


@pytest.mark.parametrize("signal", [0.0, 0.25, 1.0])
def test_shot_noise_grows_with_the_root_of_the_signal(signal):
    assert drawn("shot", signal=signal).std().item() == pytest.approx(0.1 * signal**0.5, rel=0.03)


@pytest.mark.parametrize("kind", ["gaussian", "shot"])
def test_white_noise_is_independent_between_channels_and_pixels(kind):
    noise = drawn(kind)
    assert torch.corrcoef(noise.flatten(1)).fill_diagonal_(0).abs().max() < 0.03
    assert abs(neighbour_correlation(noise[0], 1)) < 0.03


@pytest.mark.parametrize(("kind", "correlation"), [("grey", 0.0), ("grain", 0.5)])
def test_grey_noise_is_the_same_in_all_channels_and_grain_is_soft_too(kind, correlation):
    """A mean over 2 x 2 pixels shares half of them with the next."""
    noise = drawn(kind)
    assert torch.equal(noise[0], noise[1])
    assert torch.equal(noise[1], noise[2])
    assert neighbour_correlation(noise[0], 1) == pytest.approx(correlation, abs=0.05)


def test_colour_noise_is_blotches_of_mixed_channels():
    noise = drawn("colour")
    assert [neighbour_correlation(noise[0], distance) for distance in (1, 2, 3)] == pytest.approx(
        [2 / 3, 1 / 3, 0], abs=0.06
    )
    mixed = [torch.corrcoef(drawn("colour", seed=seed).flatten(1))[0, 1].item() for seed in range(8)]
    assert max(mixed) > 0.3
    assert min(mixed) < -0.3


def test_images_have_noise_of_their_own_or_none():
    signal = torch.full((3, 3, 16, 16), 0.5)
    noises = [Noise("grain", 0.1), None, Noise("shot", 0.1)]
    together = sample_noise(signal, noises, [np.random.default_rng(seed) for seed in range(3)])
    assert not together[1].any()
    for row in (0, 2):
        alone = sample_noise(signal[[row]], [noises[row]], [np.random.default_rng(row)])
        assert torch.equal(together[[row]], alone)
        assert together[row].any()
