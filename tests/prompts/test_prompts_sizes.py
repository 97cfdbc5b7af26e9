import time

import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.sizes import SizeWish, TargetSize, size_from_sentence


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
    assert size_from_sentence(sentence) == SizeWish(rest, TargetSize(scale=pytest.approx(scale)))


@pytest.mark.parametrize(
    ("sentence", "rest"),
    [
        ("same size", ""),
        ("keep the size", ""),
        ("restore it at the same size", "restore it"),
        ("Clean this photo in its original resolution.", "Clean this photo"),
        ("remove the noise, same size, please", "remove the noise, please"),
        ("denoise, keep its current pixel dimensions", "denoise"),
        ("keep it at the original size and sharpen it", "sharpen it"),
        ("sharpen but leave the size", "sharpen"),
        ("remove the blur without enlarging it", "remove the blur"),
        ("don't upscale, just denoise", "just denoise"),
    ],
)
def test_the_size_may_stay(sentence, rest):
    assert size_from_sentence(sentence) == SizeWish(rest, TargetSize(scale=1))


@pytest.mark.parametrize(
    "sentence",
    [
        "restore the original resolution",
        "keep the resolution high",
        "at the same size as the other",
        "do not resize it wrongly",
    ],
)
def test_what_only_mentions_a_size_stays(sentence):
    assert size_from_sentence(sentence) == SizeWish(sentence)


@pytest.mark.parametrize(
    ("sentence", "scale"),
    [
        ("double it", 2),
        ("double the image size", 2),
        ("make it twice its size", 2),
        ("twice as large as it is now", 2),
        ("triple the photo", 3),
        ("enlarge it threefold", 3),
        ("ten times bigger", 10),
        ("one and a half times as large", 1.5),
        ("by a factor of 3", 3),
        ("upscale this photo by a factor of three", 3),
        ("increase the resolution by a factor of 2", 2),
        ("with a scale factor of 2.5", 2.5),
        ("enlarge my holiday photo by 3", 3),
        ("increase the size by 50%", 1.5),
        ("increase its size to 150 percent", 1.5),
        ("bigger by 50%", 1.5),
        ("enlarge 200%", 2),
        ("enlarge it 20%", 1.2),
        ("at 200% size", 2),
        ("resize to 50%", 0.5),
    ],
)
def test_more_ways_to_say_a_scale(sentence, scale):
    assert size_from_sentence(sentence) == SizeWish("", TargetSize(scale=pytest.approx(scale)))


@pytest.mark.parametrize(
    "sentence",
    [
        "half the size",
        "half as big as the original",
        "halve it",
        "halve the resolution",
        "shrink it by half",
        "shrink to half the size",
        "reduce the size by 50%",
        "50% smaller",
        "50% of the original size",
        "2x smaller",
        "two times smaller",
        "scale it down by 2",
        "downscale by a factor of 2",
        "scale factor 0.5",
    ],
)
def test_half_the_size(sentence):
    assert size_from_sentence(sentence) == SizeWish("", TargetSize(scale=0.5))


