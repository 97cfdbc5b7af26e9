"""The figures of drawn images whose answers are known."""

import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from srgan_prompt.images.appearance import (
    appearance,
    blockiness,
    hue_shift_deg,
    mean_change,
    noise_sigma,
    sharpness,
    to_lab,
)

SIDE_PX = 96
INSIDE = np.ones((SIDE_PX, SIDE_PX), bool)
DEPTHS = pytest.mark.parametrize("dtype", [np.uint8, np.uint16])


def pixels(values, dtype=np.uint16):
    """Values in [0, 1] as an image."""
    return np.rint(np.clip(values, 0, 1) * np.iinfo(dtype).max).astype(dtype)


def from_lab(light, redness, yellowness, dtype=np.uint16):
    """An image of these L*, a* and b*, each [H, W] or a number; all of it within sRGB."""
    lab = np.stack(np.broadcast_arrays(np.zeros((SIDE_PX, SIDE_PX)), light, redness, yellowness)[1:], axis=-1)
    rgb = lab2rgb(lab.astype(float))
    assert rgb.min() > 0
    assert rgb.max() < 1
    return pixels(rgb, dtype)


def ramp(first, last):
    return np.repeat(np.linspace(first, last, SIDE_PX)[None], SIDE_PX, axis=0)


def hues(chroma, turned_deg=0.0):
    """a* and b* of every hue around the circle."""
    angles = np.linspace(0, 2 * np.pi, SIDE_PX, endpoint=False) + np.radians(turned_deg)
    return np.tile(chroma * np.cos(angles), (SIDE_PX, 1)), np.tile(chroma * np.sin(angles), (SIDE_PX, 1))


def noise(sigma, seed=0):
    return np.random.default_rng(seed).normal(0, sigma / 255, (SIDE_PX, SIDE_PX, 3))


@DEPTHS
def test_lab_is_that_of_another_library(dtype):
    rgb = pixels(np.random.default_rng(0).random((SIDE_PX, SIDE_PX, 3)), dtype)
    np.testing.assert_allclose(to_lab(rgb), rgb2lab(rgb / np.iinfo(dtype).max), atol=0.05)
    np.testing.assert_allclose(to_lab(np.zeros((1, 1, 3), dtype)), 0, atol=1e-5)
    white = np.full((1, 1, 3), np.iinfo(dtype).max, dtype)
    np.testing.assert_allclose(to_lab(white)[0, 0], (100, 0, 0), atol=1e-4)


@DEPTHS
def test_a_grey_ramp_that_is_five_units_lighter(dtype):
    before, after = (appearance(from_lab(ramp(20, 70) + more, 0, 0, dtype), INSIDE) for more in (0, 5))
    assert before.lightness == pytest.approx(45, abs=0.1)
    assert after.lightness - before.lightness == pytest.approx(5, abs=0.1)
    assert after.contrast == pytest.approx(before.contrast, abs=0.1)
    assert before.contrast == pytest.approx(np.linspace(20, 70, SIDE_PX).std(), abs=0.1)
    for figure in ("chroma", "warmth"):
        assert getattr(after, figure) == pytest.approx(0, abs=0.05)


def test_chroma_is_halved_and_nothing_else():
    before, after = (appearance(from_lab(60, *hues(chroma)), INSIDE) for chroma in (20, 10))
    assert (before.chroma, after.chroma) == (pytest.approx(20, abs=0.1), pytest.approx(10, abs=0.1))
    assert after.lightness == pytest.approx(before.lightness, abs=0.05)


@pytest.mark.parametrize("turned_deg", [30, -30, 0])
def test_every_hue_is_turned(turned_deg):
    before, after = from_lab(60, *hues(20)), from_lab(60, *hues(20, turned_deg))
    assert hue_shift_deg(before, after, INSIDE) == pytest.approx(turned_deg, abs=0.2)


def test_grey_has_no_hue():
    assert hue_shift_deg(from_lab(60, *hues(20)), from_lab(60, 0.1, 0), INSIDE) is None
    assert hue_shift_deg(from_lab(60, 0, 0), from_lab(60, *hues(20)), INSIDE) is None


def test_yellow_is_warm_and_blue_is_cool():
    assert appearance(from_lab(60, 0, 12), INSIDE).warmth == pytest.approx(12, abs=0.1)
    assert appearance(from_lab(60, 0, -12), INSIDE).warmth == pytest.approx(-12, abs=0.1)


