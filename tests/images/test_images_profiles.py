"""Colours that a PNG declares by gAMA, cHRM and cICP are applied, and written as a profile; HDR is kept as encoded."""

import struct
from io import BytesIO

import numpy as np
import pytest
from image_makers import random_image, saved, with_chunk
from PIL import Image

from srgan_prompt.images.profiles import SRGB, build_rgb_profile, decode_srgb
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

ADOBE_XY = (0.3127, 0.329, 0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
SRGB_XY = (0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
PATCHES = np.array([[[128, 128, 128], [64, 64, 64], [200, 90, 90], [90, 150, 110]]], np.uint8)


def png(pixels: np.ndarray = PATCHES, *chunks: tuple[bytes, bytes]) -> bytes:
    data = saved(pixels)
    for tag, body in chunks:
        data = with_chunk(data, tag, body)
    return data


def gamma(exponent: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(100_000 * exponent))


def chromaticities(values: tuple[float, ...]) -> tuple[bytes, bytes]:
    return b"cHRM", struct.pack(">8I", *(round(100_000 * value) for value in values))


def cicp(primaries: int, transfer: int, matrix: int = 0, is_full_range: int = 1) -> tuple[bytes, bytes]:
    return b"cICP", bytes([primaries, transfer, matrix, is_full_range])


def linear(encoded: np.ndarray) -> np.ndarray:
    return decode_srgb(encoded / 255)


def written(data: bytes, file_format: str = "png") -> tuple[Image.Image, tuple[str, ...], bytes]:
    out = BytesIO()
    notes = write_image(out, read_image(data), format=file_format)
    return Image.open(out), notes, out.getvalue()  # noqa: TID251


@pytest.mark.parametrize(
    ("chunks", "decode"),
    [
        ([gamma(1.0)], lambda value: value),
        ([gamma(1 / 1.8)], lambda value: value**1.8),
        ([cicp(1, 8)], lambda value: value),
        ([cicp(1, 4)], lambda value: value**2.2),
        ([cicp(1, 1)], lambda value: np.where(value < 0.081, value / 4.5, ((value + 0.099) / 1.099) ** (1 / 0.45))),
    ],
    ids=["linear", "gamma 1.8", "cICP linear", "cICP gamma 2.2", "cICP BT.709"],
)
@pytest.mark.parametrize("is_gray", [False, True])
def test_the_curve_is_applied_and_the_values_come_back(chunks, decode, is_gray):
    pixels = PATCHES[..., 0] if is_gray else PATCHES
    data = png(pixels, *chunks)
    loaded = read_image(data)
    expected = decode(pixels / 255)
    found = loaded.rgb[..., 0] if is_gray else loaded.rgb
    np.testing.assert_allclose(linear(found), expected, atol=0.01)
    assert loaded.meta.icc_profile
    after, _, _ = written(data)
    assert after.mode == ("L" if is_gray else "RGB")
    assert np.abs(np.asarray(after).astype(int) - pixels).max() <= 1
    assert after.info["icc_profile"] == loaded.meta.icc_profile


@pytest.mark.parametrize("chunks", [[gamma(1 / 2.2), chromaticities(ADOBE_XY)], [cicp(12, 13)], [cicp(9, 1)]])
def test_wide_primaries_make_colours_stronger_and_leave_grey_grey(chunks):
    rgb = read_image(png(PATCHES, *chunks)).rgb[0].astype(int)
    assert np.ptp(rgb[:2], axis=1).max() <= 1
    assert np.ptp(rgb[2]) > np.ptp(PATCHES[0, 2].astype(int)) + 5
    assert np.ptp(rgb[3]) > np.ptp(PATCHES[0, 3].astype(int)) + 5


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [gamma(0.45455)],
        [gamma(0.45455), chromaticities(SRGB_XY)],
        [chromaticities(SRGB_XY)],
        [b"sRGB"],
        [cicp(1, 13)],
        [cicp(1, 13), gamma(1.0)],
    ],
    ids=["none", "gAMA", "gAMA and cHRM", "cHRM", "sRGB before gAMA", "cICP", "cICP before gAMA"],
)
def test_srgb_by_any_chunk_changes_nothing_and_says_nothing(chunks):
    chunks = [(b"sRGB", b"\0"), gamma(1.0)] if chunks == [b"sRGB"] else chunks
    loaded = read_image(png(PATCHES, *chunks))
    np.testing.assert_array_equal(loaded.rgb, PATCHES)
    assert (loaded.meta.icc_profile, loaded.meta.notes) == (None, ())


def test_a_profile_goes_before_gamma_and_cicp_before_a_profile():
    profile = build_rgb_profile(SRGB, lambda value: value**1.4, "a test's")
    data = saved(PATCHES, icc_profile=profile)
    by_profile = read_image(data)
    np.testing.assert_array_equal(read_image(with_chunk(data, *gamma(1.0))).rgb, by_profile.rgb)
    np.testing.assert_array_equal(read_image(with_chunk(data, *cicp(1, 13))).rgb, PATCHES)
    assert np.abs(by_profile.rgb.astype(int) - PATCHES).max() > 20


@pytest.mark.parametrize("transfer", [16, 18], ids=["PQ", "HLG"])
def test_hdr_is_kept_as_it_is_encoded(transfer):
    light = (b"cLLI", struct.pack(">II", 10_000_000, 4_000_000))
    data = png(random_image(), cicp(9, transfer), light)
    loaded = read_image(data)
    np.testing.assert_array_equal(loaded.rgb, random_image())
    assert any("HDR" in note for note in loaded.meta.notes)
    after, notes, content = written(data)
    np.testing.assert_array_equal(np.asarray(after), random_image())
    assert content.index(b"cICP" + bytes([9, transfer, 0, 1])) < content.index(b"IDAT")
    assert light[1] in content
    assert notes == ()
    assert any("HDR" in note for note in written(data, "jpg")[1])


@pytest.mark.parametrize(
    "chunk",
    [
        gamma(0),
        gamma(500),
        cicp(2, 2),
        cicp(9, 1, matrix=9),
        cicp(9, 1, is_full_range=0),
        chromaticities((0.3,) * 8),
        chromaticities((0,) * 8),
    ],
    ids=["gAMA 0", "gAMA 500", "unspecified", "YCbCr", "narrow", "no triangle", "zeros"],
)
def test_what_cannot_be_applied_is_named(chunk):
    loaded = read_image(png(PATCHES, chunk))
    np.testing.assert_array_equal(loaded.rgb, PATCHES)
    assert any("ignored" in note for note in loaded.meta.notes)
