from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from srgan_prompt.evaluation.damaged import DAMAGES, Blur, Damage, Jpeg, Noise, ShrinkAndBack
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.prompts.operations import OPERATIONS

BY_NAME = {damage.name: damage for damage in DAMAGES}


@pytest.fixture(scope="module")
def image():
    return draw_synthetic_image(0, 96)[:80]


def by_pillow(image, quality):
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))  # noqa: TID251 - what Pillow itself makes


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_it_is_a_function_of_image_and_seed_alone(damage, image):
    before = image.copy()
    np.random.seed(1)  # noqa: NPY002 - the global generator must not matter
    one, again, other = damage(image, 7), damage(image, 7), damage(image, 8)
    assert np.array_equal(image, before)
    assert (one.shape, one.dtype) == (image.shape, np.uint8)
    assert np.array_equal(one, again)
    assert np.array_equal(one, other) == (not any(isinstance(step, Noise) for step in damage.steps))
    assert np.array_equal(one, image) == (damage.name == "none")


@pytest.mark.parametrize("quality", [60, 30])
def test_jpeg_is_what_pillow_makes(quality, image):
    assert np.array_equal(BY_NAME[f"JPEG {quality}"](image, 0), by_pillow(image, quality))


@pytest.mark.parametrize("sigma", [10, 25])
def test_noise_has_its_sigma_in_every_colour_alone(sigma):
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = BY_NAME[f"noise {sigma}"](grey, 0) - 128.0
    assert noise.std(axis=(0, 1)) == pytest.approx([sigma] * 3, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.3)
    colours = np.corrcoef(noise.reshape(-1, 3).T)
    assert np.abs(colours[~np.eye(3, dtype=bool)]).max() < 0.03
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.02


def test_noise_stays_within_8_bits():
    white = np.full((50, 50, 3), 250, np.uint8)
    assert Noise(25)(white, np.random.default_rng(0)).min() > 100  # 280 does not become 24


def test_blur_is_gaussian(image):
    expected = gaussian_filter(image.astype(float), (1.2, 1.2, 0), mode="nearest")
    assert np.abs(BY_NAME["blur 1.2"](image, 0) - expected).max() <= 0.51
    assert image.std() > expected.std() + 1


def test_steps_follow_one_another(image):
    """As the protocol has them: soft and noisy, JPEG 70, shrunk to 0.7 and back, JPEG 60."""
    rng = np.random.default_rng(3)
    soft = Noise(8)(Blur(0.8)(image, rng), rng)
    first = Image.fromarray(by_pillow(soft, 70))
    small = first.resize((round(96 * 0.7), round(80 * 0.7)), Image.Resampling.BICUBIC)
    back = np.asarray(small.resize((96, 80), Image.Resampling.BICUBIC))
    assert np.array_equal(BY_NAME["second order"](image, 3), by_pillow(back, 60))
    assert np.array_equal(ShrinkAndBack(0.7)(np.asarray(first), rng), back)
    rng = np.random.default_rng(3)
    assert np.array_equal(BY_NAME["mix"](image, 3), by_pillow(Noise(10)(Blur(0.8)(image, rng), rng), 50))


def test_names_are_unique_and_remedies_are_operations():
    assert len(BY_NAME) == len(DAMAGES)
    assert {damage.remedy for damage in DAMAGES} - {None} <= set(OPERATIONS)
    assert str(Damage("any", (Blur(0.5), Noise(3), Jpeg(9)))) == (
        "blur of sigma 0.5 px, noise of sigma 3, JPEG of quality 9"
    )
