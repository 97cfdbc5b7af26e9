"""Scenes that are drawn and read again."""

from dataclasses import replace

import numpy as np
import pytest

from srgan_prompt.data.scenes.drawing import draw_scenes
from srgan_prompt.data.scenes.modifications import Change, Description, Remove
from srgan_prompt.data.scenes.queries import SceneQuery
from srgan_prompt.data.scenes.recognition import THINGS, judge_edits, recognise_scenes
from srgan_prompt.data.scenes.scene import PLACES, Scene, Thing, draw_scene
from srgan_prompt.errors import UsageError


@pytest.mark.parametrize("side_px", [24, 96])
def test_what_is_drawn_is_read(side_px):
    rng = np.random.default_rng(0)
    scenes = [draw_scene(rng, split) for split in ("train", "test") for _ in range(50)]
    assert recognise_scenes(draw_scenes(scenes, side_px)) == scenes


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
