"""Colour profiles (I13 of the acceptance list)."""

from io import BytesIO

import numpy as np
import pytest
from icc_makers import ADOBE_RGB, DISPLAY_P3, SRGB, cmyk_profile, gray_profile, linear_rgb, rgb_profile
from image_makers import FORMATS, loaded, random_image, saved, with_chunk
from PIL import Image, ImageCms
from skimage.color import deltaE_ciede2000, xyz2lab

from srgan_prompt.images.color import ProfileError, from_srgb, profile_mode, to_srgb
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

GAMMA = 563 / 256
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
PROFILES = {"Display P3": DISPLAY_P3, "Adobe RGB": ADOBE_RGB, "sRGB primaries": SRGB}


def patches(primaries, dtype):
    """64 flat patches of 8 x 8 pixels with colours inside sRGB, in the space of ``primaries``."""
    linear = np.stack(np.meshgrid(*[[0.01, 0.1, 0.4, 0.9]] * 3), axis=-1).reshape(8, 8, 3)
    own = np.clip(linear @ SRGB.T @ np.linalg.inv(primaries).T, 0, 1) ** (1 / GAMMA)
    return np.rint(own * np.iinfo(dtype).max).astype(dtype).repeat(8, axis=0).repeat(8, axis=1)


def lab(encoded, primaries):
    return xyz2lab(linear_rgb(encoded, GAMMA) @ primaries.T, illuminant="D50")


def lab_of_srgb(encoded):
    value = encoded / np.iinfo(encoded.dtype).max
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    return xyz2lab(linear @ SRGB.T, illuminant="D50")


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", PROFILES)
def test_i13_patches_survive_the_way_to_srgb_and_back(name, dtype):
    primaries = PROFILES[name]
    profile, own = rgb_profile(primaries, GAMMA), patches(primaries, dtype)
    srgb = to_srgb(own, profile)
    assert srgb.dtype == dtype
    assert deltaE_ciede2000(lab(own, primaries), lab_of_srgb(srgb)).max() < 1.0
    back = from_srgb(profile)(srgb)
    assert back.dtype == dtype
    assert deltaE_ciede2000(lab(own, primaries), lab(back, primaries)).max() < 1.0


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("file_format", FORMATS)
def test_i13_files_keep_their_profile_and_their_colours(file_format, name):
    primaries = PROFILES[name]
    profile, own = rgb_profile(primaries, GAMMA), patches(primaries, np.uint8)
    lossless = {"JPEG": {"quality": 100, "subsampling": 0}, "WEBP": {"lossless": True}}.get(file_format, {})
    image = read_image(saved(own, file_format, icc_profile=profile, **lossless))
    assert image.meta.icc_profile == profile
    buffer = BytesIO()
    assert write_image(buffer, image, quality=100) == ()
    result = Image.open(buffer)  # noqa: TID251  (the oracle)
    assert result.info["icc_profile"] == profile
    centres = np.s_[4::8, 4::8]
    errors = deltaE_ciede2000(lab(own[centres], primaries), lab(np.asarray(result)[centres], primaries))
    assert errors.max() < (2.0 if file_format == "JPEG" else 1.0)  # JPEG rounds twice more


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_i13_srgb_by_any_name_changes_no_pixel(dtype):
    pixels = random_image(dtype=dtype)
    np.testing.assert_array_equal(to_srgb(pixels, SRGB_PROFILE), pixels)
    np.testing.assert_array_equal(from_srgb(SRGB_PROFILE)(pixels), pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_i13_gray_profile(dtype):
    full = np.iinfo(dtype).max
    profile, own = gray_profile(1.8), np.linspace(0, full, 64).astype(dtype).reshape(8, 8)
    srgb = to_srgb(own, profile)
    assert (srgb == srgb[..., :1]).all()
    neutral = np.repeat(own[..., None], 3, axis=-1)
    seen = xyz2lab(((neutral / full) ** 1.8) @ SRGB.T, illuminant="D50")
    assert deltaE_ciede2000(seen, lab_of_srgb(srgb)).max() < 1.0
    back = np.repeat(from_srgb(profile)(srgb)[..., None], 3, axis=-1)
    assert deltaE_ciede2000(seen, xyz2lab(((back / full) ** 1.8) @ SRGB.T, illuminant="D50")).max() < 1.0


def test_i13_gray_file_with_gray_profile_stays_gray():
    image = read_image(saved(random_image(channels=1)[..., 0], icc_profile=gray_profile(1.8)))
    assert image.meta.is_gray
    buffer = BytesIO()
    assert write_image(buffer, image) == ()
    result = Image.open(buffer)  # noqa: TID251  (the oracle)
    assert (result.mode, result.info["icc_profile"]) == ("L", gray_profile(1.8))


def test_i13_gray_file_with_rgb_profile_becomes_plain_gray():
    image = read_image(saved(random_image(channels=1)[..., 0], icc_profile=rgb_profile(DISPLAY_P3, GAMMA)))
    assert image.meta.is_gray
    assert image.meta.icc_profile is None
    assert image.meta.notes == ()


def test_i13_cmyk_profile_is_used_and_dropped():
    cmyk = Image.fromarray(random_image()).convert("CMYK")
    profile = cmyk_profile()
    image = read_image(saved(cmyk, "TIFF", icc_profile=profile))
    assert image.meta.notes == ("CMYK converted to sRGB",)
    assert image.meta.icc_profile is None
    white = Image.new("CMYK", (4, 4), (0, 0, 0, 0))
    black = Image.new("CMYK", (4, 4), (0, 0, 0, 255))
    assert read_image(saved(white, "TIFF", icc_profile=profile)).rgb.min() >= 254
    assert read_image(saved(black, "TIFF", icc_profile=profile)).rgb.max() < 60


@pytest.mark.parametrize(("ink", "darkening"), list(enumerate([0.3, 0.3, 0.1, 0.9])), ids=["C", "M", "Y", "K"])
def test_i13_patches_of_one_ink_have_the_lightness_that_the_cmyk_profile_says(ink, darkening):
    amounts = np.zeros((1, 16, 4), np.uint8)
    amounts[..., ink] = np.arange(16) * 17
    data = saved(Image.frombytes("CMYK", (16, 1), amounts.tobytes()), "TIFF", icc_profile=cmyk_profile())
    expected = np.zeros((1, 16, 3))
    expected[..., 0] = 100 - 100 * darkening * np.linspace(0, 1, 16)
    assert deltaE_ciede2000(expected, lab_of_srgb(read_image(data).rgb)).max() < 1.0


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "CMYK", "1", "LA"])
@pytest.mark.parametrize("kind", ["gray", "RGB", "CMYK"])
def test_i13_a_profile_for_another_mode_never_crashes(mode, kind):
    profile = {"gray": gray_profile(2.2), "RGB": rgb_profile(DISPLAY_P3, 2.2), "CMYK": cmyk_profile()}[kind]
    file_format = "TIFF" if mode == "CMYK" else "PNG"
    image = read_image(saved(Image.fromarray(random_image()).convert(mode), file_format, icc_profile=profile))
    is_gray = mode in ("L", "1", "LA")
    fits = {"gray": is_gray, "RGB": mode != "CMYK", "CMYK": mode == "CMYK"}[kind]
    assert any("colour profile ignored" in note for note in image.meta.notes) != fits
    kept = {"gray": is_gray, "RGB": mode in ("RGB", "RGBA", "P"), "CMYK": False}[kind]
    assert (image.meta.icc_profile is not None) == kept


