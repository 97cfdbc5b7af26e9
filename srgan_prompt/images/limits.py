"""What may be decoded: formats, bytes, pixels and side, checked before any pixel is allocated.

A path, bytes or a binary stream comes in; its name for messages and at most ``max_file_bytes`` bytes go out.
The whole file is read at once, so that nothing can change it between the check and the decoder.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.naming import printable
from srgan_prompt.images.plugins import installed_formats

ImageSource = str | os.PathLike | bytes | BinaryIO


@dataclass(frozen=True)
class ImagePolicy:
    """Ceilings for one image. ``formats`` are Pillow's names; ``max_pixels`` is Pillow's own bomb threshold."""

    formats: tuple[str, ...] = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF", *installed_formats())
    max_file_bytes: int = 256 * 2**20
    max_pixels: int = 89_478_485
    max_side_px: int = 65_535


DEFAULT_POLICY = ImagePolicy()


def read_source(source: ImageSource, policy: ImagePolicy) -> tuple[str, bytes]:
    """The printable name and the bytes of ``source``. Raises InputImageError."""
    if isinstance(source, bytes | bytearray | memoryview):
        name, data = "<bytes>", bytes(source)
    elif hasattr(source, "read") and not isinstance(source, str | os.PathLike):
        name = printable(getattr(source, "name", "<stream>"))
        data = _read_stream(source, name, policy)
    else:
        name = printable(source)
        data = _read_regular_file(Path(source), name, policy)
    _require_bytes(len(data), name, policy)
    if not data:
        raise InputImageError(f"{name}: the file is empty; it may not have been copied completely.")
    return name, data


def check_size(name: str, size_px: tuple[int, int], policy: ImagePolicy) -> None:
    """Refuse a (width, height) that is zero or over the limits. Raises InputImageError."""
    width_px, height_px = size_px
    if min(size_px) < 1:
        raise InputImageError(f"{name}: its header says {width_px} x {height_px} pixels, so there is no image in it.")
    if max(size_px) > policy.max_side_px or width_px * height_px > policy.max_pixels:
        raise InputImageError(
            f"{name}: {width_px} x {height_px} pixels is over the limit of {policy.max_pixels:,} pixels"
            f" and {policy.max_side_px:,} a side; crop or scale it down first."
        )


def _read_stream(stream: BinaryIO, name: str, policy: ImagePolicy) -> bytes:
    try:
        return stream.read(policy.max_file_bytes + 1)
    except (OSError, ValueError) as error:
        raise InputImageError(f"{name}: cannot be read ({error}).") from error


def _read_regular_file(path: Path, name: str, policy: ImagePolicy) -> bytes:
    # Looked at before opening (opening a device can have effects) and again after (the name may have been replaced).
    # O_NONBLOCK: a FIFO without a writer would otherwise hang the open.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        _require_regular(path.stat().st_mode, name)
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            _require_regular(status.st_mode, name)
            _require_bytes(status.st_size, name, policy)
            return file.read(policy.max_file_bytes + 1)
    except FileNotFoundError as error:
        raise InputImageError(f"{name}: no such file; check the name.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputImageError(f"{name}: cannot be read ({reason}).") from error


def _require_bytes(num_bytes: int, name: str, policy: ImagePolicy) -> None:
    if num_bytes > policy.max_file_bytes:
        raise InputImageError(f"{name}: larger than the limit of {policy.max_file_bytes:,} bytes; use a smaller file.")


def _require_regular(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise InputImageError(f"{name}: is a folder, not an image file; name the files in it.")
    if not stat.S_ISREG(mode):
        raise InputImageError(f"{name}: is not a regular file (a pipe, device or socket); save it to a file first.")
