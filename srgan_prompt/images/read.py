"""One image, safely: whatever a caller hands over in, a ``LoadedImage`` (upright, sRGB, 8 or 16 bits) out.

A file is read at once and whole, so that nothing can change it between the check and the decoder. Limits are checked on
the header, before pixels are allocated. Whatever a decoder raises becomes one InputImageError.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, UnidentifiedImageError

from srgan_prompt.errors import InputImageError
from srgan_prompt.files import printable
from srgan_prompt.images.decode import UnsupportedModeError, decode_pixels, refuse_misread, stored_tiles
from srgan_prompt.images.formats import TIFF_SIGNATURES, reason_unreadable
from srgan_prompt.images.image import LoadedImage, read_array
from srgan_prompt.images.opened import (
    DEFAULT_POLICY,
    ImageHeader,
    ImagePolicy,
    bombs_are_errors,
    check_size,
    describe_header,
    loaded_image,
    open_image,
)

ImageSource = str | os.PathLike | bytes | BinaryIO


def as_loaded(image: Any) -> LoadedImage:
    """A path, file content, stream, Pillow image, numpy array, torch tensor or ``LoadedImage`` as sRGB pixels.

    Raises:
        InputImageError: it cannot be read, or is no image.
    """
    if isinstance(image, LoadedImage):
        return image
    if isinstance(image, str | bytes | os.PathLike) or hasattr(image, "read"):
        return read_image(image)
    if isinstance(image, Image.Image):
        return read_pillow(image)
    return read_array(image)


def read_image(source: ImageSource, policy: ImagePolicy = DEFAULT_POLICY) -> LoadedImage:
    """Read one image. ``bytes`` are the file's content, not its name.

    Raises InputImageError, naming the file and the reason, for anything that cannot be read within ``policy``.
    """
    name, data = read_source(source, policy)
    with _one_error(name, data):
        return _decode(name, data, policy)


def read_pillow(image: Image.Image, policy: ImagePolicy = DEFAULT_POLICY) -> LoadedImage:
    """Read an image that the caller opened or made; the caller's object stays as it is.

    One that is opened and not yet decoded is read from its own file, as ``read_image`` reads it. A decoded one gives
    what Pillow made of it: 16-bit colour is 8 bits by then. The frame that the caller has gone to is the one read.
    Raises InputImageError.
    """
    name = printable(getattr(image, "filename", "") or "<image>")
    check_size(name, image.size, policy)
    with _one_error(name):
        data = _bytes_of_undecoded(image, policy)
        if data is not None:
            return _decode(name, data, policy)
        refuse_misread(image)
        image.load()
        return loaded_image(image, decode_pixels(image.copy(), image.copy), name, b"")


def _bytes_of_undecoded(image: Image.Image, policy: ImagePolicy) -> bytes | None:
    """The file behind an image that nothing has touched since it was opened; None for any other."""
    file = getattr(image, "fp", None)
    tiles = stored_tiles(image)
    if not tiles or file is None or image.tell() != 0:
        return None
    if ("JPEG" if image.format == "MPO" else image.format) not in policy.formats:
        return None
    place = file.tell()
    file.seek(0)
    data = file.read(policy.max_file_bytes + 1)
    file.seek(place)
    with open_image(data, "", policy) as again:
        is_untouched = (again.size, again.mode, again.tile) == (image.size, image.mode, tiles)  # no draft mode
    return data if is_untouched and len(data) <= policy.max_file_bytes else None


def read_header(source: ImageSource, policy: ImagePolicy = DEFAULT_POLICY) -> ImageHeader:
    """What the file says about itself; no pixel is decoded. Raises InputImageError as ``read_image`` does."""
    name, data = read_source(source, policy)
    with _one_error(name, data):
        image = open_image(_without_preview(data), name, policy)
        with bombs_are_errors():
            return describe_header(image, name, len(data))


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


def _decode(name: str, data: bytes, policy: ImagePolicy) -> LoadedImage:
    data = _without_preview(data)
    image = open_image(data, name, policy)
    if image.format == "PNG":  # decoding alone leaves the checksums of the pixel data unread
        open_image(data, name, policy).verify()
    return loaded_image(image, decode_pixels(image, lambda: open_image(data, name, policy)), name, data)


def _without_preview(data: bytes) -> bytes:
    """A file whose first image is the full one; of all formats TIFF alone may begin with another."""
    if not data.startswith(TIFF_SIGNATURES):
        return data
    from srgan_prompt.images.tiff import with_full_image_first

    return with_full_image_first(data)


@contextmanager
def _one_error(name: str, data: bytes = b"") -> Iterator[None]:
    try:
        yield
    except InputImageError:
        raise
    except UnsupportedModeError as error:
        raise InputImageError(f"{name}: {error}.") from error
    except UnidentifiedImageError as error:
        raise InputImageError(f"{name}: {reason_unreadable(data)}.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        limit = f"{Image.MAX_IMAGE_PIXELS:,}"
        raise InputImageError(
            f"{name}: its header asks for many more than the {limit} pixels of the limit; crop or scale it down first."
        ) from error
    except MemoryError as error:
        raise InputImageError(f"{name}: not enough memory to decode it; use a smaller image.") from error
    except Exception as error:  # decoders raise whatever they like; the user gets one sentence
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputImageError(f"{name}: cannot be decoded ({reason}); the file may be damaged or cut short.") from error
