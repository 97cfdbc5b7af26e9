"""Reading good files of every kind (I9, I10, I11, I12 of the acceptance list)."""

import struct
from io import BytesIO

import numpy as np
import png
import pytest
from image_makers import FORMATS, deep_tiff, random_image, saved, tiff_with
from PIL import Image, ImageOps

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

ORIENTATION = 0x0112


def pypng(pixels, **options):
    """``pixels`` [H, W, C] as the library pypng writes them."""
    height, width, channels = pixels.shape
    buffer = BytesIO()
    writer = png.Writer(width, height, greyscale=channels < 3, alpha=channels in (2, 4), bitdepth=16, **options)
    if options.get("interlace"):
        writer.write_array(buffer, pixels.ravel().tolist())
    else:
        writer.write(buffer, pixels.reshape(height, -1).tolist())
    return buffer.getvalue()


@pytest.mark.parametrize("file_format", FORMATS)
def test_plain_rgb_of_each_format(file_format):
    pixels = random_image()
    image = read_image(saved(pixels, file_format))
    assert image.meta.format == file_format
    assert image.meta.name == "<bytes>"
    assert (image.meta.is_gray, image.alpha, image.meta.icc_profile, image.meta.exif) == (False, None, None, None)
    assert image.rgb.dtype == np.uint8
    if file_format in ("PNG", "TIFF"):
        np.testing.assert_array_equal(image.rgb, pixels)
    else:
        np.testing.assert_array_equal(image.rgb, np.asarray(pillow(saved(pixels, file_format)).convert("RGB")))


def test_path_stream_and_bytes_give_the_same_image(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(saved(random_image()))
    with path.open("rb") as stream:
        results = [read_image(path), read_image(str(path)), read_image(stream), read_image(path.read_bytes())]
    assert all((result.rgb == results[0].rgb).all() for result in results)
    assert results[0].meta.name == results[2].meta.name == str(path)
    assert (results[0].width_px, results[0].height_px) == (36, 24)


def test_pixels_can_be_written_to():
    image = read_image(saved(random_image(channels=4)))
    assert image.rgb.flags.writeable
    assert image.alpha.flags.writeable
    assert image.rgb.flags.c_contiguous


def test_i09_animations_and_pages_give_their_first_frame_and_a_note():
    frames = [Image.fromarray(random_image(seed=seed)) for seed in range(3)]
    for file_format, note in (
        ("PNG", "first of 3 frames"),
        ("WEBP", "first of 3 frames"),
        ("TIFF", "first page of several"),
    ):
        options = {"lossless": True} if file_format == "WEBP" else {}
        image = read_image(saved(frames[0], file_format, save_all=True, append_images=frames[1:], **options))
        assert image.meta.notes == (note,)
        np.testing.assert_array_equal(image.rgb, np.asarray(frames[0]))


def test_i09_an_animated_gif_gives_its_first_frame_and_a_note():
    frames = [Image.fromarray(random_image(seed=seed)).quantize(16) for seed in range(3)]
    image = read_image(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert image.meta.notes == ("first of 3 frames",)
    np.testing.assert_array_equal(image.rgb, np.asarray(frames[0].convert("RGB")))


@pytest.mark.parametrize("file_format", ["AVIF", "BMP", "GIF"])
def test_formats_that_are_read_and_not_written_come_out_as_png_from_streams(file_format):
    out = BytesIO()
    loaded = read_image(saved(random_image(), file_format))
    assert (loaded.width_px, loaded.height_px, loaded.meta.format) == (36, 24, file_format)
    write_image(out, loaded)
    assert pillow(out.getvalue()).format == "PNG"


FLOAT_RGB = deep_tiff(random_image(dtype=np.uint16)).replace(
    struct.pack("<3H", 16, 16, 16), struct.pack("<3H", 99, 99, 99)
)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (FLOAT_RGB, "is a TIFF of a kind that is not read here"),
        (b"\xff\x0a" + bytes(40), "is a JPEG XL image"),
        (bytes(4) + b"ftypheic" + bytes(40), "is a HEIC image"),
        (b"IIU\0" + bytes(40), "RAW"),
        (bytes(4) + b"ftypcrx " + bytes(40), "RAW"),
    ],
)
def test_what_is_not_read_is_called_by_its_name(data, reason):
    formats = ("PNG", "JPEG", "WEBP", "TIFF")  # as without plug-ins
    with pytest.raises(InputImageError, match=reason) as caught:
        read_image(data, ImagePolicy(formats=formats))
    assert "is not a PNG" not in str(caught.value)


