"""What the command has of its process: signals, and the three standard streams.

Ctrl-C, SIGTERM and a closed terminal become exceptions, so that half-written files are removed on the way out. Results
go to stdout, remarks to stderr; either may be full or closed.
"""

import codecs
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from srgan_prompt.errors import OutputError

EXIT_INTERRUPTED = 128 + signal.SIGINT
_WORDS = {"SIGTERM": "terminated", "SIGHUP": "hung up: the terminal was closed"}  # Windows has no SIGHUP
_NAMES_AS_THEY_ARE = "srgan-prompt-names"  # a handler of encoding errors, known to Python once it is registered


class Terminated(BaseException):
    """One of these signals arrived. Like KeyboardInterrupt no ``except Exception`` may swallow it."""

    def __init__(self, number: int) -> None:
        super().__init__(_WORDS[signal.Signals(number).name])
        self.exit_code = 128 + number


@contextmanager
def terminable() -> Iterator[None]:
    """Within the block the signals raise ``Terminated``, once: a second one does not disturb the cleaning up.

    What is ignored stays ignored, as ``nohup`` asks.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers
        return
    numbers = [getattr(signal, name) for name in _WORDS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _raise_terminated)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _raise_terminated(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Terminated(number)


def repair_streams() -> None:
    """Closed streams become empty ones; results are named byte for byte as files are, whatever the terminal can say."""
    codecs.register_error(_NAMES_AS_THEY_ARE, _as_file_systems_write_it)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  (for the process's life)
    for stream, errors in ((sys.stdout, _NAMES_AS_THEY_ARE), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


def _as_file_systems_write_it(error: UnicodeError) -> tuple[str | bytes, int]:
    """What stdout's encoding cannot say. As `ls` does it, a reader of the list gets names that can be opened.

    On Windows, where names are no bytes, an escape.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    unsaid = error.object[error.start : error.end]
    if os.name == "nt":
        return unsaid.encode("ascii", "backslashreplace").decode("ascii"), error.end
    return unsaid.encode("utf-8", "surrogateescape"), error.end


def give(text: str) -> None:
    """A result, to stdout at once. Raises OutputError; BrokenPipeError if whoever read it has left."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise
    except OSError as error:
        raise _cannot_be_written(error) from error


def give_bytes(content: bytes | memoryview) -> None:
    """An image, to stdout at once. Raises OutputError."""
    try:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    except OSError as error:
        raise _cannot_be_written(error) from error


def tell(line: str) -> None:
    """A remark or an error, to stderr. Where that cannot be written, the work goes on without it."""
    try:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    except OSError:
        _silence(sys.stderr)


def _cannot_be_written(error: OSError) -> OutputError:
    _silence(sys.stdout)
    return OutputError(f"stdout: cannot be written ({error.strerror}); results were lost, but no file is half done.")


def _silence(stream: TextIO) -> None:
    """Python would write what is left once more while leaving, and complain."""
    with contextlib.suppress(OSError, ValueError):  # streams of tests have no descriptor
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
