"""Wishes for a size -> width and height."""

import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.sizes import TargetSize


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
        (TargetSize(min_side_px=90), (150, 90)),
        (TargetSize(num_pixels=60_000), (316, 190)),
        (TargetSize(scale=0.001), (1, 1)),
    ],
    ids=str,
)
def test_sizes_of_a_100_by_60_image(wish, size):
    assert wish.size_px(100, 60, network_scale=4) == size


def test_a_tall_image_is_measured_by_its_height():
    assert TargetSize(max_side_px=300).size_px(60, 100, 4) == (180, 300)
    assert TargetSize(min_side_px=90).size_px(60, 100, 4) == (90, 150)


@pytest.mark.parametrize("wish", [TargetSize(scale=65), TargetSize(width_px=6401), TargetSize(max_side_px=10**6)])
def test_upscaling_beyond_all_measure_is_refused(wish):
    with pytest.raises(UsageError, match="64 is the most"):
        wish.size_px(100, 60, 4)


@pytest.mark.parametrize(
    "both", [{"width_px": 5, "max_side_px": 5}, {"scale": 2, "height_px": 5}, {"num_pixels": 9, "min_side_px": 3}]
)
def test_two_wishes_are_refused(both):
    with pytest.raises(UsageError, match="one of"):
        TargetSize(**both)
