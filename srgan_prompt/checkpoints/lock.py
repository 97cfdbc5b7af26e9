"""One process per run folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from srgan_prompt.errors import BusyError

LOCK_NAME = ".lock"


@contextmanager
def run_lock(run_folder: Path) -> Iterator[None]:
    """Hold ``run_folder`` (made if missing) until the block ends. The kernel releases it if the process is killed.

    Raises:
        BusyError: another process holds it.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    # The file stays when the lock goes: deleting it would let two processes lock two different files.
    with (run_folder / LOCK_NAME).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            message = f"{run_folder} is in use by process {owner}; wait for it or choose another run folder."
            raise BusyError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
