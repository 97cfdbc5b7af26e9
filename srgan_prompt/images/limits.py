"""Before any pixel is decoded: a source's bytes, within limits, and what their header says.

The whole file is read at once, so that nothing can change it between the check and the decoder.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageCms

from srgan_prompt.errors import InputImageError
from srgan_prompt.files import printable
from srgan_prompt.images.exif import open_exif, orientation_of, read_provenance
from srgan_prompt.images.formats import installed_formats, jpeg_quality

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
    """The printable name and the bytes, at most ``policy.max_file_bytes``, of ``source``. Raises InputImageError."""
    if isinstance(source, bytes | bytearray | memoryview):
        name, data = "<bytes>", bytes(source)
    elif hasattr(source, "read") and not isinstance(source, str | os.PathLike):
        name = printable(getattr(source, "name", "<stream>"))
        with _input_errors(name):
            data = source.read(policy.max_file_bytes + 1)
    else:
        name = printable(source)
        with _input_errors(name):
            data = _read_regular_file(Path(source), name, policy)
    _require_bytes(len(data), name, policy)
    if not data:
        raise InputImageError(f"{name}: the file is empty; it may not have been copied completely.")
    return name, data


@contextmanager
def _input_errors(name: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise InputImageError(f"{name}: no such file; check the name.") from error
    except MemoryError as error:
        raise InputImageError(f"{name}: not enough memory to read it; use a smaller file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputImageError(f"{name}: cannot be read ({reason}).") from error


def _read_regular_file(path: Path, name: str, policy: ImagePolicy) -> bytes:
    # Looked at before opening (opening a device can have effects) and again after (the name may have been replaced).
    _require_regular(path.stat().st_mode, name)
    # O_NONBLOCK: a FIFO without a writer would otherwise hang the open.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        status = os.fstat(file.fileno())
        _require_regular(status.st_mode, name)
        _require_bytes(status.st_size, name, policy)
        # Room for the limit is asked for only where the file has grown, or a file system does not know its size.
        data = file.read(status.st_size + 1)
        return data if len(data) <= status.st_size else data + file.read(policy.max_file_bytes + 1 - len(data))


def _require_bytes(num_bytes: int, name: str, policy: ImagePolicy) -> None:
    if num_bytes > policy.max_file_bytes:
        raise InputImageError(f"{name}: larger than the limit of {policy.max_file_bytes:,} bytes; use a smaller file.")


def _require_regular(mode: int, name: str) -> None:
    if stat.S_ISDIR(mode):
        raise InputImageError(f"{name}: is a folder, not an image file; name the files in it.")
    if not stat.S_ISREG(mode):
        raise InputImageError(f"{name}: is not a regular file (a pipe, device or socket); save it to a file first.")


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


@dataclass(frozen=True)
class ImageHeader:
    """``width_px`` and ``height_px`` are those of the upright image; ``profile`` is the ICC profile's own name."""

    name: str
    format: str
    mode: str
    width_px: int
    height_px: int
    num_bytes: int
    is_animated: bool
    orientation: int
    profile: str | None
    has_exif: bool
    provenance: str | None
    """The JSON note that this program leaves in its results; see ``exif.provenance_json``."""
    jpeg_quality: int | None
    """1 to 100, as Pillow and libjpeg count; see ``formats.jpeg_quality``. None for other formats."""


def describe_header(image: Image.Image, name: str, num_bytes: int) -> ImageHeader:
    """The header of an image that Pillow has opened but not decoded."""
    exif = open_exif(image)
    orientation = orientation_of(exif)
    width_px, height_px = image.size if orientation < 5 else image.size[::-1]
    return ImageHeader(
        name=name,
        format=str(image.format),
        mode=image.mode,
        width_px=width_px,
        height_px=height_px,
        num_bytes=num_bytes,
        is_animated=bool(getattr(image, "is_animated", False)),
        orientation=orientation,
        profile=_profile_name(image.info.get("icc_profile")),
        has_exif=bool(len(exif)),
        provenance=read_provenance(image, exif),
        jpeg_quality=jpeg_quality(getattr(image, "quantization", None)),
    )


def _profile_name(icc_profile: bytes | None) -> str | None:
    if not icc_profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc_profile))).strip() or "unnamed"
    except (OSError, ImageCms.PyCMSError):
        return "damaged"
