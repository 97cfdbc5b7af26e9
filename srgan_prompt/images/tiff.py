"""TIFF: the full image found among previews and pages, and files written a band of rows at a time.

Reading: a file's bytes come in, and the same bytes go out with the header pointing at the directory to read (TIFF 6.0,
section 2; sub-directories are those of TIFF technical note 1). Pillow alone would give the first, often a thumbnail.

Writing: 8 or 16 bits, uncompressed, one strip, with its EXIF directories, profile, XMP and IPTC. Pillow writes no
16-bit colour, and either EXIF or other tags, not both; its directory class does the bookkeeping here.
"""

from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO
from typing import Any, BinaryIO, Literal

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags

from srgan_prompt.images.decode import UnsupportedModeError
from srgan_prompt.images.formats import TIFF_SIGNATURES

Directory = TiffImagePlugin.ImageFileDirectory_v2

_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 255, 262, 330, 50_706
_MOSAIC = (32_803, 34_892)  # a colour filter array, and linear sensor values
_MAX_DIRECTORIES = 64

_MAX_BYTES = 2**32 - 2**24  # offsets are 32 bits; the rest is for the tags
_TYPES = {
    TiffImagePlugin.STRIPOFFSETS: TiffTags.LONG,
    TiffImagePlugin.STRIPBYTECOUNTS: TiffTags.LONG,
    TiffImagePlugin.ICCPROFILE: TiffTags.UNDEFINED,
    TiffImagePlugin.XMP: TiffTags.BYTE,
    TiffImagePlugin.IPTC_NAA_CHUNK: TiffTags.UNDEFINED,
}


def with_full_image_first(data: bytes) -> bytes:
    """``data``, a TIFF; of one that begins with a preview, one that begins with the full image.

    Raises UnsupportedModeError for a RAW file.
    """
    try:
        directories = list(_directories(data))
    except Exception:  # noqa: BLE001  (broken directories raise many types; the decoder will name the fault)
        return data
    if data[8:10] == b"CR" or any(_is_raw(directory) for _, directory in directories):
        raise UnsupportedModeError("a camera's RAW file, of which only a preview could be read; develop it first")
    if not directories or not _is_reduced(directories[0][1]):
        return data
    full = [(_num_pixels(directory), -offset) for offset, directory in directories if not _is_reduced(directory)]
    return _starting_at(data, -max(full)[1]) if full else data


def _directories(data: bytes) -> Iterator[tuple[int, Directory]]:
    """Offset and directory: the chain of pages, and after each page its sub-directories."""
    size, order = _layout(data)
    pending = [int.from_bytes(data[size : 2 * size], order)]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_DIRECTORIES:
        offset = pending.pop(0)
        if offset in seen or not 0 < offset < len(data):
            continue
        seen.add(offset)
        directory = Directory(data[: 2 * size])
        file = BytesIO(data)
        file.seek(offset)
        directory.load(file)
        yield offset, directory
        below = directory.get(_SUB_IFDS, ())
        pending = [*(below if isinstance(below, tuple) else (below,)), *pending, directory.next or 0]


def _layout(data: bytes) -> tuple[int, Literal["little", "big"]]:
    """How many bytes an offset has, and their order."""
    return 8 if data.startswith(TIFF_SIGNATURES[2:]) else 4, "little" if data.startswith(b"II") else "big"


def _is_raw(directory: Directory) -> bool:
    return _DNG_VERSION in directory or directory.get(_PHOTOMETRIC) in _MOSAIC


def _is_reduced(directory: Directory) -> bool:
    kind = directory.get(_NEW_SUBFILE_TYPE, 0)
    return bool(kind & 1) or directory.get(_SUBFILE_TYPE) == 2


def _num_pixels(directory: Directory) -> int:
    width, height = (directory.get(tag, 0) for tag in (TiffImagePlugin.IMAGEWIDTH, TiffImagePlugin.IMAGELENGTH))
    return width * height


def _starting_at(data: bytes, offset: int) -> bytes:
    size, order = _layout(data)
    return data[:size] + offset.to_bytes(size, order) + data[2 * size :]


def write_tiff(
    stream: BinaryIO,
    bands: Iterable[np.ndarray],
    shape: tuple[int, int, int],
    dtype: np.dtype,
    *,
    exif: bytes | None,
    tags: Mapping[int, object],
) -> None:
    """Write bands of rows, of an image of (height, width, channels) ``shape``, uint8 or uint16, and ``tags`` beside.

    Raises ValueError for an image of more than four gigabytes.
    """
    height, width, channels = shape
    num_bytes = height * width * channels * dtype.itemsize
    if num_bytes > _MAX_BYTES:
        raise ValueError("more than the 4 GiB that TIFF can hold; write PNG instead")
    directory = Directory(b"II*\0\0\0\0\0")
    layout = {
        TiffImagePlugin.IMAGEWIDTH: width,
        TiffImagePlugin.IMAGELENGTH: height,
        TiffImagePlugin.BITSPERSAMPLE: (8 * dtype.itemsize,) * channels,
        TiffImagePlugin.COMPRESSION: 1,
        TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: 2 if channels >= 3 else 1,
        TiffImagePlugin.STRIPOFFSETS: 0,  # counted from the end of the directory
        TiffImagePlugin.SAMPLESPERPIXEL: channels,
        TiffImagePlugin.ROWSPERSTRIP: height,
        TiffImagePlugin.STRIPBYTECOUNTS: num_bytes,
        TiffImagePlugin.PLANAR_CONFIGURATION: 1,
    }
    if channels in (2, 4):
        layout[TiffImagePlugin.EXTRASAMPLES] = 2  # alpha, not premultiplied
    for tag, value in {**_exif_tags(exif), **tags, **layout}.items():
        if tag in _TYPES:
            directory.tagtype[tag] = _TYPES[tag]
        directory[tag] = value
    stream.write(b"II*\0" + (8).to_bytes(4, "little") + directory.tobytes(8))
    for band in bands:
        stream.write(np.ascontiguousarray(band, band.dtype.newbyteorder("<")).data)


def _exif_tags(exif: bytes | None) -> dict[int, object]:
    """The block as a directory's tags; sub-directories as dictionaries."""
    block = Image.Exif()
    if exif:
        block.load(exif)
    tags: dict[int, Any] = dict(block)
    for pointer in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        if pointer in tags:
            tags[pointer] = dict(block.get_ifd(pointer))
    if ExifTags.IFD.Interop in tags.get(ExifTags.IFD.Exif, {}):
        tags[ExifTags.IFD.Exif][ExifTags.IFD.Interop] = dict(block.get_ifd(ExifTags.IFD.Interop))
    return tags


def resolution_tags(dpi: tuple[float, float]) -> dict[int, object]:
    """Pixels per inch."""
    return {
        TiffImagePlugin.RESOLUTION_UNIT: 2,
        TiffImagePlugin.X_RESOLUTION: dpi[0],
        TiffImagePlugin.Y_RESOLUTION: dpi[1],
    }
