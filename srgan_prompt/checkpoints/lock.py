"""One process per run folder."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from srgan_prompt.errors import BusyError
from srgan_prompt.files import where_supported

LOCK_NAME = ".lock"
_LOCKED_BYTE = 2**20


@contextmanager
def run_lock(run_folder: Path) -> Iterator[None]:
    """Hold ``run_folder`` (made if missing) until the block ends. The kernel releases it if the process is killed.

    On a file system without locks (some network shares) the block runs unguarded.

    Raises:
        BusyError: another process holds it.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    # The file stays when the lock goes: deleting it would let two processes lock two different files.
    with (run_folder / LOCK_NAME).open("a+") as file:
        try:
            with where_supported():
                _lock(file)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            message = f"{run_folder} is in use by process {owner}; wait for it or choose another run folder."
            raise BusyError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(file: IO) -> None:
    """Raises BlockingIOError if another process has locked ``file``."""
    if sys.platform == "win32":
        import msvcrt

        # Far behind the owner's number, because nobody else may read what is locked there.
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
