"""The command itself: help, version, exit codes, signals, and what may not be loaded for that."""

import os
import signal
import subprocess
import sys
import warnings

import pytest
from PIL import Image

from srgan_prompt.cli.app import COMMANDS, explain, main
from srgan_prompt.cli.console import Terminated
from srgan_prompt.errors import BusyError, MemoryLimitError, ModelError, OutputError
from srgan_prompt.inference.torch_engine import TorchEngine

HEAVY = {"torch", "transformers", "numpy", "PIL", "pydantic", "rich", "typer", "huggingface_hub", "onnxruntime"}


def loaded_by(arguments: list[str]) -> set[str]:
    """Modules in a fresh interpreter after the command, which must succeed."""
    program = "import sys; from srgan_prompt.cli.app import main; code = main(sys.argv[1:])"
    program += "; print(*sys.modules, file=sys.stderr); sys.exit(code)"
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["upscale", "--help"]], ids=" ".join)
def test_help_and_version_load_nothing_heavy(arguments):
    assert not loaded_by(arguments) & HEAVY


@pytest.mark.parametrize("name", COMMANDS)
def test_help_goes_to_stdout(command, name):
    done = command(name, "--help")
    assert done.code == 0
    assert done.out.startswith(f"usage: srgan-prompt {name}")
    assert done.err == ""


def test_no_command_is_a_usage_error_with_help_on_stderr(command):
    done = command()
    assert done.code == 2
    assert "Usage:" in done.err
    assert done.out == ""


def test_version(command):
    done = command("--version")
    assert done.code == 0
    assert done.out.startswith("srgan-prompt ")


def test_a_mistyped_command_is_told_its_neighbour(command):
    done = command("upscal", "x.png")
    assert done.code == 2
    assert "`upscale`" in done.err


def test_an_image_without_a_command_is_told_how(command, image):
    done = command(image)
    assert done.code == 2
    assert f"`srgan-prompt upscale {image}`" in done.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ModelError("m"), 4),
        (OutputError("o"), 5),
        (BusyError("b"), 6),
        (MemoryLimitError("l"), 7),
        (MemoryError(), 7),
        (KeyboardInterrupt(), 130),
        (Terminated(signal.SIGTERM), 143),
    ],
    ids=lambda each: type(each).__name__,
)
def test_every_end_has_its_exit_code_and_one_line(error, code):
    message, exit_code = explain(error)
    assert exit_code == code
    assert message
    assert "\n" not in message


def test_bugs_are_not_explained_away():
    with pytest.raises(ZeroDivisionError):
        explain(ZeroDivisionError())


def test_an_error_is_one_line_on_stderr(command):
    done = command("inspect", "nowhere/model")
    assert (done.code, done.out) == (4, "")
    assert done.err.startswith("srgan-prompt: nowhere/model ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=str)
def test_signals_become_exit_codes_and_handlers_are_put_back(upscale, image, monkeypatch, number, code):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(TorchEngine, "run", lambda *args, **kwargs: os.kill(os.getpid(), number))
    assert upscale(image).code == code
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_reader_who_leaves_is_no_traceback():
    program = "import sys; from srgan_prompt.cli.app import main; sys.stdin.read(); sys.exit(main(['--help'] ))"
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    child.stdout.close()
    child.stdin.close()
    errors = child.stderr.read().decode()
    child.stderr.close()
    child.wait()
    assert "Traceback" not in errors


def test_warnings_of_libraries_do_not_reach_users(command, image, monkeypatch, recwarn):
    original = Image.open  # noqa: TID251
    monkeypatch.setattr(Image, "open", lambda *a, **k: warnings.warn("Pillow's", stacklevel=1) or original(*a, **k))
    done = command("inspect", image)
    assert (done.code, done.err) == (0, "")
    assert len(recwarn) == 0


def test_a_thread_may_run_it(command):
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(main, ["--version"]).result() == 0
