"""An upscaler in other processes: forked from one that has used it, or sent to one by pickle."""

import multiprocessing
import queue
from multiprocessing.reduction import ForkingPickler

import numpy as np
import pytest

from srgan_prompt.inference.upscaler import Upscaler

PATIENCE_S = 60


@pytest.fixture(params=["torch", "onnx", "ncnn"])
def used(request, upscaler, photo) -> Upscaler:
    """Its threads are at work already: that is what a fork does not copy."""
    if request.param != "torch":
        pytest.importorskip({"onnx": "onnxruntime"}.get(request.param, request.param))
        upscaler = Upscaler.from_pretrained(engine=request.param, threads=2)
    upscaler(photo, "")
    return upscaler


def _answer(upscaler: Upscaler, photo: np.ndarray, answers: multiprocessing.Queue) -> None:
    answers.put(upscaler(photo, "").array)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system cannot fork")
def test_a_forked_child_does_not_wait_for_threads_that_it_has_not(used, photo):
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_answer, args=(used, photo, answers), daemon=True)
    child.start()
    try:
        answer = answers.get(timeout=PATIENCE_S)
    except queue.Empty:
        pytest.fail("the child sleeps")
    finally:
        child.kill()
        child.join()
    np.testing.assert_array_equal(answer, used(photo, "").array)


def test_a_pickled_upscaler_answers_alike(used, photo):
    sent = ForkingPickler.loads(ForkingPickler.dumps(used))
    np.testing.assert_array_equal(sent(photo, "").array, used(photo, "").array)
