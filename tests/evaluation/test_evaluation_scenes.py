"""Scenes that are drawn and read again, and recall on a gallery of points that were put by hand."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from srgan_prompt.data.scene_queries import Change, Description, QueryImages, Remove, SceneQuery
from srgan_prompt.data.scenes import PLACES, Scene, Thing, draw_scene, draw_scenes
from srgan_prompt.errors import UsageError
from srgan_prompt.evaluation.scenes import THINGS, draw_matches, judge_edits, rank_gallery, recall, recognise_scenes


@pytest.mark.parametrize("side_px", [24, 96])
def test_what_is_drawn_is_read(side_px):
    rng = np.random.default_rng(0)
    scenes = [draw_scene(rng, split) for split in ("train", "test") for _ in range(50)]
    assert recognise_scenes(draw_scenes(scenes, side_px)) == scenes


def test_a_bicubic_enlargement_is_read_as_what_it_shows():
    rng = np.random.default_rng(0)
    scenes = [draw_scene(rng, split) for split in ("train", "test") for _ in range(50)]
    small = torch.from_numpy(draw_scenes(scenes, 24)).permute(0, 3, 1, 2).float()
    large = torch.nn.functional.interpolate(small, scale_factor=4, mode="bicubic").clamp(0, 255).round().byte()
    assert recognise_scenes(large.permute(0, 2, 3, 1).numpy()) == scenes


def test_every_thing_is_told_from_every_other_at_every_place_in_noise():
    scenes = [Scene().with_place(place, thing) for thing in THINGS for place in PLACES]
    noise = np.random.default_rng(0).normal(0, 12, (len(scenes), 96, 96, 3))
    noisy = np.clip(draw_scenes(scenes, 96) + noise, 0, 255).astype(np.uint8)
    assert recognise_scenes(noisy) == scenes


def test_other_shapes_are_refused():
    with pytest.raises(UsageError, match=r"are \(N, side, side, 3\), not \(2, 24, 30, 3\)"):
        recognise_scenes(np.zeros((2, 24, 30, 3), np.uint8))
    with pytest.raises(UsageError, match="cannot have 25 px a side"):
        recognise_scenes(np.zeros((2, 25, 25, 3), np.uint8))


def test_edits_are_judged_by_thing_by_value_and_by_what_else_changed():
    red, blue = Thing("small", "red", "circle"), Thing("small", "blue", "circle")
    before = Scene().with_place("centre", red)
    paint = SceneQuery(before, Change(Description(colour="red"), "colour", "blue"), "make the red thing blue", before)
    paint = replace(paint, target=paint.modification.apply(before))
    remove = SceneQuery(before, Remove(Description(colour="red")), "remove the red thing", Scene())
    beside = paint.target.with_place("top left", blue)
    judged = judge_edits(draw_scenes([paint.target, beside, before, before], 24), [paint, paint, paint, remove])
    assert judged["right"] == judged["thing"] == 0.5
    assert judged["colour"] == pytest.approx(2 / 3)
    assert judged["remove"] == 0
    assert judged["collateral"] == 0.25
    assert np.isnan(judged["add"])
    wrong_value = draw_scenes([before.with_place("centre", Thing("small", "green", "circle"))], 24)
    judged = judge_edits(wrong_value, [paint])
    assert (judged["thing"], judged["right"], judged["collateral"]) == (1, 0, 0)


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
