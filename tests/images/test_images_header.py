"""What a file says about its image, before any pixel is decoded."""

import pytest
from image_makers import random_image, saved
from PIL import Image, ImageCms

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.read import read_header, read_image
from srgan_prompt.images.write import write_image


def test_size_mode_and_bytes(tmp_path):
    path = tmp_path / "a.png"
    Image.new("LA", (7, 5)).save(path)
    header = read_header(path)
    assert (header.format, header.mode, header.width_px, header.height_px) == ("PNG", "LA", 7, 5)
    assert header.num_bytes == path.stat().st_size
    assert (header.profile, header.has_exif, header.provenance, header.is_animated) == (None, False, None, False)
    assert header.jpeg_quality is None


@pytest.mark.parametrize("quality", [1, 20, 50, 75, 100])
def test_the_quality_of_a_jpeg_is_told_by_its_tables(tmp_path, quality):
    Image.new("RGB", (8, 8)).save(tmp_path / "a.jpg", quality=quality)
    assert read_header(tmp_path / "a.jpg").jpeg_quality == pytest.approx(quality, abs=1 if quality >= 20 else 15)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_size_is_that_of_the_upright_image(tmp_path, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    Image.new("RGB", (8, 4)).save(tmp_path / "a.jpg", exif=exif)
    header = read_header(tmp_path / "a.jpg")
    upright = read_image(tmp_path / "a.jpg")
    assert (header.width_px, header.height_px) == (upright.width_px, upright.height_px)
    assert header.orientation == orientation


def test_profiles_are_named(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (4, 4)).save(tmp_path / "a.png", icc_profile=profile)
    Image.new("RGB", (4, 4)).save(tmp_path / "b.png", icc_profile=b"nonsense")
    assert "sRGB" in read_header(tmp_path / "a.png").profile
    assert read_header(tmp_path / "b.png").profile == "damaged"


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
def test_our_own_note_is_found_again(tmp_path, suffix):
    image: LoadedImage = read_image(saved(random_image(), "PNG"))
    write_image(tmp_path / f"a.{suffix}", image, provenance={"version": "1", "prompt": "warmer"})
    assert '"prompt": "warmer"' in read_header(tmp_path / f"a.{suffix}").provenance


@pytest.mark.parametrize("content", [b"", b"x", b"no image at all"])
def test_what_is_no_image_is_refused(content):
    with pytest.raises(InputImageError):
        read_header(content)


def test_limits_hold(tmp_path):
    Image.new("L", (50, 50)).save(tmp_path / "a.png")
    with pytest.raises(InputImageError, match="over the limit"):
        read_header(tmp_path / "a.png", ImagePolicy(max_pixels=2499))
