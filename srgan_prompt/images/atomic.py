"""Files that appear complete or not at all: a hidden temporary in the same folder, fsync, rename.

Whatever stops the writing (full disk, Ctrl-C), the old file stays as it was and the temporary is removed.
"""

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from srgan_prompt.durable import sync_file, sync_folder
from srgan_prompt.errors import OutputError
from srgan_prompt.images.naming import printable


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it takes ``path``'s place when the block ends well. Missing folders are made.

    A link is followed, an overwritten file's permissions are kept where the file system can.
    An OSError of the block becomes an OutputError.
    """
    try:
        with _replacing(path) as file:
            yield file
    except OSError as error:
        reason = error.strerror or error
        message = f"{printable(path)}: cannot be written ({reason}); check the folder and the free space."
        raise OutputError(message) from error


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    target = Path(os.path.realpath(path))
    old_mode = _mode_of_replaceable(target, printable(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Its length does not depend on the name: a name of 255 bytes could not bear a suffix.
    temporary = target.with_name(f".srgan-prompt-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            yield file
            sync_file(file)
        if old_mode is not None:
            with contextlib.suppress(OSError):  # network shares may have no modes
                temporary.chmod(stat.S_IMODE(old_mode))
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    with contextlib.suppress(OSError):  # the file is in place, whole
        sync_folder(target.parent)


def _mode_of_replaceable(target: Path, name: str) -> int | None:
    """The mode of the regular file at ``target``, None if there is nothing; a device must never be renamed over."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(mode):
        raise OutputError(f"{name}: is a folder or a device, not a file to write; choose another output name.")
    return mode
