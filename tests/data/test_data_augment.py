"""Images whose pixels say where they came from: so that every crop and turn can be read off."""

import numpy as np
import pytest
import torch
from torch import Tensor

from srgan_prompt.data.batches import Patches, cut_window


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


@pytest.fixture
def image() -> np.ndarray:
    """(20, 30, 3) uint8; red is the row, green the column."""
    rows, columns = np.mgrid[:20, :30]
    return np.stack([rows, columns, rows * 0], axis=-1).astype(np.uint8)


def located(num_images: int, side_px: int) -> Tensor:
    """(B, 3, side, side); red is the row, green the column, blue the number of the image."""
    rows, columns = torch.meshgrid(torch.arange(side_px), torch.arange(side_px), indexing="ij")
    return torch.stack([torch.stack([rows, columns, torch.full_like(rows, k)]) for k in range(num_images)]).float()


def test_a_window_is_cut_out_untouched(image):
    window = cut_window(image, 8, "crop", np.random.default_rng(0))
    top, left = window[0, 0, :2]
    assert window.shape == (8, 8, 3)
    assert np.array_equal(window, image[top : top + 8, left : left + 8])


def test_windows_lie_everywhere_including_the_corners(image):
    rng = np.random.default_rng(0)
    corners = np.array([cut_window(image, 8, "crop", rng)[0, 0, :2] for _ in range(800)])
    assert corners.min(axis=0).tolist() == [0, 0]
    assert corners.max(axis=0).tolist() == [12, 22]


def test_a_window_may_be_the_whole_image(image):
    square = image[:, :20]
    assert np.array_equal(cut_window(square, 20, "crop", np.random.default_rng(0)), square)


def test_resizing_shrinks_the_largest_square_into_the_window(image):
    window = cut_window(image, 10, "resize", np.random.default_rng(0)).astype(int)
    assert window.shape == (10, 10, 3)
    assert window[..., 0].min() <= 1
    assert window[..., 0].max() >= 18  # all 20 rows are in it
    assert np.ptp(window[..., 1]) >= 17


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_input_and_answer_are_cut_and_turned_together(scale):
    lr = located(64, 12)
    hr = lr.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
    patches = Patches.sample(12, 8, generators(*range(64)))
    small, large = patches.cut(lr), patches.cut(hr, scale)
    assert small.shape == (64, 3, 8, 8)
    assert torch.equal(large, small.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3))
    assert torch.equal(small[:, 2], lr[:, 2, :8, :8])  # every sample is cut out of its own image


def test_all_eight_turns_and_all_places_occur():
    small = Patches.sample(6, 4, generators(*range(400))).cut(located(1, 6).expand(400, -1, -1, -1))
    corners = {tuple(patch[:2, 0, 0].tolist()) for patch in small}
    directions = {
        (*(patch[:2, 0, 1] - patch[:2, 0, 0]).tolist(), *(patch[:2, 1, 0] - patch[:2, 0, 0]).tolist())
        for patch in small
    }
    assert len(directions) == 8
    assert {row for row, _ in corners} == {column for _, column in corners} == {0, 1, 2, 3, 4, 5}


def test_a_patch_as_large_as_the_image_is_only_turned():
    lr = located(8, 5)
    small = Patches.sample(5, 5, generators(*range(8))).cut(lr)
    assert torch.equal(small.flatten(2).sort().values, lr.flatten(2).sort().values)


def test_a_sample_does_not_notice_its_batch():
    lr = located(3, 12)
    together = Patches.sample(12, 8, generators(0, 1, 2)).cut(lr)
    for k in range(3):
        assert torch.equal(Patches.sample(12, 8, generators(k)).cut(lr[k : k + 1])[0], together[k])
