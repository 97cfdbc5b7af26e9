"""TIFF written a band of rows at a time: 8 or 16 bits, uncompressed, with its EXIF directories, profile, XMP and IPTC.

Pillow writes no 16-bit colour, and either EXIF or other tags, not both; its directory class does the bookkeeping here.
The layout is baseline TIFF 6.0, one strip.
"""

from collections.abc import Iterable, Mapping
from typing import Any, BinaryIO

import numpy as np
from PIL import ExifTags, Image, TiffImagePlugin, TiffTags

MAX_BYTES = 2**32 - 2**24  # offsets are 32 bits; the rest is for the tags

_TYPES = {
    TiffImagePlugin.STRIPOFFSETS: TiffTags.LONG,
    TiffImagePlugin.STRIPBYTECOUNTS: TiffTags.LONG,
    TiffImagePlugin.ICCPROFILE: TiffTags.UNDEFINED,
    TiffImagePlugin.XMP: TiffTags.BYTE,
    TiffImagePlugin.IPTC_NAA_CHUNK: TiffTags.UNDEFINED,
}


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
    if num_bytes > MAX_BYTES:
        raise ValueError("more than the 4 GiB that TIFF can hold; write PNG instead")
    directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0")
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


def resolution_tags(dpi: tuple[float, float]) -> dict[int, object]:
    """Pixels per inch."""
    return {
        TiffImagePlugin.RESOLUTION_UNIT: 2,
        TiffImagePlugin.X_RESOLUTION: dpi[0],
        TiffImagePlugin.Y_RESOLUTION: dpi[1],
    }


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
