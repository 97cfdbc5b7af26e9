"""A Pillow image says the same as the file that it was opened from, and is left as it was."""

from io import BytesIO

import numpy as np
import png
import pytest
from icc_makers import gray_profile
from image_makers import deep_tiff, random_image, saved, tiff_with
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.read import read_image, read_pillow


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))  # noqa: TID251  (what a caller does)


def deep_png(channels: int) -> bytes:
    pixels = random_image(channels=channels, dtype=np.uint16)
    buffer = BytesIO()
    writer = png.Writer(36, 24, bitdepth=16, greyscale=channels < 3, alpha=channels in (2, 4))
    writer.write(buffer, pixels.reshape(24, -1).tolist())
    return buffer.getvalue()


def lying_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F], exif[0x8769] = 6, "a camera", {0x9003: "2020:01:01 00:00:00", 0xA005: {1: "R98"}}
    return exif


def transparent_gray_of_four_bits() -> bytes:
    buffer = BytesIO()
    png.Writer(4, 4, bitdepth=4, greyscale=True, transparent=5).write(buffer, [[0, 5, 9, 15]] * 4)
    return buffer.getvalue()


FILES = {
    "turned by EXIF": saved(random_image(), "JPEG", exif=lying_exif()),
    "16-bit RGB": deep_png(3),
    "16-bit grey and alpha": deep_png(2),
    "16-bit TIFF": deep_tiff(random_image(dtype=np.uint16)),
    "grey with a profile": saved(random_image()[..., 0], icc_profile=gray_profile(1.0)),
    "one transparent colour": saved(random_image(), transparency=tuple(int(value) for value in random_image()[3, 4])),
    "one transparent grey": transparent_gray_of_four_bits(),
    "pages": saved(
        Image.fromarray(random_image()), "TIFF", save_all=True, append_images=[Image.fromarray(random_image(seed=1))]
    ),
    "a second frame": saved(
        Image.fromarray(random_image()), "WEBP", save_all=True, append_images=[Image.fromarray(random_image(seed=1))]
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_an_opened_image_reads_as_its_file(kind):
    image = opened(FILES[kind])
    tile = list(image.tile)
    expected, first, second = read_image(FILES[kind]), read_pillow(image), read_pillow(image)
    for found in (first, second):
        np.testing.assert_array_equal(found.rgb, expected.rgb)
        np.testing.assert_array_equal(found.alpha, expected.alpha)
        assert found.rgb.dtype == expected.rgb.dtype
        assert (found.meta.exif, found.meta.icc_profile, found.meta.is_gray, found.meta.notes) == (
            expected.meta.exif,
            expected.meta.icc_profile,
            expected.meta.is_gray,
            expected.meta.notes,
        )
    assert image.tile == tile, "the caller's image is still undecoded"
    image.load()


@pytest.mark.parametrize("kind", ["turned by EXIF", "grey with a profile", "one transparent colour", "pages"])
def test_a_decoded_image_keeps_what_pillow_keeps(kind):
    image = opened(FILES[kind])
    image.load()
    before = dict(image.getexif())
    expected, found = read_image(FILES[kind]), read_pillow(image)
    np.testing.assert_array_equal(found.rgb, expected.rgb)
    np.testing.assert_array_equal(found.alpha, expected.alpha)
    assert (found.meta.exif, found.meta.icc_profile, found.meta.notes) == (
        expected.meta.exif,
        expected.meta.icc_profile,
        expected.meta.notes,
    )
    assert dict(image.getexif()) == before, "the caller's EXIF is as it was"


def test_the_frame_that_the_caller_went_to_is_read():
    image = opened(FILES["pages"])
    image.seek(1)
    found = read_pillow(image)
    np.testing.assert_array_equal(found.rgb, random_image(seed=1))
    assert found.meta.notes == ()


def test_a_changed_image_is_read_as_it_is():
    image = opened(FILES["16-bit RGB"])
    image.putpixel((0, 0), (1, 2, 3))
    assert read_pillow(image).rgb[0, 0].tolist() == [1, 2, 3]
    draft = opened(saved(random_image(64, 96), "JPEG"))
    draft.draft("RGB", (24, 16))
    assert (read_pillow(draft).width_px, read_pillow(draft).height_px) == draft.size


def test_limits_and_pixels_that_cannot_be_used():
    with pytest.raises(InputImageError, match="over the limit"):
        read_pillow(Image.new("RGB", (9, 9)), ImagePolicy(max_pixels=80))
    twelve_bits = opened(tiff_with(saved(Image.new("I;16", (4, 4)), "TIFF"), 258, 12))
    with pytest.raises(InputImageError, match="12 bits"):
        read_pillow(twelve_bits)
    with pytest.raises(InputImageError, match="floating-point"):
        read_pillow(Image.new("F", (4, 4), 7))
