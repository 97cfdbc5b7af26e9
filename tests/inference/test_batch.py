"""O7, O8: bad files are reported and spoil nothing; done ones are not done again. What overlaps, and what does not."""

import gc
import threading
import weakref

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.errors import InputImageError, OutputError
from srgan_prompt.images.paths import expand_inputs, plan_outputs
from srgan_prompt.images.read import read_image
from srgan_prompt.inference.batch import SMALL_PX, upscale_files

BAD = {3, 17, 18, 50, 99}


@pytest.fixture
def hundred(tmp_path):
    for index in range(100):
        path = tmp_path / f"{index:02}.png"
        Image.fromarray(np.full((4, 5, 3), index, np.uint8)).save(path)
        if index in BAD:
            path.write_bytes(path.read_bytes()[:40])
    return tmp_path


@pytest.fixture
def upscale(upscaler):
    return lambda image, job: upscaler(image, "")


def test_o7_five_bad_of_a_hundred(upscale, hundred):
    calls = []
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    outcomes = list(upscale_files(upscale, plan, progress=lambda done, total, job: calls.append((done, total))))
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


def test_o8_a_second_run_calls_no_model(hundred, upscale):
    files = expand_inputs([hundred])[:3]
    list(upscale_files(upscale, plan_outputs(files, hundred / "out")))
    again = plan_outputs(files, hundred / "out", skip_existing=True)
    assert [outcome.status for outcome in upscale_files(_never, again)] == ["skipped"] * 3


def test_fail_fast_stops_at_the_first(upscale, hundred):
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    outcomes = list(upscale_files(upscale, plan, fail_fast=True))
    assert [outcome.status for outcome in outcomes] == ["done"] * 3 + ["failed"]


def test_a_file_that_vanished_or_cannot_be_written_is_one_outcome(upscale, hundred):
    plan = plan_outputs(expand_inputs([hundred]), hundred / "out")
    plan.jobs[0].source.unlink()
    (hundred / "out").write_text("a file where the folder should be")
    first, second = (outcome.error for outcome in list(upscale_files(upscale, plan))[:2])
    assert isinstance(first, InputImageError)
    assert isinstance(second, OutputError)


def test_a_bug_in_one_file_is_reported_and_the_rest_is_done(upscale, hundred):
    def buggy(image, job):
        if job.source.stem == "01":
            raise ZeroDivisionError("division by zero")
        return upscale(image, job)

    plan = plan_outputs(expand_inputs([hundred])[:3], hundred / "out")
    outcomes = list(upscale_files(buggy, plan))
    assert [outcome.status for outcome in outcomes] == ["done", "failed", "done"]
    assert "unexpected ZeroDivisionError" in str(outcomes[1].error)
    assert isinstance(outcomes[1].error.__cause__, ZeroDivisionError)


def test_the_next_file_is_read_and_the_one_before_written_beside_the_network(upscale, hundred):
    plan = plan_outputs(expand_inputs([hundred])[:3], hundred / "out")
    first, _, last = plan.jobs
    was_read, may_save = threading.Event(), threading.Event()

    def read(path, policy):
        image = read_image(path, policy)
        if path == last.source:
            was_read.set()
        return image

    def beside(image, job):
        if job not in (first, last):
            may_save.set()
            assert was_read.wait(20)
        return upscale(image, job)

    def save(result, path):
        assert may_save.wait(20)
        return result.save(path)

    outcomes = list(upscale_files(beside, plan, read=read, save=save))
    assert [(outcome.status, outcome.job) for outcome in outcomes] == [("done", job) for job in plan.jobs]


def test_large_results_are_alone(upscaler, monkeypatch, tmp_path):
    side_px = int(SMALL_PX**0.5) // upscaler.scale + 1
    for index in range(3):
        Image.new("RGB", (side_px, side_px)).save(tmp_path / f"{index}.png")
    monkeypatch.setattr(upscaler.model.engine, "run", lambda tile, *_: tile.repeat(4, axis=2).repeat(4, axis=3))
    alive: list[weakref.ref] = []

    def upscale(image, job):
        gc.collect()
        assert [each for each in alive if each() is not None] == []
        result = upscaler(image, "")
        alive.append(weakref.ref(result))
        return result

    outcomes = list(upscale_files(upscale, plan_outputs(expand_inputs([tmp_path])), save=lambda *_: ()))
    assert [(outcome.status, outcome.error) for outcome in outcomes] == [("done", None)] * 3


def test_an_interrupted_batch_tells_of_the_file_that_was_being_written(upscale, hundred):
    plan = plan_outputs(expand_inputs([hundred])[:3], hundred / "out")
    interrupted = threading.Event()

    def interrupt(image, job):
        if job == plan.jobs[1]:
            interrupted.set()
            raise KeyboardInterrupt
        return upscale(image, job)

    def save(result, path):
        assert interrupted.wait(20)
        return result.save(path)

    outcomes = upscale_files(interrupt, plan, save=save)
    assert next(outcomes).status == "done"
    with pytest.raises(KeyboardInterrupt):
        next(outcomes)
    assert [path.name for path in (hundred / "out").iterdir()] == ["00_x4.png"]


def test_no_file_is_half_way_when_an_outcome_is_handed_out(upscale, hundred):
    plan = plan_outputs(expand_inputs([hundred])[:3], hundred / "out")
    outcomes = upscale_files(upscale, plan)
    assert next(outcomes).status == "done"
    outcomes.close()  # as when its list is full
    assert [path.name for path in (hundred / "out").iterdir()] == ["00_x4.png"]


def _never(image, job):
    raise AssertionError(job)