GRAY = random_image(channels=1)[..., 0]
RGBA = Image.fromarray(random_image(channels=4))
MODES = {
    "1": (saved(Image.fromarray(GRAY).convert("1")), True, False),
    "L": (saved(GRAY), True, False),
    "LA": (saved(RGBA.convert("LA")), True, True),
    "P": (saved(RGBA.convert("RGB").convert("P")), False, False),
    "P with transparency": (saved(RGBA.convert("RGB").convert("P"), transparency=3), False, True),
    "RGB": (saved(RGBA.convert("RGB")), False, False),
    "RGBA": (saved(RGBA), False, True),
    "CMYK": (saved(RGBA.convert("RGB").convert("CMYK"), "TIFF"), False, False),
    "YCbCr": (saved(RGBA.convert("RGB").convert("YCbCr"), "TIFF"), False, False),
    "I;16": (saved(random_image(channels=1, dtype=np.uint16)[..., 0]), True, False),
    "I": (saved(Image.fromarray(GRAY.astype(np.int32) * 257), "TIFF"), True, False),
    "F": (saved(Image.fromarray(GRAY.astype(np.float32) / 255), "TIFF"), True, False),
}


@pytest.mark.parametrize("mode", MODES)
def test_i10_every_mode_has_the_right_layout(mode):
    data, is_gray, has_alpha = MODES[mode]
    image = read_image(data)
    assert image.rgb.shape == (24, 36, 3)
    assert image.meta.is_gray == is_gray
    assert (image.alpha is not None) == has_alpha
    assert image.rgb.dtype == (np.uint16 if mode in ("I;16", "I", "F") else np.uint8)
    if is_gray:
        assert (image.rgb == image.rgb[..., :1]).all()


def test_i10_values_of_the_modes():
    rgb = np.asarray(RGBA.convert("RGB"))
    np.testing.assert_array_equal(read_image(MODES["RGBA"][0]).alpha, np.asarray(RGBA)[..., 3])
    np.testing.assert_array_equal(read_image(MODES["I"][0]).rgb[..., 0], GRAY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_image(MODES["F"][0]).rgb[..., 0], GRAY.astype(np.uint16) * 257)
    np.testing.assert_array_equal(read_image(MODES["CMYK"][0]).rgb, rgb)
    assert read_image(MODES["CMYK"][0]).meta.notes == ("CMYK converted to sRGB",)
    palette = RGBA.convert("RGB").convert("P")
    transparent = read_image(MODES["P with transparency"][0])
    np.testing.assert_array_equal(transparent.alpha == 0, np.asarray(palette) == 3)
    np.testing.assert_array_equal(transparent.rgb, np.asarray(palette.convert("RGB")))


