"""What the way around a network may change when the network itself changes nothing: a nearest-neighbour one, at x4."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, rgb2lab

from srgan_prompt.images.read import read_image


@pytest.fixture
def identity(upscaler, monkeypatch):
    """An upscaler whose network repeats every pixel 4 x 4 times."""

    def repeat(tile, guidance, context, *, exact=False):
        return tile.repeat(4, axis=2).repeat(4, axis=3)

    monkeypatch.setattr(upscaler.model.engine, "run", repeat)
    return upscaler


def display_p3() -> bytes:
    """A profile whose primaries are far from sRGB's, as little CMS makes it from sRGB with two channels swapped."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {profile[132 + 12 * i : 136 + 12 * i].decode(): 132 + 12 * i for i in range(profile[131])}
    red, green = (slice(tags[name] + 4, tags[name] + 12) for name in ("rXYZ", "gXYZ"))
    profile[red], profile[green] = profile[green], profile[red]
    return bytes(profile)


@pytest.mark.parametrize("icc_profile", [None, display_p3()], ids=["untagged", "red and green swapped"])
def test_i13_flat_patches_keep_their_colours_and_their_profile(identity, icc_profile):
    levels = np.array([20, 90, 160, 235], np.uint8)
    patches = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(8, 8, 3)
    source, made = BytesIO(), BytesIO()
    Image.fromarray(patches).save(source, "PNG", icc_profile=icc_profile)
    result = identity(source.getvalue(), "")
    result.save(made, format="png")
    after = Image.open(made)  # noqa: TID251
    assert after.info.get("icc_profile") == icc_profile
    difference = deltaE_ciede2000(rgb2lab(np.asarray(after)[::4, ::4]), rgb2lab(patches))
    assert difference.max() <= 1.0
    upright = read_image(source.getvalue()).rgb
    assert (np.abs(upright.astype(int) - patches).max() > 100) == (icc_profile is not None), "the profile was used"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_answers_beyond_black_and_white_are_clipped_and_all_are_rounded(upscaler, monkeypatch, dtype):
    full = np.iinfo(dtype).max
    answers = np.array([-0.5, 1.5, 0.4 / full, 0.6 / full], np.float32)

    def answer(tile, *_, **__):
        return np.tile(answers, (1, 3, 4 * tile.shape[2], tile.shape[3]))

    monkeypatch.setattr(upscaler.model.engine, "run", answer)
    result = upscaler(np.zeros((1, 1, 3), dtype), "").array
    np.testing.assert_array_equal(result[0, :, 0], [0, full, 0, 1])


def test_dark_16_bits_stay_16_bits(identity):
    """Their depth is told by the file, not by the largest value in it."""
    dark = np.random.default_rng(0).integers(0, 200, (5, 7, 3), dtype=np.uint16)
    result = identity(dark, "")
    np.testing.assert_array_equal(result.array, dark.repeat(4, axis=0).repeat(4, axis=1))


@pytest.mark.parametrize("overlap", [0, 5, 16])
def test_outermost_rows_and_columns_are_whole_at_any_overlap(identity, photo, overlap):
    tiled = identity(photo, "", tile=32, overlap=overlap).array
    np.testing.assert_array_equal(tiled, photo.repeat(4, axis=0).repeat(4, axis=1))
