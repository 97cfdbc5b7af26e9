"""Whether results can be written at all, asked before the work that makes them. Nothing is made or changed."""

import os
from collections.abc import Iterable
from pathlib import Path

from srgan_prompt.errors import OutputError
from srgan_prompt.images.naming import printable


def refuse_unwritable(targets: Iterable[Path]) -> None:
    """Raise OutputError if a target's folder, or the one that it is to be made in, is no folder or read-only."""
    for folder, target in {Path(os.path.realpath(target)).parent: target for target in targets}.items():
        name = printable(target)
        existing = next(parent for parent in (folder, *folder.parents) if os.path.lexists(parent))
        if not existing.is_dir():
            raise OutputError(f"{name}: cannot be written ({printable(existing)} is no folder); name another.")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise OutputError(f"{name}: cannot be written ({printable(existing)} is read-only); name another folder.")
