"""Images of every kind through the whole command: I9, I10, I11, I12, I13, I14 of the acceptance list."""

import numpy as np
import pytest
from cli_makers import make_image, pixels, size_px
from PIL import Image, ImageCms, ImageOps

from srgan_prompt.images.read import read_image

ORIENTATION = 0x0112


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("moving.png", "first of 3 frames"),
        ("moving.webp", "first of 3 frames"),
        ("pages.tif", "first page of several"),
    ],
)
def test_i09_of_an_animation_the_first_frame_is_upscaled_and_a_note_says_so(upscale, tmp_path, name, note):
    frames = [Image.fromarray(pixels(make_image(tmp_path / f"{seed}.png", seed=seed))) for seed in range(3)]
    options = {"lossless": True} if name.endswith("webp") else {}
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    assert upscale(name, "-p", "", "-o", "out.png") == (0, "out.png\n", f"{name}: {note}\n")
    assert upscale("0.png", "-p", "", "-o", "first.png").code == 0
    np.testing.assert_array_equal(pixels(tmp_path / "out.png"), pixels(tmp_path / "first.png"))


GRAY, TRANSPARENT, DEEP = {"1", "L", "LA", "I;16", "I", "F"}, {"LA", "P with one clear", "RGBA"}, {"I;16", "I", "F"}
KINDS = ("1", "L", "LA", "P", "P with one clear", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "I", "F")


def of_kind(kind):
    rgba = Image.fromarray(np.random.default_rng(0).integers(0, 256, (8, 12, 4), np.uint8))
    levels = np.asarray(rgba)[..., 0]
    match kind:
        case "I;16":
            return Image.fromarray(levels.astype(np.uint16) * 257)
        case "I":
            return Image.fromarray(levels.astype(np.int32) * 257)
        case "F":
            return Image.fromarray(levels.astype(np.float32) / 255)
        case "LA" | "RGBA":
            return rgba.convert(kind)
    return rgba.convert("RGB").convert(kind.split()[0])


@pytest.mark.parametrize("kind", KINDS)
def test_i10_every_mode_comes_out_four_times_as_large_with_its_alpha_and_its_depth(upscale, tmp_path, kind):
    name = "in.tif" if kind in ("CMYK", "YCbCr", "I", "F") else "in.png"
    of_kind(kind).save(tmp_path / name, **({"transparency": 3} if kind == "P with one clear" else {}))
    assert upscale(name, "-p", "", "-o", "out.png").code == 0
    result = read_image(tmp_path / "out.png")
    assert result.rgb.shape == (32, 48, 3)
    assert result.meta.is_gray == (kind in GRAY)
    assert (result.alpha is not None) == (kind in TRANSPARENT)
    assert result.rgb.dtype == (np.uint16 if kind in DEEP else np.uint8)
    assert np.ptp(result.rgb) > 0.5 * np.iinfo(result.rgb.dtype).max


def test_i10_where_a_format_holds_8_bits_only_the_cut_is_told(upscale, tmp_path):
    of_kind("I;16").save(tmp_path / "deep.png")
    done = upscale("deep.png", "-p", "", "-o", "out.jpg")
    assert (done.code, done.err) == (0, "deep.png: 16-bit pixels reduced to 8 bits for JPEG; PNG keeps them\n")


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (7, 1), (2, 3), (5, 9), (63, 65), (10_000, 1), (1, 10_000)])
def test_i11_any_size_comes_out_exactly_four_times_as_large(upscale, tmp_path, size):
    make_image(tmp_path / "in.png", *size)
    assert upscale("in.png", "-o", "out.png").code == 0
    assert size_px(tmp_path / "out.png") == (4 * size[0], 4 * size[1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_i12_a_turned_photo_comes_out_upright_and_says_so(upscale, image, tmp_path, orientation):
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    turned = Image.fromarray(pixels(image))
    turned.save(tmp_path / "turned.png", exif=exif)
    turned.getexif()[ORIENTATION] = orientation
    ImageOps.exif_transpose(turned).save(tmp_path / "upright.png")
    assert upscale("turned.png", "upright.png", "-p", "", "-o", "out").code == 0
    with Image.open(tmp_path / "out" / "turned_x4.png") as result:  # noqa: TID251
        assert result.size == ((48, 32) if orientation < 5 else (32, 48))
        assert result.getexif()[ORIENTATION] == 1
    upright = pixels(tmp_path / "out" / "upright_x4.png")
    np.testing.assert_array_equal(pixels(tmp_path / "out" / "turned_x4.png"), upright)


def test_i13_a_profile_goes_along_and_a_cut_one_is_told(upscale, image, tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, embedded in {"whole.png": profile, "cut.png": profile[:200]}.items():
        Image.fromarray(pixels(image)).save(tmp_path / name, icc_profile=embedded)
    done = upscale("whole.png", "cut.png", "-p", "", "-o", "out")
    assert done.code == 0
    assert "whole.png: " not in done.err
    assert "cut.png: colour profile ignored: it is damaged\n" in done.err
    for name, kept in {"whole_x4.png": profile, "cut_x4.png": None}.items():
        with Image.open(tmp_path / "out" / name) as result:  # noqa: TID251
            assert result.info.get("icc_profile") == kept
    np.testing.assert_array_equal(pixels(tmp_path / "out/whole_x4.png"), pixels(tmp_path / "out/cut_x4.png"))


def test_i14_colours_that_nobody_sees_change_nothing(upscale, tmp_path):
    seen = np.random.default_rng(0).integers(0, 256, (24, 24, 4), np.uint8)
    seen[..., 3] = np.where(np.hypot(*(np.mgrid[:24, :24] - 12)) < 8, 255, 0)
    for name, hidden in {"black.png": (0, 0, 0), "loud.png": (255, 0, 255)}.items():
        stored = seen.copy()
        stored[stored[..., 3] == 0, :3] = hidden
        Image.fromarray(stored).save(tmp_path / name)
    assert upscale("black.png", "loud.png", "-p", "", "-o", "out").code == 0
    black, loud = (pixels(tmp_path / "out" / f"{name}_x4.png") for name in ("black", "loud"))
    np.testing.assert_array_equal(black, loud)
    assert (black.shape, black[..., 3].min(), black[..., 3].max()) == ((96, 96, 4), 0, 255)