@DEPTHS
@pytest.mark.parametrize("sigma", [2, 5, 20])
def test_gaussian_noise_is_read_as_its_sigma(sigma, dtype):
    flat = np.full((SIDE_PX, SIDE_PX, 3), 0.5)
    edges = np.where(np.arange(SIDE_PX) % 24 < 12, 0.3, 0.7)[None, :, None] + 0 * flat
    for image in (flat, ramp(0.3, 0.7)[..., None] + 0 * flat, edges):
        assert noise_sigma(pixels(image + noise(sigma), dtype), INSIDE) == pytest.approx(sigma, rel=0.1)
        assert noise_sigma(pixels(image, dtype), INSIDE) < 0.3


def test_more_contrast_alone_is_not_more_sharpness_and_a_blur_is_less():
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    drawn = (np.sin(rows / 3) + np.sin(columns / 4))[..., None] * np.ones(3)
    soft, hard = (appearance(pixels(0.5 + amount * drawn), INSIDE) for amount in (0.1, 0.2))
    assert hard.sharpness == pytest.approx(soft.sharpness, rel=0.01)
    assert hard.contrast == pytest.approx(2 * soft.contrast, rel=0.1)
    coarse = (np.sin(rows / 6) + np.sin(columns / 8))[..., None] * np.ones(3)
    quarter = sharpness(pixels(0.5 + 0.1 * coarse), INSIDE) / soft.sharpness
    assert quarter == pytest.approx(1 / 4, rel=0.1), "half the frequency is a quarter of the second derivative"
    assert sharpness(np.full((SIDE_PX, SIDE_PX, 3), 7, np.uint8), INSIDE) == 0


def test_blocks_are_told_by_the_height_of_their_steps():
    rows, columns = np.mgrid[:SIDE_PX, :SIDE_PX]
    board = (rows // 8 + columns // 8) % 2 * 4.0
    assert blockiness(board, INSIDE) == pytest.approx(4)
    assert blockiness(board + columns * 0.25, INSIDE) == pytest.approx(4, abs=0.3)
    assert blockiness(ramp(20, 70), INSIDE) == pytest.approx(0, abs=1e-6)
    assert blockiness(np.roll(board, 3, axis=(0, 1)), INSIDE) < 0, "another grid is not the file's"
    assert abs(blockiness(np.random.default_rng(0).random((SIDE_PX, SIDE_PX)), INSIDE)) < 0.02
    assert blockiness(np.zeros((8, 8)), np.ones((8, 8), bool)) is None


def test_only_what_is_inside_counts():
    left = INSIDE & (np.arange(SIDE_PX) < 48)
    garish = from_lab(ramp(20, 70), 0, 0)
    other = garish.copy()
    other[:, 48:] = pixels(np.random.default_rng(0).random((SIDE_PX, 48, 3)))
    assert appearance(other, left) == appearance(garish, left)
    assert appearance(other, INSIDE) != appearance(garish, INSIDE)
    assert (mean_change(garish, other, left), hue_shift_deg(garish, other, left)) == (0, None)


@DEPTHS
def test_the_mean_change_is_in_levels_of_255(dtype):
    before, after = (pixels(np.full((SIDE_PX, SIDE_PX, 3), level / 255), dtype) for level in (100, 90))
    assert mean_change(before, after, INSIDE) == mean_change(after, before, INSIDE) == 10
    half = INSIDE & (np.arange(SIDE_PX) < 48)
    after[half] = before[half]
    assert mean_change(before, after, INSIDE) == 5


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (3, 3), (700, 3)])
def test_tiny_images_have_figures_too(shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    found = appearance(rgb, np.ones(shape, bool))
    numbers = [found.lightness, found.contrast, found.chroma, found.warmth, found.noise, found.sharpness]
    assert np.isfinite(numbers).all()
    assert (found.blockiness is None) == (max(shape) < 9)


def test_an_image_in_bands_of_rows_is_one_image():
    """Figures are taken some hundred rows at a time: where a band ends must not show."""
    rgb = np.random.default_rng(0).integers(0, 256, (600, 40, 3), np.uint8)
    inside = np.ones((600, 40), bool)
    upside_down = appearance(rgb[::-1], inside)
    upright = appearance(rgb, inside)
    for figure in ("noise", "sharpness", "lightness"):
        assert getattr(upside_down, figure) == pytest.approx(getattr(upright, figure), rel=1e-6)
    shade = rgb.astype(float) @ [0.299, 0.587, 0.114]
    curved = shade[:-2, 1:-1] + shade[2:, 1:-1] + shade[1:-1, :-2] + shade[1:-1, 2:] - 4 * shade[1:-1, 1:-1]
    assert upright.sharpness == pytest.approx((curved**2).mean() ** 0.5 / shade.std(), rel=0.01)
