"""Recall on a gallery of points that were put by hand, and the picture of what was found."""

import numpy as np
import pytest
import torch

from srgan_prompt.data.scenes.queries import QueryImages
from srgan_prompt.evaluation.retrieval import draw_matches, rank_gallery, recall


class ByBrightness:
    """Images become points on a half circle by their brightness; a sentence is a number that is added to it."""

    def embed(self, pixels):
        return self._points(torch.from_numpy(pixels[:, 0, 0, 0].astype(np.float32)))

    def compose(self, pixels, sentences):
        values = torch.from_numpy(pixels[:, 0, 0, 0].astype(np.float32))
        return self._points(
            values.repeat_interleave(len(sentences) // len(values)) + torch.tensor([*map(float, sentences)])
        )

    def _points(self, values):
        return torch.stack([torch.cos(values / 100), torch.sin(values / 100)], dim=1)


def flat(*values):
    return np.array(values, np.uint8)[:, None, None, None].repeat(8, 1).repeat(8, 2).repeat(3, 3)


@pytest.fixture
def data():
    """Gallery: 0: 10, 1: 100 (references), 2: 20, 3: 60, 4: 104, 5: 130 (targets)."""
    return QueryImages(flat(10, 100), flat(20, 60, 104, 130), ("9", "1", "1", "0"), np.array([0, 1, 2, 3, 4, 5]))


def test_a_gallery_is_ranked_without_the_querys_own_reference(data):
    best = rank_gallery(ByBrightness(), data, 3)
    assert best.tolist() == [[2, 3, 1], [2, 3, 1], [4, 5, 3], [4, 5, 3]]


def test_recall_counts_targets_among_the_first(data):
    assert recall(ByBrightness(), data, at=(1, 2, 3)) == {1: 50.0, 2: 100.0, 3: 100.0}


def test_another_image_of_the_same_scene_is_right_too(data):
    same = QueryImages(data.references, data.targets, data.sentences, np.array([0, 1, 2, 2, 4, 5]))
    assert recall(ByBrightness(), same, at=(1,)) == {1: 75.0}


def test_the_picture_frames_what_is_right(data):
    wrong, right = (np.asarray(draw_matches(ByBrightness(), data, [query], num_best=2)) for query in (3, 2))
    is_green = [(picture == (30, 140, 60)).all(axis=2) for picture in (wrong, right)]
    assert wrong.shape == right.shape
    middle = wrong.shape[1] * 2 // 3
    assert is_green[0][:, middle:].any()
    assert not is_green[0][:, :middle].any()
    assert is_green[1][:, :middle].any()
    assert not is_green[1][:, middle:].any()
