"""Ctrl-C, SIGTERM and a closed terminal become exceptions, so that half-written files are removed on the way out."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_INTERRUPTED = 128 + signal.SIGINT
_WORDS = {"SIGTERM": "terminated", "SIGHUP": "hung up: the terminal was closed"}  # Windows has no SIGHUP


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
