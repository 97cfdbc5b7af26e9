"""O7, O8: bad files are reported and spoil nothing; done ones are not done again."""

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.errors import InputImageError, OutputError
from srgan_prompt.images.paths import expand_inputs, plan_outputs
from srgan_prompt.inference.batch import upscale_files

BAD = {3, 17, 18, 50, 99}


@pytest.fixture
def hundred(tmp_path):
    for index in range(100):
        path = tmp_path / f"{index:02}.png"
        Image.fromarray(np.full((4, 5, 3), index, np.uint8)).save(path)
        if index in BAD:
            path.write_bytes(path.read_bytes()[:40])
    return tmp_path


def test_o7_five_bad_of_a_hundred(upscaler, hundred):
    calls = []
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    outcomes = list(upscale_files(upscaler, plan, progress=lambda done, total, job: calls.append((done, total))))
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    assert {int(outcome.job.source.stem) for outcome in failed} == BAD
    assert all(isinstance(outcome.error, InputImageError) for outcome in failed)
    assert all(str(outcome.job.source) in str(outcome.error) for outcome in failed)
    assert len(list((hundred / "out").iterdir())) == 95
    assert calls[0] == (0, 100)
    assert calls[-1] == (99, 100)
    done = next(outcome for outcome in outcomes if outcome.status == "done")
    assert done.size_px == (20, 16)
    assert done.seconds > 0


def test_o8_a_second_run_calls_no_model(hundred, upscaler):
    files = expand_inputs([hundred])[:3]
    list(upscale_files(upscaler, plan_outputs(files, hundred / "out")))
    again = plan_outputs(files, hundred / "out", skip_existing=True)
    assert [outcome.status for outcome in upscale_files(_never, again)] == ["skipped"] * 3


def test_fail_fast_stops_at_the_first(upscaler, hundred):
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    outcomes = list(upscale_files(upscaler, plan, fail_fast=True))
    assert [outcome.status for outcome in outcomes] == ["done"] * 3 + ["failed"]


def test_a_file_that_vanished_or_cannot_be_written_is_one_outcome(upscaler, hundred):
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    plan.jobs[0].source.unlink()
    (hundred / "out").write_text("a file where the folder should be")
    first, second = (outcome.error for outcome in list(upscale_files(upscaler, plan))[:2])
    assert isinstance(first, InputImageError)
    assert isinstance(second, OutputError)


def test_a_bug_in_one_file_is_reported_and_the_rest_is_done(upscaler, hundred):
    def buggy(path):
        if path.stem == "01":
            raise ZeroDivisionError("division by zero")
        return upscaler(path)

    plan = plan_outputs(expand_inputs([hundred])[:3], hundred / "out")
    outcomes = list(upscale_files(buggy, plan))
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done"]
    assert "unexpected ZeroDivisionError" in str(outcomes[1].error)
    assert isinstance(outcomes[1].error.__cause__, ZeroDivisionError)


def _never(path):
    raise AssertionError(path)
