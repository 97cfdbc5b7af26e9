"""The three standard streams: results on stdout, remarks on stderr, and what to do when one is full or closed."""

import contextlib
import os
import sys
from typing import TextIO

from srgan_prompt.errors import OutputError


def mend_streams() -> None:
    """Closed streams become empty ones; names that are not UTF-8 are printed byte for byte, whatever the terminal."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115  (for the process's life)
    for stream, errors in ((sys.stdout, "surrogateescape"), (sys.stderr, "backslashreplace")):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=errors)


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
    """A picture, to stdout at once. Raises OutputError."""
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
