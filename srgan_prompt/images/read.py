"""One image, safely: whatever a caller hands over in, a ``LoadedImage`` (upright, sRGB, 8 or 16 bits) out.

Limits are checked on the header, before pixels are allocated. Whatever a decoder raises becomes one InputImageError.
Of an animation or a multi-page file the first frame is read, and a note says so.
"""

import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageFile, UnidentifiedImageError

from srgan_prompt.errors import InputImageError
from srgan_prompt.files import printable
from srgan_prompt.images.color import ProfileError, profile_mode, to_srgb
from srgan_prompt.images.decode import Pixels, UnsupportedModeError, decode_pixels, refuse_misread, stored_tiles
from srgan_prompt.images.exif import read_exif
from srgan_prompt.images.formats import TIFF_SIGNATURES, reason_unreadable, register_plugins
from srgan_prompt.images.image import ImageMeta, LoadedImage, make_upright
from srgan_prompt.images.limits import (
    DEFAULT_POLICY,
    ImageHeader,
    ImagePolicy,
    ImageSource,
    check_size,
    describe_header,
    read_source,
)
from srgan_prompt.images.profiles import declared_colours
from srgan_prompt.images.side_data import read_side_data

# The warning filters are the whole process's: two threads must not swap them at once.
_WARNINGS_LOCK = threading.Lock()


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
    from srgan_prompt.images.arrays import read_array

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
        return _loaded(image, decode_pixels(image.copy(), image.copy), name, b"")


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
    with _open(data, policy) as again:
        is_untouched = (again.size, again.mode, again.tile) == (image.size, image.mode, tiles)  # no draft mode
    return data if is_untouched and len(data) <= policy.max_file_bytes else None


def read_header(source: ImageSource, policy: ImagePolicy = DEFAULT_POLICY) -> ImageHeader:
    """What the file says about itself; no pixel is decoded. Raises InputImageError as ``read_image`` does."""
    name, data = read_source(source, policy)
    with _one_error(name, data):
        image = _open(_without_preview(data), policy)
        check_size(name, image.size, policy)
        with _bombs_are_errors():
            return describe_header(image, name, len(data))


def _decode(name: str, data: bytes, policy: ImagePolicy) -> LoadedImage:
    data = _without_preview(data)
    image = _open(data, policy)
    check_size(name, image.size, policy)
    if image.format == "PNG":  # decoding alone leaves the checksums of the pixel data unread
        _open(data, policy).verify()
    return _loaded(image, decode_pixels(image, lambda: _open(data, policy)), name, data)


def _without_preview(data: bytes) -> bytes:
    """A file whose first image is the full one; of all formats TIFF alone may begin with another."""
    if not data.startswith(TIFF_SIGNATURES):
        return data
    from srgan_prompt.images.tiff import with_full_image_first

    return with_full_image_first(data)


def _open(data: bytes, policy: ImagePolicy) -> ImageFile.ImageFile:
    """The image with its header read and no pixel decoded; ``check_size`` is to follow."""
    register_plugins()
    with _bombs_are_errors(below_double=False):
        return Image.open(BytesIO(data), formats=policy.formats)  # noqa: TID251  (the one place that opens images)


@contextmanager
def _bombs_are_errors(*, below_double: bool = True) -> Iterator[None]:
    """Pillow refuses twice its limit of pixels and warns of once: with ``below_double`` that is an error too.

    Its other warnings, all about metadata, are of no use to our user.
    """
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if below_double:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _loaded(image: Image.Image, pixels: Pixels, name: str, data: bytes) -> LoadedImage:
    """``pixels`` upright and in sRGB, with what ``image``, from which they were decoded, says beside them.

    ``data`` is the file, or nothing where only Pillow's image is at hand.
    """
    declared = declared_colours(image, data, is_gray=pixels.colour.ndim == 2)
    with _bombs_are_errors():
        orientation, exif = read_exif(image)
    rgb, icc_profile, colour_notes = _to_srgb(pixels, declared.icc_profile)
    side_data, side_notes = read_side_data(image)
    alpha = None if pixels.alpha is None else make_upright(pixels.alpha, orientation)
    meta = ImageMeta(
        name=name,
        format="JPEG" if image.format == "MPO" else image.format or ImageMeta.format,
        is_gray=pixels.colour.ndim == 2,
        icc_profile=icc_profile,
        exif=exif,
        side_data=side_data,
        hdr_chunks=declared.hdr_chunks,
        notes=(*_frame_notes(image), *pixels.notes, *declared.notes, *colour_notes, *side_notes),
    )
    native = None
    if icc_profile and pixels.colour.ndim == 3 and rgb is not pixels.colour:
        native = make_upright(pixels.colour, orientation)
    return LoadedImage(make_upright(rgb, orientation), alpha, meta, native)


def _frame_notes(image: Image.Image) -> tuple[str, ...]:
    if not getattr(image, "is_animated", False) or image.tell() != 0:  # a caller who went on knows what he wants
        return ()
    if image.format == "TIFF":  # counting its pages means walking the whole file
        return ("first page of several",)
    return (f"first of {getattr(image, 'n_frames', 1)} frames",)


def _to_srgb(pixels: Pixels, icc_profile: bytes | None) -> tuple[np.ndarray, bytes | None, tuple[str, ...]]:
    """sRGB pixels, the profile that a result can be converted back to, and notes."""
    if icc_profile is None and pixels.colour.shape[2:] == (3,):
        return pixels.colour, None, ()  # untagged RGB is sRGB
    is_cmyk = pixels.colour.ndim == 3 and pixels.colour.shape[-1] == 4
    notes = ["CMYK converted to sRGB"] if is_cmyk else []
    try:
        rgb = to_srgb(pixels.colour, icc_profile)
    except ProfileError as error:
        notes.append(f"colour profile ignored: {error}")
        return to_srgb(pixels.colour, None), None, tuple(notes)
    # A grey file may carry an RGB profile, and CMYK is never written: those results are plain sRGB.
    fits = icc_profile and profile_mode(icc_profile) == ("L" if pixels.colour.ndim == 2 else "RGB")
    return rgb, (icc_profile if fits else None), tuple(notes)


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
