"""The folder on the user's machine where assets are kept, and the one way files get into it.

A file appears under its name complete or not at all, so two processes may fetch the same asset at the same time.
"""

import hashlib
import os
import tempfile
from pathlib import Path

from srgan_prompt.files import sync_file


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/srgan_prompt``, else ``~/.cache/srgan_prompt``. Nothing is created here."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "srgan_prompt"


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` to a temporary file beside ``path``, then rename it. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            sync_file(file)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def has_sha256(path: Path, sha256: str) -> bool:
    """Whether ``path`` is a readable file with this digest."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False
