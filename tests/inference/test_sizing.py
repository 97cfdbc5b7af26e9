"""Wishes for a size, from flags and from sentences."""

import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.sizing import TargetSize, read_sentences


@pytest.mark.parametrize(
    ("wish", "size"),
    [
        (TargetSize(), (400, 240)),
        (TargetSize(scale=2.5), (250, 150)),
        (TargetSize(width_px=50), (50, 30)),
        (TargetSize(height_px=600), (1000, 600)),
        (TargetSize(width_px=1920, height_px=1080), (1800, 1080)),
        (TargetSize(width_px=1920, height_px=2000), (1920, 1152)),
        (TargetSize(max_side_px=333), (333, 200)),
        (TargetSize(scale=0.001), (1, 1)),
    ],
    ids=str,
)
def test_sizes_of_a_100_by_60_picture(wish, size):
    assert wish.size_px(100, 60, network_scale=4) == size


def test_a_tall_picture_is_measured_by_its_height():
    assert TargetSize(max_side_px=300).size_px(60, 100, 4) == (180, 300)


@pytest.mark.parametrize("wish", [TargetSize(scale=65), TargetSize(width_px=6401), TargetSize(max_side_px=10**6)])
def test_enlargements_beyond_all_measure_are_refused(wish):
    with pytest.raises(UsageError, match="64 is the most"):
        wish.size_px(100, 60, 4)


@pytest.mark.parametrize("both", [{"width_px": 5, "max_side_px": 5}, {"scale": 2, "height_px": 5}])
def test_two_wishes_are_refused(both):
    with pytest.raises(UsageError, match="one of"):
        TargetSize(**both)


@pytest.mark.parametrize(
    ("sentences", "prompt", "size"),
    [
        ([], None, None),
        ([""], "", None),
        (["  ", ""], "", None),
        (["warmer"], [("warmer", 1.0)], None),
        (["denoise:0.7, twice as big"], [("denoise", 0.7)], TargetSize(scale=2)),
        (["remove the noise and make it 1080p"], [("remove the noise", 1.0)], TargetSize(height_px=1080)),
        (["twice as big"], None, TargetSize(scale=2)),
        (["twice as big", "warmer"], [("warmer", 1.0)], TargetSize(scale=2)),
        (["warmer, twice as big", "make it twice as big"], [("warmer", 1.0)], TargetSize(scale=2)),
    ],
    ids=str,
)
def test_sentences_give_prompt_and_size(sentences, prompt, size):
    assert read_sentences(sentences) == (prompt, size)


def test_sentences_that_disagree_are_refused():
    with pytest.raises(UsageError, match="different sizes"):
        read_sentences(["twice as big", "three times as big"])
