"""Two runs in one folder (R13)."""

import os
import signal
from pathlib import Path

import pytest

from srgan_prompt.checkpoints.run import run_lock
from srgan_prompt.errors import BusyError


def test_r13_the_second_run_is_refused_with_exit_code_6(tmp_path: Path) -> None:
    with run_lock(tmp_path / "run"):
        with pytest.raises(BusyError, match=f"in use by process {os.getpid()}") as error, run_lock(tmp_path / "run"):
            pass
        with run_lock(tmp_path / "other"):
            pass
    assert error.value.exit_code == 6
    with run_lock(tmp_path / "run"):
        pass


def test_r13_the_lock_is_free_after_an_exception(tmp_path: Path) -> None:
    with pytest.raises(KeyError), run_lock(tmp_path):
        raise KeyError
    with run_lock(tmp_path):
        pass


@pytest.mark.kill
def test_r13_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        with run_lock(tmp_path):
            os.write(tell, b"x")
            signal.pause()
        os._exit(0)
    os.read(ready, 1)
    try:
        with pytest.raises(BusyError, match=f"process {child};"), run_lock(tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    with run_lock(tmp_path):
        assert (tmp_path / ".lock").read_text() == f"{os.getpid()}\n"
