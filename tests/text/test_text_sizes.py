import time

import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.text.sizes import SizeWish, size_from_sentence


@pytest.mark.parametrize(
    ("sentence", "scale", "rest"),
    [
        ("x2", 2, ""),
        ("2x", 2, ""),
        ("×4", 4, ""),
        ("Make it twice as big.", 2, ""),
        ("double the size", 2, ""),
        ("four times larger", 4, ""),
        ("4x super-resolution", 4, ""),
        ("enlarge the photo by 2.5x", 2.5, ""),
        ("increase the resolution four times", 4, ""),
        ("scale it by 4", 4, ""),
        ("enlarge by 150 percent", 2.5, ""),
        ("make it 30% larger", 1.3, ""),
        ("scale up to 200%", 2, ""),
        ("remove the noise, 2x", 2, "remove the noise"),
        ("denoise, x2, warmer", 2, "denoise, warmer"),
        ("Upscale the photo x4 and denoise it", 4, "denoise it"),
        ("make it brighter and twice as big, please", 2, "make it brighter, please"),
        ("Could you double the resolution and remove the blur?", 2, "remove the blur?"),
        ("I want the image to be three times as large, and a bit warmer", 3, "a bit warmer"),
    ],
)
def test_scales(sentence, scale, rest):
    assert size_from_sentence(sentence) == SizeWish(rest, scale=pytest.approx(scale))


@pytest.mark.parametrize(
    ("sentence", "width_px", "height_px", "rest"),
    [
        ("to 1080p", None, 1080, ""),
        ("upscale to 4k", 3840, None, ""),
        ("1920 pixels wide", 1920, None, ""),
        ("800x600", 800, 600, ""),
        ("resize to 800 x 600 px and remove noise", 800, 600, "remove noise"),
        ("width of 1920 px and height of 1080", 1920, 1080, ""),
        ("in 4K resolution, restore this photo", 3840, None, "restore this photo"),
        ("full HD resolution", 1920, None, ""),
    ],
)
def test_sides(sentence, width_px, height_px, rest):
    assert size_from_sentence(sentence) == SizeWish(rest, width_px=width_px, height_px=height_px)


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "30% brighter",
        "make it 2x brighter",
        "brighten by 1.5x",
        "double the contrast",
        "twice as bright",
        "reduce noise by 50%",
        "enhance it by 30%",
        "remove the 8x8 blocks",
        "crisp 4k detail, natural texture",
        "shot at 10:30 with an x100 camera",
        "ratio 4:3",
    ],
)
def test_what_is_no_size_stays(sentence):
    assert size_from_sentence(sentence) is None


@pytest.mark.parametrize(
    "sentence", ["x2 and to 4k", "2x and 3x", "x99", "0x", "800x600 and 1920 pixels wide", "100000x500"]
)
def test_impossible_sizes_are_named(sentence):
    with pytest.raises(UsageError, match=r"two different sizes|not a possible"):
        size_from_sentence(sentence)


@pytest.mark.fuzz
@pytest.mark.parametrize("piece", ["a ", "please ", "the image ", "1", "enlarge it up ", " ", ", and ", "twice as "])
def test_long_sentences_take_no_long_time(piece):
    start_s = time.perf_counter()
    size_from_sentence(piece * (4000 // len(piece)))
    assert time.perf_counter() - start_s < 2