@pytest.mark.parametrize(
    ("sentence", "size", "rest"),
    [
        ("to 1080p", {"min_side_px": 1080}, ""),
        ("upscale to 4k", {"max_side_px": 3840}, ""),
        ("make it 4K", {"max_side_px": 3840}, ""),
        ("4K", {"max_side_px": 3840}, ""),
        ("a 4K version, less noise", {"max_side_px": 3840}, "less noise"),
        ("in 4K resolution, restore this photo", {"max_side_px": 3840}, "restore this photo"),
        ("for my 4k monitor", {"max_side_px": 3840}, ""),
        ("full HD", {"max_side_px": 1920}, ""),
        ("full HD resolution", {"max_side_px": 1920}, ""),
        ("1920 pixels wide", {"width_px": 1920}, ""),
        ("at most 2,000 px wide", {"width_px": 2000}, ""),
        ("800x600", {"width_px": 800, "height_px": 600}, ""),
        ("resize to 800 x 600 px and remove noise", {"width_px": 800, "height_px": 600}, "remove noise"),
        ("resize to 1,920 x 1,080", {"width_px": 1920, "height_px": 1080}, ""),
        ("make it 1.920 x 1.080, warmer", {"width_px": 1920, "height_px": 1080}, "warmer"),
        ("1920px by 1080px", {"width_px": 1920, "height_px": 1080}, ""),
        ("resize to 64x64", {"width_px": 64, "height_px": 64}, ""),
        ("fit into 500x500", {"width_px": 500, "height_px": 500}, ""),
        ("denoise and fit it into a 500 x 400 box", {"width_px": 500, "height_px": 400}, "denoise"),
        ("width of 1920 px and height of 1080", {"width_px": 1920, "height_px": 1080}, ""),
        ("longest side 2000", {"max_side_px": 2000}, ""),
        ("the long edge should be 2000 px, remove noise", {"max_side_px": 2000}, "remove noise"),
        ("2000 px on the longest side", {"max_side_px": 2000}, ""),
        ("resize to 2000px", {"max_side_px": 2000}, ""),
        ("shorter side of 1000 pixels", {"min_side_px": 1000}, ""),
        ("20 megapixels", {"num_pixels": 20_000_000}, ""),
        ("make it brighter and enlarge it to 12.5 MP", {"num_pixels": 12_500_000}, "make it brighter"),
    ],
)
def test_sides(sentence, size, rest):
    assert size_from_sentence(sentence) == SizeWish(rest, TargetSize(**size))


@pytest.mark.parametrize(
    "sentence",
    [
        "",
        "30% brighter",
        "make it 2x brighter",
        "brighten by 1.5x",
        "brighten by a factor of 2",
        "scale the contrast by 2",
        "reduce the noise by half",
        "half the noise",
        "double the contrast",
        "twice as bright",
        "reduce noise by 50%",
        "enhance it by 30%",
        "remove the 8x8 blocks",
        "shot at 10:30 with an x100 camera",
        "shot on 35mm film",
        "ratio 4:3",
    ],
)
def test_what_is_no_size_stays(sentence):
    assert size_from_sentence(sentence) == SizeWish(sentence)


@pytest.mark.parametrize(
    ("sentence", "unread"),
    [
        ("crisp 4k detail, natural texture", ("4k",)),
        ("4k, highly detailed", ("4k",)),
        ("make it smaller", ("smaller",)),
        ("crop to 500x500", ("500x500",)),
        ("print at A4, 300 dpi", ("at A4", "300 dpi")),
        ("a third bigger", ("third bigger",)),
        ("increase by 50%", ("increase by 50%",)),
        ("as large as possible", ("as large as possible",)),
    ],
)
def test_what_looks_like_a_size_and_is_not_known_stays_and_is_named(sentence, unread):
    assert size_from_sentence(sentence) == SizeWish(sentence, unread=unread)


@pytest.mark.parametrize(
    "sentence",
    ["x2 and to 4k", "2x and 3x", "x99", "0x", "800x600 and 1920 pixels wide", "100000x500", "enlarge to 5000 MP"],
)
def test_impossible_sizes_are_named(sentence):
    with pytest.raises(UsageError, match=r"two different sizes|not a possible"):
        size_from_sentence(sentence)


@pytest.mark.fuzz
@pytest.mark.parametrize(
    "piece",
    [
        "a ",
        "please ",
        "the image ",
        "1",
        "1,",
        "enlarge it up ",
        " ",
        ", and ",
        "twice as ",
        "scale down the ",
        "12 x ",
    ],
)
def test_long_sentences_take_no_long_time(piece):
    start_s = time.perf_counter()
    size_from_sentence(piece * (4000 // len(piece)))
    assert time.perf_counter() - start_s < 2
