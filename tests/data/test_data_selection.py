"""What decides whether a photo is trained on: sharpness, compression, and whether another shows the same."""

import io

import numpy as np
import pytest
from photo_makers import drawn
from PIL import Image, ImageEnhance, ImageFilter

from srgan_prompt.data.selection import MAX_BITS_OFF, difference_hash, measure_photo, near_duplicates, sharpness
from srgan_prompt.images.photos import draw_synthetic_image, read_rgb8


def blurred(rgb, sigma_px):
    return np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(sigma_px)))


def test_blur_lowers_sharpness_step_by_step():
    photo = draw_synthetic_image(3, 256)
    measured = [sharpness(photo), *(sharpness(blurred(photo, sigma_px)) for sigma_px in (1, 2, 4))]
    assert measured == sorted(measured, reverse=True)
    assert measured[0] > 10 * measured[2]


def test_a_sharp_bird_before_a_blurred_wood_is_sharp():
    photo = drawn(1, 512)
    wood = blurred(photo, 6)
    bird = wood.copy()
    bird[128:256, 128:384] = photo[128:256, 128:384]
    assert sharpness(bird) > 0.5 * sharpness(photo)
    assert sharpness(wood) < 0.02 * sharpness(photo)


def test_sharpness_is_the_variance_of_the_laplacian():
    dot = np.zeros((5, 5, 3), np.uint8)
    dot[2, 2] = 100
    assert sharpness(dot) == pytest.approx(np.var([[0, -100, 0], [-100, 400, -100], [0, -100, 0]]), rel=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (2, 50), (3, 3)])
def test_the_smallest_photos_are_measured_too(shape):
    assert sharpness(np.full((*shape, 3), 7, np.uint8)) == 0
    assert difference_hash(np.full((*shape, 3), 7, np.uint8)).tolist() == [0] * 16


@pytest.mark.parametrize("quality", [20, 50, 75, 90, 97])
def test_the_quality_of_a_jpeg_is_read_from_its_tables(tmp_path, quality):
    Image.fromarray(drawn(1)).save(tmp_path / "a.jpg", quality=quality)
    assert measure_photo(tmp_path / "a.jpg").jpeg_quality == pytest.approx(quality, abs=1)


def test_what_cannot_be_read_is_a_problem_and_no_error(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"no photo")
    Image.fromarray(drawn(1)).save(tmp_path / "b.png")
    assert measure_photo(tmp_path / "a.jpg").problem.startswith(f"{tmp_path / 'a.jpg'}: ")
    assert "no such file" in measure_photo(tmp_path / "none.jpg").problem
    measured = measure_photo(tmp_path / "b.png")
    assert (measured.problem, measured.width_px, measured.height_px, measured.jpeg_quality) == ("", 64, 64, None)


def copies_of(photo):
    image = Image.fromarray(photo)
    yield np.asarray(image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC))
    yield np.asarray(ImageEnhance.Brightness(image).enhance(0.9))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=40)
    yield read_rgb8(file.getvalue())


def hex_of(photo):
    return difference_hash(photo).tobytes().hex()


def test_copies_are_found_and_others_are_not():
    photos = [drawn(number, 128) for number in range(12)]
    copies = [copy for photo in photos[:3] for copy in copies_of(photo)]
    assert near_duplicates([hex_of(each) for each in photos]) == {}
    found = near_duplicates([hex_of(each) for each in [*photos, *copies]])
    assert found == {12 + number: number // 3 for number in range(9)}


def test_the_limit_is_exact_and_the_first_that_is_no_copy_counts():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, 256)

    def turned(count):
        other = bits.copy()
        other[rng.permutation(256)[:count]] ^= 1
        return np.packbits(other).tobytes().hex()

    for _ in range(20):
        hashes = [turned(0), turned(MAX_BITS_OFF), turned(MAX_BITS_OFF + 1)]
        copies = near_duplicates(hashes)
        assert copies[1] == 0
        assert copies.get(2) is None  # it may be near to the copy, which does not count
