"""What may be decoded: formats, bytes, pixels and side, checked before any pixel is allocated.

A path, bytes or a binary stream comes in; its name for messages and at most ``max_file_bytes`` bytes go out.
The whole file is read at once, so that nothing can change it between the check and the decoder.

What a file says about its picture before any pixel is decoded: for plans and descriptions.

Why a file that Pillow does not know cannot be read: told by its first bytes, in one clause for the user.
"""

import os
import stat
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import ExifTags, Image, ImageCms

from srgan_prompt.errors import InputImageError
from srgan_prompt.files import printable
from srgan_prompt.images.formats import installed_formats

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


@dataclass(frozen=True)
class ImageHeader:
    """``width_px`` and ``height_px`` are those of the upright picture; ``profile`` is the ICC profile's own name."""

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
    """The JSON note that this program leaves in its results; see ``metadata.provenance_json``."""


def describe_header(image: Image.Image, name: str, num_bytes: int) -> ImageHeader:
    """The header of an image that Pillow has opened but not decoded."""
    exif = _read_exif(image)
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    width_px, height_px = image.size if orientation not in range(5, 9) else image.size[::-1]
    return ImageHeader(
        name=name,
        format=str(image.format),
        mode=image.mode,
        width_px=width_px,
        height_px=height_px,
        num_bytes=num_bytes,
        is_animated=bool(getattr(image, "is_animated", False)),
        orientation=orientation if orientation in range(1, 9) else 1,
        profile=_profile_name(image.info.get("icc_profile")),
        has_exif=bool(len(exif)),
        provenance=_provenance(image, exif),
    )


def _read_exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001  (Pillow's parser meets hostile bytes here: any type may come)
        return Image.Exif()


def _profile_name(icc_profile: bytes | None) -> str | None:
    if not icc_profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc_profile))).strip() or "unnamed"
    except (OSError, ImageCms.PyCMSError):
        return "damaged"


def _provenance(image: Image.Image, exif: Image.Exif) -> str | None:
    if note := image.info.get("srgan_prompt"):
        return str(note)
    if not str(exif.get(ExifTags.Base.Software, "")).startswith("srgan-prompt"):
        return None
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    return comment[8:].decode("ascii", "replace") if isinstance(comment, bytes) else str(comment)


_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ADVICE = "; convert it to PNG or TIFF of 8 or 16 bits first"


def reason_unreadable(data: bytes) -> str:
    """Continues a sentence that begins with the file's name; ``data`` is the file."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"):
        return "is a HEIC image; install srgan-prompt[formats] to read it, or convert it to JPEG first"
    if brand == b"crx ":
        return "is a camera's RAW file (CR3); develop it to TIFF or JPEG first"
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "is a JPEG XL image; install srgan-prompt[formats] to read it, or convert it to PNG first"
    if data.startswith((b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0MRM", b"FOVb")):
        return "is a camera's RAW file; develop it to TIFF or JPEG first"
    if data.startswith(_TIFF):
        return f"is a TIFF of a kind that is not read here (floating-point colour?), or its header is broken{_ADVICE}"
    return "is not a PNG, JPEG, WebP or TIFF image, or its header is broken"
