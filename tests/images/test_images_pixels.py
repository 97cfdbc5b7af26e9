"""Transparency (I14 of the acceptance list): hidden colours do not bleed; flattening is on white.

And what else is done to integer pixels: depth, luma, turns.
"""

import numpy as np
import pytest
from image_makers import random_image
from PIL import Image

from srgan_prompt.images.image import fill_transparent, flatten, luma, make_upright, quantise, to_float, to_uint8


def disc(size=97):
    """A boolean disc and its 8-bit alpha."""
    y, x = np.mgrid[:size, :size] - size // 2
    inside = x * x + y * y < (size // 3) ** 2
    return inside, np.where(inside, 255, 0).astype(np.uint8)


def test_i14_colour_under_alpha_0_does_not_bleed():
    inside, alpha = disc()
    rgb = np.full((97, 97, 3), (255, 0, 255), np.uint8)  # a loud colour that nobody should see
    rgb[inside] = (40, 160, 90)
    upscaled = Image.fromarray(fill_transparent(rgb, alpha)).resize((388, 388), Image.Resampling.BICUBIC)
    seen = np.asarray(Image.fromarray(alpha).resize((388, 388), Image.Resampling.BICUBIC)) > 0
    error = np.abs(np.asarray(upscaled).astype(int) - (40, 160, 90))[seen]
    assert error.max() <= 2


def test_i14_without_the_fill_it_would():
    inside, alpha = disc()
    rgb = np.full((97, 97, 3), (255, 0, 255), np.uint8)
    rgb[inside] = (40, 160, 90)
    upscaled = np.asarray(Image.fromarray(rgb).resize((388, 388), Image.Resampling.BICUBIC)).astype(int)
    seen = np.asarray(Image.fromarray(alpha).resize((388, 388), Image.Resampling.BICUBIC)) > 0
    assert np.abs(upscaled - (40, 160, 90))[seen].max() > 100


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_visible_pixels_keep_their_values_and_the_input_is_untouched(dtype):
    rgb = random_image(31, 45, dtype=dtype)
    alpha = (random_image(31, 45, 1, dtype, seed=3)[..., 0] > np.iinfo(dtype).max // 2).astype(dtype)
    before = rgb.copy()
    filled = fill_transparent(rgb, alpha)
    assert filled.dtype == dtype
    np.testing.assert_array_equal(filled[alpha > 0], rgb[alpha > 0])
    np.testing.assert_array_equal(rgb, before)
    assert (filled[alpha == 0] != rgb[alpha == 0]).any()


def test_the_fill_is_between_its_neighbours():
    rgb = np.array([[[10, 10, 10], [255, 0, 255]], [[30, 30, 30], [255, 0, 255]]], np.uint8)
    filled = fill_transparent(rgb, np.array([[255, 0], [255, 0]], np.uint8))
    np.testing.assert_array_equal(filled[:, 1], [[20, 20, 20], [20, 20, 20]])


def test_all_opaque_and_all_hidden_are_left_alone():
    rgb = random_image()
    for value in (0, 255):
        assert fill_transparent(rgb, np.full(rgb.shape[:2], value, np.uint8)) is rgb


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_flatten_is_over_white(dtype):
    full = np.iinfo(dtype).max
    rgb, alpha = random_image(300, 7, dtype=dtype), random_image(300, 7, 1, dtype, seed=2)[..., 0]
    opacity = alpha[..., None] / full
    np.testing.assert_array_equal(flatten(rgb, alpha), np.floor(rgb * opacity + full * (1 - opacity) + 0.5 - 1e-9))
    np.testing.assert_array_equal(flatten(rgb, np.full_like(alpha, full)), rgb)
    assert (flatten(rgb, np.zeros_like(alpha)) == full).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_luma_is_bt601_and_exact_on_gray(dtype):
    full = np.iinfo(dtype).max
    ramp = np.arange(full + 1, dtype=dtype)[None]
    np.testing.assert_array_equal(luma(np.repeat(ramp[..., None], 3, axis=-1)), ramp)
    pixels = random_image(dtype=dtype)
    np.testing.assert_allclose(luma(pixels), pixels @ [0.299, 0.587, 0.114], atol=0.51 if dtype == np.uint8 else 1.5)


def test_sixteen_bits_to_eight_are_rounded():
    np.testing.assert_array_equal(to_uint8(np.arange(256, dtype=np.uint16) * 257), np.arange(256))
    values = np.arange(65_536, dtype=np.uint16)
    np.testing.assert_array_equal(to_uint8(values), np.rint(values / 257).astype(np.uint8))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_value_survives_as_a_float(dtype):
    values = np.arange(np.iinfo(dtype).max + 1, dtype=dtype)
    np.testing.assert_array_equal(quantise(to_float(values), dtype), values)


def test_floats_are_rounded_to_nearest_and_clipped():
    floats = np.array([-0.5, 0.49 / 255, 0.51 / 255, 254.51 / 255, 1.5], np.float32)
    np.testing.assert_array_equal(quantise(floats, np.uint8), [0, 0, 1, 255, 255])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright_pixels_are_contiguous(orientation):
    upright = make_upright(random_image(), orientation)
    assert upright.flags.c_contiguous
    assert upright.shape == ((24, 36, 3) if orientation < 5 else (36, 24, 3))