@pytest.mark.parametrize("interlace", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_i10_sixteen_bit_png_keeps_every_bit(channels, interlace):
    pixels = np.random.default_rng(1).integers(0, 65_536, (13, 17, channels), dtype=np.uint16)
    image = read_image(pypng(pixels, interlace=interlace))
    assert image.rgb.dtype == np.uint16
    np.testing.assert_array_equal(
        image.rgb, np.broadcast_to(pixels[..., :3] if channels > 2 else pixels[..., :1], (13, 17, 3))
    )
    if channels in (2, 4):
        np.testing.assert_array_equal(image.alpha, pixels[..., -1])


def test_i10_sixteen_bit_tiff_keeps_every_bit():
    pixels = np.random.default_rng(1).integers(0, 65_536, (13, 17, 3), dtype=np.uint16)
    np.testing.assert_array_equal(read_image(deep_tiff(pixels)).rgb, pixels)


def test_i10_one_transparent_colour_at_eight_and_sixteen_bits():
    pixels = random_image()
    image = read_image(saved(pixels, transparency=tuple(int(value) for value in pixels[2, 3])))
    np.testing.assert_array_equal(image.alpha == 0, (pixels == pixels[2, 3]).all(axis=-1))
    assert image.alpha.max() == 255
    deep = np.random.default_rng(1).integers(0, 65_536, (5, 7, 3), dtype=np.uint16)
    image = read_image(pypng(deep, transparent=tuple(int(value) for value in deep[2, 3])))
    assert image.alpha.dtype == np.uint16
    np.testing.assert_array_equal(np.argwhere(image.alpha == 0), [[2, 3]])


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_i10_one_transparent_gray_of_few_bits(depth):
    pixels = np.arange(12).reshape(3, 4) % 2**depth
    buffer = BytesIO()
    png.Writer(4, 3, greyscale=True, bitdepth=depth, transparent=int(pixels[1, 1])).write(buffer, pixels.tolist())
    image = read_image(buffer.getvalue())
    np.testing.assert_array_equal(image.alpha == 0, pixels == pixels[1, 1])
    np.testing.assert_array_equal(image.rgb[..., 0], pixels * (255 // (2**depth - 1)))


def test_i10_sixteen_bit_layouts_that_pillow_misreads_are_refused():
    deep = deep_tiff(random_image(dtype=np.uint16))
    with pytest.raises(InputImageError, match="separate channel planes"):
        read_image(tiff_with(deep, 284, 2))
    white_is_zero = saved(random_image(channels=1, dtype=np.uint16)[..., 0], "TIFF")
    with pytest.raises(InputImageError, match="whose white is 0"):
        read_image(tiff_with(white_is_zero, 262, 0))


def test_i10_twelve_bit_tiff_is_refused_for_pillow_gives_it_a_sixteenth_of_its_brightness():
    white = saved(np.full((4, 8), 65_535, np.uint16), "TIFF")
    with pytest.raises(InputImageError, match="12 bits a channel; save it with 8 or 16"):
        read_image(tiff_with(white, 258, 12))


def test_i10_sixteen_bit_cmyk_is_cut_with_a_note():
    pixels = random_image(8, 9, 4, np.uint16)
    data = deep_tiff(pixels, photometric=5)
    image = read_image(data)
    assert image.rgb.dtype == np.uint8
    assert image.meta.notes == ("16-bit channels read at 8 bits", "CMYK converted to sRGB")


def test_i10_values_without_a_defined_white_are_refused_by_name():
    wide = np.array([[0, 70_000]], np.int32)
    with pytest.raises(InputImageError, match=r"32-bit integers go outside 0\.\.65535"):
        read_image(saved(Image.fromarray(wide), "TIFF"))
    for value in (np.nan, 2.0, -1.0):
        with pytest.raises(InputImageError, match=r"floating-point values go outside \[0, 1\]"):
            read_image(saved(Image.fromarray(np.array([[0.5, value]], np.float32)), "TIFF"))


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3), (5, 9), (63, 65), (10_000, 1), (1, 10_000)])
def test_i11_odd_sizes_survive_reading_and_writing(size, tmp_path):
    pixels = random_image(*size)
    image = read_image(saved(pixels))
    np.testing.assert_array_equal(image.rgb, pixels)
    write_image(tmp_path / "out.png", image)
    np.testing.assert_array_equal(read_image(tmp_path / "out.png").rgb, pixels)


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_i12_orientation_makes_pixels_upright_and_resets_the_tag(orientation, file_format):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    data = saved(random_image(), file_format, exif=exif)
    image = read_image(data)
    upright = ImageOps.exif_transpose(pillow(data))
    np.testing.assert_array_equal(image.rgb, np.asarray(upright.convert("RGB")))
    kept = Image.Exif()
    kept.load(image.meta.exif)
    assert kept.get(ORIENTATION, 1) == 1  # of a TIFF, Pillow drops the tag when it turns the pixels


def test_i12_alpha_turns_with_the_colours():
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    pixels = random_image(channels=4)
    image = read_image(saved(pixels, exif=exif))
    np.testing.assert_array_equal(image.alpha, np.rot90(pixels[..., 3], -1))


def test_i12_an_orientation_out_of_range_changes_nothing():
    exif = Image.Exif()
    exif[ORIENTATION] = 77
    np.testing.assert_array_equal(read_image(saved(random_image(), exif=exif)).rgb, random_image())


def test_phone_images_with_a_second_frame_are_jpeg():
    frames = [Image.fromarray(random_image(seed=seed)) for seed in range(2)]
    image = read_image(saved(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert image.meta.format == "JPEG"
    assert image.meta.notes == ("first of 2 frames",)


def test_a_policy_can_allow_fewer_formats():
    with pytest.raises(InputImageError, match="is a TIFF"):
        read_image(saved(random_image(), "TIFF"), ImagePolicy(formats=("PNG", "JPEG", "WEBP")))


def pillow(data):
    return Image.open(BytesIO(data))  # noqa: TID251  (the oracle)
