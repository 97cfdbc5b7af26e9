"""Files: those that ship; and all others written whole or not at all, kept through a power cut where the system can.

What a file system does not support (network shares know neither every fsync nor every mode) is left out, for the result
is worth more; a disk that is full or fails is an error.
"""

import contextlib
import errno
import hashlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from srgan_prompt.errors import OutputError

WEIGHTS = Path(__file__).parent / "weights"
"""The folder of all that was trained and ships with the package."""
SHIPPED_MODEL = WEIGHTS / "x4"

LEFTOVERS = ".srgan-prompt-*.tmp"
"""What killed processes leave beside the files that they were writing."""

_UNSUPPORTED = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK, errno.EPERM}
_UNSUPPORTED.add(errno.EACCES)  # Windows, of opening a folder


def installed_version(distribution: str = "srgan-prompt") -> str:
    """Such as "0.1.0", or "source tree" for what was never installed; asked for late, since looking it up is slow."""
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "source tree"


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A binary file to write; it takes ``path``'s place when the block ends well. Missing folders are made.

    Whatever stops the block (full disk, Ctrl-C), the old file stays as it was and nothing else is left. A link is
    followed, an overwritten file's permissions are kept where the file system can.
    An OSError of the block becomes an OutputError.
    """
    try:
        with _replacing(path) as file:
            yield file
    except OSError as error:
        raise write_error(printable(path), error) from error


def write_error(name: str, error: Exception) -> OutputError:
    """One sentence for the user about whatever stopped the writing of ``name``."""
    reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
    return OutputError(f"{name}: cannot be written ({reason}); check the folder and the free space.")


def write_atomically(path: Path, content: bytes) -> None:
    """``content`` to ``path`` as ``replacing`` writes it, for caches: raises OSError, which their owner explains."""
    with _replacing(path) as file:
        file.write(content)


def write_files(contents: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write ``contents``, by file name, into ``folder``, as ``replacing`` does; their paths. Raises OutputError."""
    for name, content in contents.items():
        with replacing(folder / name) as file:
            file.write(content)
    return [folder / name for name in contents]


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A hidden temporary in the same folder, which is synced and then renamed."""
    target = Path(os.path.realpath(path))
    old_mode = _mode_of_replaceable(target, printable(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    # Its length does not depend on the name: a name of 255 bytes could not bear a suffix.
    temporary = target.with_name(LEFTOVERS.replace("*", secrets.token_hex(8)))
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


def refuse_unwritable(targets: Iterable[Path]) -> None:
    """Raise OutputError if a target's folder, or the one that it is to be made in, is no folder or read-only.

    Asked before the work that makes the results; nothing is made or changed here.
    """
    for folder, target in {Path(os.path.realpath(target)).parent: target for target in targets}.items():
        name = printable(target)
        existing = next(parent for parent in (folder, *folder.parents) if os.path.lexists(parent))
        if not existing.is_dir():
            raise OutputError(f"{name}: cannot be written ({printable(existing)} is no folder); name another.")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise OutputError(f"{name}: cannot be written ({printable(existing)} is read-only); name another folder.")


def sha256_of(path: Path) -> str:
    """The digest of the file, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_sha256(path: Path, sha256: str) -> bool:
    """Whether ``path`` is a readable file with this digest."""
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False


def printable(path: object) -> str:
    """``path`` with control characters and undecodable bytes escaped, on one line of valid UTF-8: for messages."""
    try:
        text = os.fsdecode(path)  # type: ignore[arg-type]  # the except is for what is no path
    except TypeError:
        text = str(path)
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
