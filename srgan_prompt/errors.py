"""Every mistake a user can make has a name here, and its exit code.

A message is one clear sentence that names the file or key and says what to do.
Our own invariants use ``assert``; they are bugs, not user errors.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class SrganPromptError(Exception):
    """Base of all errors that are the user's to mend; ``exit_code`` is what the command returns."""

    exit_code = 1


class PartialFailureError(SrganPromptError):
    """Some files of a batch failed; the others were done."""

    exit_code = 1


class TrainingError(SrganPromptError):
    """Training cannot go on (for example a loss that is not finite)."""

    exit_code = 1


class UsageError(SrganPromptError):
    """Flags or arguments that contradict each other or do not exist."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file with an unknown key or an impossible value."""


class InputImageError(SrganPromptError):
    """An image that cannot be read: missing, broken, too large, or of a refused format."""

    exit_code = 3


class DataError(SrganPromptError):
    """A training or benchmark folder that cannot be used as it is."""

    exit_code = 3


class ModelError(SrganPromptError):
    """Weights, checkpoints or text encoders that are missing, damaged or not ours."""

    exit_code = 4


class OutputError(SrganPromptError):
    """A result that may not or cannot be written."""

    exit_code = 5


class BusyError(SrganPromptError):
    """Another process is using the same run folder."""

    exit_code = 6


class MemoryLimitError(SrganPromptError):
    """Not enough memory even for the smallest tile."""

    exit_code = 7


class PromptWarning(UserWarning):
    """A prompt, or a part of it, does nothing or may have been misread; the work is done all the same."""


def first_line(error: Exception) -> str:
    """What another library says, without its last dot; for a sentence of ours."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


@contextmanager
def exit_on_user_error() -> Iterator[None]:
    """For the end of a script: a mistake of the user is one line on stderr and an exit code, not a traceback."""
    try:
        yield
    except SrganPromptError as error:
        sys.stderr.write(f"Error: {error}\n")
        sys.exit(error.exit_code)
