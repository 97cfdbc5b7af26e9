"""Streams that are closed, or whose reader has left: no traceback, and no file that is not whole."""

import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper

import pytest
from cli_makers import make_image

PROGRAM = "import sys; from srgan_prompt.cli.app import main; sys.exit(main())"


def run_in_shell(redirection: str, *arguments: str) -> subprocess.CompletedProcess:
    shell = f'exec "$@" {redirection}'
    command = ["sh", "-c", shell, "sh", sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_are_empty_ones(image, tmp_path, redirection):
    done = run_in_shell(redirection, "upscale", str(image), "--dry-run")
    assert done.returncode == 0
    assert "Traceback" not in done.stderr
    assert ("48 x 32" in done.stdout) == (">&-" not in redirection.replace("2>&-", ""))
    assert run_in_shell(redirection, "upscale", "nowhere.png").returncode == 3
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_a_closed_stdin_is_an_empty_image(tmp_path):
    done = run_in_shell("<&-", "upscale", "-", "-o", "out.png", "--scale", "2", "--model", "some.onnx")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out.png").exists()


class LeftByReader(BytesIO):
    """A pipe that nobody reads any more."""

    def write(self, _: object) -> int:
        raise BrokenPipeError(32, "Broken pipe")


@pytest.mark.parametrize(("flags", "told"), [(["-o", "-"], "stdout: cannot be written (Broken pipe)"), ([], "")])
def test_a_reader_who_leaves_ends_the_run(upscale, image, monkeypatch, flags, told):
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(LeftByReader(), write_through=True))
    done = upscale(image, "-p", "", *flags)
    assert done.code == 5
    assert told in done.err
    assert "report it" not in done.err


def test_remarks_that_nobody_hears_stop_nothing(upscale, image, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "stderr", TextIOWrapper(LeftByReader(), write_through=True))
    (tmp_path / "bad.png").write_bytes(b"no image")
    done = upscale("bad.png", image, "-v", "-p", "")
    assert (done.code, done.out) == (1, f"{image.with_name('photo_x4.png')}\n")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_names_that_stdout_cannot_say_are_named_as_the_file_system_does(tmp_path, encoding):
    for name in ("a.png", "猫.png", "z.png"):
        make_image(tmp_path / "in" / name)

    def said(*arguments: str) -> bytes:
        command = [sys.executable, "-c", PROGRAM, *arguments]
        environment = os.environ | {"PYTHONIOENCODING": encoding}
        done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environment)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
        return done.stdout

    assert "in/猫.png -> out/猫_x4.png".encode() in said("upscale", "in", "-o", "out", "--dry-run")
    assert "in/猫.png".encode() in said("inspect", "in/猫.png")
    listed = said("upscale", "in", "-o", "out", "--engine", "onnx", "-p", "").splitlines()
    assert listed == [os.fsencode(f"out/{name}_x4.png") for name in "az猫"]
    assert all(os.path.exists(path) for path in listed)  # noqa: PTH110  (bytes)
