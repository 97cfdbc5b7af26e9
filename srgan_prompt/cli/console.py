"""What all commands share: flags in groups, the three standard streams, and signals.

Flags are GNU-style, and mistakes in them a UsageError. Results go to stdout, remarks to stderr; either may be full or
closed. Ctrl-C, SIGTERM and a closed terminal become exceptions, so that half-written files are removed on the way out.

argparse and not typer: measured on the same machine, ``--help`` takes 0.09 s this way, and 0.24 s (plain) to 0.36 s
(with rich) through typer 0.29, which also loads pydantic.
"""

import argparse
import codecs
import contextlib
import math
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import NoReturn, TextIO

from srgan_prompt.errors import OutputError, UsageError

MAX_COLUMNS = 100
EXIT_INTERRUPTED = 128 + signal.SIGINT
_WORDS = {"SIGTERM": "terminated", "SIGHUP": "hung up: the terminal was closed"}  # Windows has no SIGHUP
_NAMES_AS_THEY_ARE = "srgan-prompt-names"  # a handler of encoding errors, known to Python once it is registered


class CommandParser(argparse.ArgumentParser):
    """One command. Options may stand before, between and after the inputs; after ``--`` everything is an input."""

    def __init__(self, prog: str, usage: str, description: str, epilog: str | None = None) -> None:
        super().__init__(
            prog=f"srgan-prompt {prog}".rstrip(),
            usage=f"srgan-prompt {usage}",
            description=description,
            epilog=epilog,
            allow_abbrev=False,
            add_help=False,
        )
        self.color = False  # Python 3.14 would colour a terminal's help, and no other text of ours
        self._positionals.title = "inputs"
        self.register("type", None, _name)  # what an argument is unless it says otherwise
        self.add_argument("-h", "--help", action="store_true", help="print this text")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError instead of leaving the process."""
        raise UsageError(f"{message}; see `{self.prog} --help`.")

    def asks_for_help(self, argv: Sequence[str]) -> bool:
        """Whether -h or --help stands where an option may stand."""
        options, _ = self._split(argv)
        return not {"-h", "--help"}.isdisjoint(options)

    def help_text(self, columns: int | None = None) -> str:
        """What --help prints, ``columns`` wide; None: as the terminal, at most ``MAX_COLUMNS``."""
        width = columns or min(shutil.get_terminal_size((MAX_COLUMNS, 0)).columns, MAX_COLUMNS)
        self.formatter_class = partial(_Formatter, max_help_position=28, width=width)
        return self.format_help()

    def parse(self, argv: Sequence[str]) -> argparse.Namespace:
        """The arguments in ``argv``, which does not hold the command's name. Raises UsageError."""
        options, inputs = self._split(argv)
        return self.parse_intermixed_args([*options, *inputs])

    def _split(self, argv: Sequence[str]) -> tuple[list[str], list[str]]:
        """What stands before ``--`` with every option's value joined to it, and the file names behind it.

        ``--prompt --help`` asks for the prompt "--help": what follows an option that takes a value is its value.
        """
        options: list[str] = []
        remaining = iter(argv)
        for argument in remaining:
            if argument == "--":
                break
            action = self._option_string_actions.get(argument)
            value = next(remaining, None) if action is not None and action.nargs is None else None
            if value == "--":
                value += " "  # argparse before Python 3.13 drops a bare one even here
            options.append(argument if action is None or value is None else f"{action.option_strings[-1]}={value}")
        return options, [f"./{name}" if name.startswith("-") else name for name in remaining]


class _Formatter(argparse.HelpFormatter):
    """Help that looks the same under every Python version: "-o, --output OUT"."""

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings:
            return str(action.metavar or action.dest)
        names = ", ".join(action.option_strings)
        if action.nargs == 0:
            return names
        return f"{names} {action.metavar or '{' + ','.join(map(str, action.choices or ())) + '}'}"


def number(low: float, high: float) -> Callable[[str], float]:
    """An argument type: a number from ``low`` to ``high``."""

    def parse(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low:g} to {high:g}")
        return value

    return parse


def prompt_strength(text: str) -> float:
    """An argument type: how strongly a prompt acts."""
    from srgan_prompt.prompts.prompt import MAX_STRENGTH  # not above: help needs no prompts and shall be there at once

    return number(0, MAX_STRENGTH)(text)


def whole(low: int, high: int) -> Callable[[str], int]:
    """An argument type: a whole number from ``low`` to ``high``."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


def auto_or_off(side_px: Callable[[str], int]) -> Callable[[str], int | str]:
    """An argument type: "auto", "off", or what ``side_px`` takes."""

    def parse(text: str) -> int | str:
        return text if text in ("auto", "off") else side_px(text)

    return parse


def _name(text: str) -> str:
    """A file, folder or model. An empty one would mean the current folder: a script's variable was not set."""
    if not text:
        raise argparse.ArgumentTypeError("the name is empty")
    return text


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
