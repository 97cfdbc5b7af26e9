"""The page's side of the worker, with workers that misbehave on purpose."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from srgan_prompt.errors import ModelError
from srgan_prompt.web.supervisor import Answer, Job, JobError, Supervisor, WorkerSettings

# A worker that does what the prompt says.
SCRIPT = """
import json, os, sys, time
def say(kind, content):
    sys.stdout.write(json.dumps([kind, content]) + "\\n"); sys.stdout.flush()
kind, settings = json.loads(sys.stdin.readline())
if settings["model"] == "missing":
    say("error", "There is no model 'missing'."); sys.exit(4)
if settings["model"] == "dead":
    sys.exit(1)
say("ready", "a model")
for line in sys.stdin:
    prompt = json.loads(line)[1]["prompt"]
    if prompt == "die": os._exit(9)
    if prompt == "sleep": time.sleep(60)
    if prompt == "nonsense": print("hello", flush=True)
    if prompt == "refuse": say("error", "photo.png: is no image."); continue
    say("progress", [1, 2])
    sizes = {"before_px": [1, 2], "after_px": [4, 8]}
    say("answer", sizes | {"read_as": prompt, "notes": ["a"], "seconds": 0.5, "receipt": "warmer"})
"""


@pytest.fixture
def worker() -> Iterator[Supervisor]:
    worker = Supervisor(WorkerSettings(), 20.0, (sys.executable, "-c", SCRIPT))
    yield worker
    worker.close()


def ask(worker: Supervisor, prompt: str, owner: str = "ann") -> Answer:
    return worker.run(Job("photo.png", "folder", prompt), owner, lambda *_: None)


def test_jobs_are_answered_with_progress(worker):
    assert worker.wait_until_ready() == "a model"
    progress = []
    answer = worker.run(Job("photo.png", "folder", "warm"), "ann", lambda *tiles: progress.append(tiles))
    assert answer == Answer((1, 2), (4, 8), "warm", ("a",), 0.5, "warmer")
    assert progress == [(1, 2)]


@pytest.mark.kill
@pytest.mark.parametrize("prompt", ["die", "nonsense"])
def test_a_worker_that_breaks_ends_one_job_and_no_more(worker, prompt):
    with pytest.raises(JobError, match="was started again"):
        ask(worker, prompt)
    assert ask(worker, "warm").read_as == "warm"


def test_a_refusal_leaves_the_worker(worker):
    with pytest.raises(JobError, match=r"photo\.png: is no image"):
        ask(worker, "refuse")
    assert ask(worker, "warm").read_as == "warm"


@pytest.mark.kill
def test_a_job_over_the_time_limit_is_killed():
    worker = Supervisor(WorkerSettings(), 0.5, (sys.executable, "-c", SCRIPT))
    try:
        worker.wait_until_ready()
        start_s = time.monotonic()
        with pytest.raises(JobError, match=r"longer than the limit of 0\.5 seconds"):
            ask(worker, "sleep")
        assert time.monotonic() - start_s < 10
        assert worker.wait_until_ready() == "a model"
    finally:
        worker.close()


@pytest.mark.kill
def test_visitors_stop_their_own_jobs_only(worker):
    worker.wait_until_ready()
    ends: list[str] = []

    def run() -> None:
        try:
            ask(worker, "sleep")
        except JobError as error:
            ends.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    while not worker._owner:
        time.sleep(0.01)
    assert not worker.stop("bob")
    assert worker.stop("ann")
    thread.join(20)
    assert ends == ["Stopped."]
    assert not worker.stop("ann")
    assert ask(worker, "warm", "bob").read_as == "warm"


@pytest.mark.parametrize(("model", "words"), [("missing", "There is no model 'missing'."), ("dead", "could not be")])
def test_a_model_that_cannot_be_loaded_is_an_error(model, words):
    worker = Supervisor(WorkerSettings(model=model), 20.0, (sys.executable, "-c", SCRIPT))
    try:
        with pytest.raises(ModelError, match=words):
            worker.wait_until_ready()
    finally:
        worker.close()


def test_a_mask_that_is_too_large_is_refused(worker):
    with pytest.raises(JobError, match="mask is too large"):
        worker.run(Job("photo.png", "folder", "warm", mask="x" * 2**20), "ann", lambda *_: None)
    assert ask(worker, "warm").read_as == "warm"
