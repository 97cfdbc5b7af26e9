"""Whether results can be written at all, asked before the work that makes them. Nothing is made or changed."""

import os
from collections.abc import Iterable
from pathlib import Path

from srgan_prompt.errors import OutputError
from srgan_prompt.images.formats import MAX_SIDE_PX
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


def refuse_too_long(name: str, file_format: str, size_px: tuple[int, int]) -> None:
    """Raise OutputError naming ``name`` if ``file_format`` (PNG, JPEG, WEBP, TIFF) cannot hold (width, height)."""
    if max(size_px) > MAX_SIDE_PX[file_format]:
        raise OutputError(
            f"{name}: {size_px[0]} x {size_px[1]} pixels is more than {file_format} can hold"
            f" ({MAX_SIDE_PX[file_format]:,} a side); write PNG instead."
        )
