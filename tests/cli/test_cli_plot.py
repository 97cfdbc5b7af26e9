"""``srgan-prompt plot``: pictures in a folder, their names on stdout, one sentence for what cannot be drawn."""

import sys

import pytest
from cli_makers import size_px

from srgan_prompt.training.tracking import Tracker


def test_the_curves_of_a_run_and_its_samples_are_drawn(command, tmp_path):
    tracker = Tracker(tmp_path / "run", active=True, tensorboard=False)
    for step in (50, 100):
        tracker.record("train", step, {"loss": 1 / step})
    done = command("plot", "run", "-o", "pictures")
    assert done == (0, "pictures/training_curves.png\n", "")
    assert size_px(tmp_path / "pictures/training_curves.png") == pytest.approx((900, 240), abs=30)
    assert command("plot", "run", "-o", "pictures", "--format", "svg").out == "pictures/training_curves.svg\n"


def test_the_shipped_model_is_drawn_without_being_named(command):
    done = command("plot", "-o", "pictures")
    names = [f"pictures/{name}.png" for name in ("audit_matrix", "amounts", "perception_distortion")]
    assert (done.code, done.out.splitlines()) == (0, names)


def test_mistakes_are_one_sentence_and_leave_nothing(command, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    for arguments, code, message in [
        ((), 2, "Say where to put the pictures: -o FOLDER."),
        (("absent", "-o", "pictures"), 3, "absent: no such folder"),
        (("empty", "-o", "pictures"), 3, "empty: there is nothing to draw"),
        (("-o", "pictures", "--format", "bmp"), 2, "--format"),
    ]:
        done = command("plot", *arguments)
        assert (done.code, done.out, done.err.count("\n")) == (code, "", 1)
        assert message in done.err
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = command("plot", "-o", "pictures")
    assert (done.code, done.err) == (
        2,
        "srgan-prompt: Drawing needs matplotlib; run: pip install 'srgan-prompt[eval]'\n",
    )
    assert not (tmp_path / "pictures").exists()
