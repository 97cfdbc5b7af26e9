import sys

import numpy as np
import pytest
import safetensors.torch
import torch
from random_vgg16 import random_dists_weights, random_vgg16_state
from skimage.metrics import structural_similarity

from srgan_prompt.assets import metric_networks
from srgan_prompt.assets.metric_networks import load_lpips
from srgan_prompt.errors import UsageError
from srgan_prompt.evaluation import metrics
from srgan_prompt.evaluation.metrics import as_rgb8, dists, lpips, luma, psnr, psnr_rgb, psnr_y, ssim_y


@pytest.fixture
def images():
    """A smooth image and a noisy copy, uint8."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[0:72, 0:90]
    target = np.stack([128 + 90 * np.sin(rows / k) * np.cos(columns / 9) for k in (7, 8, 9)], axis=-1)
    noisy = target + rng.normal(0, 12, target.shape)
    return tuple(image.clip(0, 255).round().astype(np.uint8) for image in (noisy, target))


@pytest.mark.parametrize(
    ("rgb", "expected"),
    [((0, 0, 0), 16), ((255, 255, 255), 235), ((255, 0, 0), 81.481), ((0, 255, 0), 144.553), ((0, 0, 255), 40.966)],
)
def test_luma_is_bt601_between_16_and_235(rgb, expected):
    assert luma(np.full((1, 1, 3), rgb, np.uint8))[0, 0] == pytest.approx(expected, abs=1e-9)


def test_psnr_of_a_known_error():
    target = np.full((40, 40, 3), 100, np.uint8)
    assert psnr_y(target + 10, target, 4) == pytest.approx(20 * np.log10(255 / (10 * 219 / 255)), abs=1e-9)
    assert psnr_y(target, target, 4) == float("inf")


def test_psnr_of_errors_of_any_shape():
    assert psnr(np.array([[0.01, 1.0, 0.0]])).tolist() == [[20, 0, np.inf]]
    assert psnr(255.0**2 / 10, peak=255) == pytest.approx(10)


def test_psnr_over_rgb_counts_every_colour_and_the_border():
    target = np.full((40, 40, 3), 100, np.uint8)
    output = target.copy()
    output[0, 0, 2] = 160
    assert psnr_rgb(output, target) == psnr_rgb(target, output)
    assert psnr_rgb(output, target) == pytest.approx(10 * np.log10(255**2 / (60**2 / (40 * 40 * 3))), abs=1e-9)
    assert psnr_rgb(target, target) == float("inf")


def test_the_border_of_scale_pixels_does_not_count():
    target = np.full((40, 40, 3), 100, np.uint8)
    output = target.copy()
    output[:4], output[-4:], output[:, :4], output[:, -4:] = 0, 0, 0, 0
    assert psnr_y(output, target, 4) == float("inf")
    assert psnr_y(output, target, 3) < 40
    assert ssim_y(output, target, 4) == pytest.approx(1)


def test_ssim_agrees_with_scikit_image(images):
    planes = [luma(image)[4:-4, 4:-4] for image in images]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    _, ssim_map = structural_similarity(*planes, full=True, **options)
    expected = ssim_map[5:-5, 5:-5].mean()  # where the 11 px window lies inside the image
    assert ssim_y(*images, 4) == pytest.approx(expected, abs=1e-4)
    assert 0.3 < expected < 0.9


def test_ssim_of_a_large_image_is_not_shrunk_first():
    rng = np.random.default_rng(1)
    target = rng.integers(0, 256, (600, 600, 3), dtype=np.uint8)
    output = np.roll(target, 1, axis=0)
    planes = [luma(image)[4:-4, 4:-4] for image in (output, target)]
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    assert ssim_y(output, target, 4) == pytest.approx(structural_similarity(*planes, **options), abs=2e-3)


@pytest.mark.usefixtures("fresh_lpips")
def test_lpips_of_8_bit_images_is_the_networks_answer(images):
    signed = [torch.from_numpy(image / 127.5 - 1).float().permute(2, 0, 1)[None] for image in images]
    assert lpips(*images) == pytest.approx(load_lpips()(*signed).item(), rel=1e-5)
    assert lpips(*images) > 0.01
    assert lpips(images[0], images[0]) == 0


@pytest.fixture
def random_dists(tmp_path, monkeypatch):
    """DISTS is built on these weights in place of the published ones; returns it."""
    states = {"find_vgg16": random_vgg16_state(), "find_dists": random_dists_weights()}
    for find, state in states.items():
        safetensors.torch.save_file(state, tmp_path / find)
        monkeypatch.setattr(metric_networks, find, lambda path=tmp_path / find: path)
    metrics.dists_network.cache_clear()
    yield metric_networks.build_dists(*states.values())
    metrics.dists_network.cache_clear()


def test_dists_of_8_bit_images_is_the_networks_answer(random_dists, images):
    unit = [torch.from_numpy(image / 255).float().permute(2, 0, 1)[None] for image in images]
    assert dists(*images) == pytest.approx(random_dists(*unit).item(), rel=1e-4)
    assert dists(*images) > 0.01
    assert dists(images[0], images[0]) == pytest.approx(0, abs=1e-6)


def test_a_missing_extra_is_named(monkeypatch, images):
    monkeypatch.setitem(sys.modules, "piq", None)
    with pytest.raises(UsageError, match=r"needs piq; run: pip install 'srgan-prompt\[eval\]'"):
        ssim_y(*images, 4)


def test_as_rgb8_rounds_and_clips():
    assert as_rgb8(torch.tensor([-1.0, 0.5, 2.0]).view(3, 1, 1)).tolist() == [[[0, 128, 255]]]
