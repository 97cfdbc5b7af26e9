"""The log of a run: a full disk costs lines, not the run (O5)."""

import json

from disk_faults import ERRORS, failing_disk

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
