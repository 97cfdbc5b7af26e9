"""A disk that fails at its k-th call: O5, wherever the package writes files through ``pathlib``."""

import builtins
import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ERRORS = [OSError(number, os.strerror(number)) for number in (errno.ENOSPC, errno.EIO)]


class FailingDisk:
    """Counts every call that writes; the ``fail_at``-th raises ``error``, or sends us the signal ``error``."""

    def __init__(self, fail_at: int, error: BaseException | signal.Signals) -> None:
        self.fail_at, self.error, self.num_calls = fail_at, error, 0

    def count(self) -> None:
        self.num_calls += 1
        if self.num_calls == self.fail_at:
            if isinstance(self.error, signal.Signals):
                os.kill(os.getpid(), self.error)
            else:
                raise self.error


class FailingFile:
    """A file that writes, flushes and is synced (which asks for its number) through a ``FailingDisk``."""

    def __init__(self, file: Any, disk: FailingDisk) -> None:
        self._file, self._disk = file, disk

    def write(self, data: Any) -> int:
        self._disk.count()
        return self._file.write(data)

    def tell(self) -> int:
        return self._file.tell()

    def flush(self) -> None:
        self._disk.count()
        self._file.flush()

    def fileno(self) -> int:
        self._disk.count()
        return self._file.fileno()

    def __enter__(self) -> "FailingFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


@contextmanager
def failing_disk(
    monkeypatch: pytest.MonkeyPatch, fail_at: int, error: BaseException | signal.Signals
) -> Iterator[FailingDisk]:
    """Within the block making folders, opening files to write, all that is done to them, and renaming is counted."""
    disk = FailingDisk(fail_at, error)
    mkdir, replace = Path.mkdir, Path.replace

    def open_(path: Path, mode: str = "r", *args: Any, **options: Any) -> Any:
        if not set("wax+") & set(mode):
            return builtins.open(path, mode, *args, **options)  # noqa: PTH123
        disk.count()
        return FailingFile(builtins.open(path, mode, *args, **options), disk)  # noqa: PTH123

    def counted(original: Any) -> Any:
        def call(*args: Any, **options: Any) -> Any:
            disk.count()
            return original(*args, **options)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", open_)
        patch.setattr(Path, "mkdir", counted(mkdir))
        patch.setattr(Path, "replace", counted(replace))
        yield disk


def failures(monkeypatch: pytest.MonkeyPatch, error: BaseException | signal.Signals) -> Iterator[FailingDisk]:
    """Blocks to run the same work in: its first call fails, then its second, ...; the last one goes through."""
    for fail_at in range(1, 1000):
        with failing_disk(monkeypatch, fail_at, error) as disk:
            yield disk
        if disk.num_calls < fail_at:
            return
