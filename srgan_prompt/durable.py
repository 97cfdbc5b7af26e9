"""Writing that lasts, as far as the file system can: network shares know neither every fsync nor every lock.

What a file system does not support is left out, for the result is worth more; a disk that is full or fails is an error.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EPERM}
_UNSUPPORTED.add(errno.EACCES)  # Windows, of opening a folder


def sync_file(file: IO) -> None:
    """Make what was written to ``file`` survive a power cut. Raises OSError if the disk fails."""
    file.flush()
    descriptor = file.fileno()
    with where_supported():
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names inside ``folder`` survive a power cut, which renaming alone does not. Raises OSError likewise."""
    with where_supported():
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def where_supported() -> Iterator[None]:
    """Pass over an OSError of the block that says that the system cannot do this at all."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNSUPPORTED:
            raise