def test_i13_broken_profiles_are_ignored_with_a_note():
    whole = rgb_profile(DISPLAY_P3, 2.2)
    pixels = random_image()
    for broken in (
        whole[:100],
        whole[:200],
        b"x",
        whole[:12] + b"link" + whole[16:],
        whole[:16] + b"Lab " + whole[20:],
    ):
        image = read_image(saved(pixels, icc_profile=broken))
        assert image.meta.icc_profile is None
        assert image.meta.notes[0].startswith("colour profile ignored: ")
        np.testing.assert_array_equal(image.rgb, pixels)


@pytest.mark.fuzz
def test_i13_flipped_bytes_in_a_profile_never_crash():
    whole, pixels = rgb_profile(DISPLAY_P3, 2.2), random_image(4, 4)
    rng = np.random.default_rng(0)
    for _ in range(200):
        broken = np.frombuffer(whole, np.uint8).copy()
        broken[rng.integers(0, len(broken), 3)] = rng.integers(0, 256, 3)
        try:
            converted = to_srgb(pixels, broken.tobytes())
        except ProfileError:
            continue
        assert converted.shape == pixels.shape


def test_a_profile_that_png_cannot_unpack_is_no_reason_to_refuse():
    assert read_image(with_chunk(saved(random_image()), b"iCCP", b"name\0\0not zlib")).meta.icc_profile is None


def test_results_are_never_cmyk():
    assert profile_mode(cmyk_profile()) == "CMYK"
    with pytest.raises(ProfileError, match="never written as CMYK"):
        from_srgb(cmyk_profile())


def test_meta_with_an_unfitting_profile_is_written_as_srgb(tmp_path):
    notes = write_image(tmp_path / "a.png", loaded(random_image(), icc_profile=gray_profile(2.2)))
    assert notes == ("colour profile left out, pixels are sRGB: it is for other channels",)
    notes = write_image(tmp_path / "b.png", loaded(random_image(), icc_profile=b"broken"))
    assert notes == ("colour profile left out, pixels are sRGB: it is damaged",)
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").rgb, random_image())
