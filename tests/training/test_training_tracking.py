"""The log of a run: a full disk costs lines, not the run (O5)."""

import json

import numpy as np
import pytest
from disk_faults import ERRORS, failing_disk
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from training_makers import make_trainer, tiny_config

from srgan_prompt.training.state import schedule
from srgan_prompt.training.tracking import Tracker


def test_o05_a_line_that_cannot_be_written_is_told_and_the_next_one_is_there(tmp_path, monkeypatch, capsys):
    tracker = Tracker(tmp_path, active=True, tensorboard=False)
    for step, error in enumerate(ERRORS):
        with failing_disk(monkeypatch, 2, error):
            tracker.record("train", step, {"loss": 1.0})
        told = " ".join(capsys.readouterr().err.split())
        assert error.strerror in told
        assert f"step {step} is missing" in told
    tracker.record("train", 2, {"loss": 0.5})
    assert [json.loads(line)["step"] for line in (tmp_path / "log.jsonl").read_text().splitlines()] == [2]


def test_tensorboard_holds_the_learning_rate_and_the_samples(tmp_path):
    config = tiny_config(tmp_path, pixel_steps=4, gan_steps=0)
    trainer = make_trainer(config)
    trainer.tracker = Tracker(tmp_path, active=True, tensorboard=True)
    trainer.validate = lambda generator, step: trainer.tracker.image(step, np.full((6, 8, 3), 90, np.uint8)) or {}
    trainer.fit()
    written = EventAccumulator(str(tmp_path / "tensorboard")).Reload()
    rates = [event.value for event in written.Scalars("train/learning_rate")]
    assert rates == pytest.approx([1e-3 * schedule(step, 4, config.optim) for step in range(4)], rel=1e-5)
    assert [(image.width, image.height) for image in written.Images("samples")] == [(8, 6)]


def test_a_start_says_what_the_run_computes_on(tmp_path):
    make_trainer(tiny_config(tmp_path, pixel_steps=1, gan_steps=0)).fit()
    start = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[0])
    assert (start["kind"], start["num_processes"], start["device"], start["precision"]) == ("start", 1, "cpu", "fp32")
