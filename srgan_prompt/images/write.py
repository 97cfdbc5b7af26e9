"""A ``LoadedImage`` to a file or a stream, whole or not at all.

Pixels sRGB, uint8 or uint16, come in; PNG, JPEG, WebP or TIFF goes out, in the source's own colour profile, with its
EXIF and a note on how it was made. What the format cannot hold is settled, and said, before the first byte. PNG and
TIFF are then streamed a band of rows at a time, so a result is never held twice.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.TiffImagePlugin import ICCPROFILE

from srgan_prompt.errors import OutputError, UsageError
from srgan_prompt.files import printable, replacing, write_error
from srgan_prompt.images.color import Convert, ProfileError, from_srgb, luma, profile_mode
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX, MAX_SIDE_PX, SIXTEEN_BIT_FORMATS, refuse_too_long
from srgan_prompt.images.image import LoadedImage, flatten, to_uint8
from srgan_prompt.images.metadata import (
    NO_SIDE_DATA,
    SideData,
    fit_exif,
    fit_side_data,
    jpeg_options,
    png_chunks,
    tiff_tags,
)
from srgan_prompt.images.png import Chunk, icc_chunk, write_png
from srgan_prompt.images.provenance import provenance_texts
from srgan_prompt.images.tiff import write_tiff

Provenance = Mapping[str, str]

_BAND_BYTES = 2**18  # so small that a result of 512 px keeps several cores busy


def write_image(
    destination: str | os.PathLike | BinaryIO,
    image: LoadedImage,
    *,
    format: str | None = None,  # noqa: A002  (Pillow's name for it)
    quality: int = 95,
    strip_metadata: bool = False,
    provenance: Provenance | None = None,
) -> tuple[str, ...]:
    """Write ``image``, replacing what is at ``destination``; return plain sentences on what the format could not hold.

    ``format`` is a name such as "png"; by default the destination's suffix says it, for a stream the source's format.
    ``quality`` is 1..100, for JPEG and WebP (where 100 is lossless). ``strip_metadata`` drops the source's EXIF and
    profile; the pixels are then sRGB. ``provenance`` (keys such as version, weights, prompt) is embedded unless None.
    Raises UsageError for an impossible quality, OutputError if the destination cannot be written; it is then as before.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"Quality {quality!r} is not a number from 1 to 100.")
    is_stream = not isinstance(destination, str | os.PathLike)
    name = getattr(destination, "name", "<stream>") if is_stream else destination
    try:
        file_format = _format_name(name, format or (_format_of_source(image) if is_stream else None))
        size_px = image.rgb.shape[1], image.rgb.shape[0]
        refuse_too_long(name, file_format, size_px)
        encoding = _plan_encoding(image, file_format, size_px, strip_metadata=strip_metadata, provenance=provenance)
        if isinstance(destination, str | os.PathLike):
            with replacing(Path(destination)) as file:
                _write(file, encoding, quality)
        else:
            _write(destination, encoding, quality)
            destination.flush()
    except OutputError:
        raise
    except MemoryError as error:
        raise OutputError(f"{printable(name)}: not enough memory to encode it; write PNG instead.") from error
    except Exception as error:  # encoders raise many types; the user gets one sentence
        raise write_error(printable(name), error) from error
    return encoding.notes


def _format_of_source(image: LoadedImage) -> str:
    """PNG where the source's own format is read and not written."""
    return image.meta.format if image.meta.format in MAX_SIDE_PX else "PNG"


def _format_name(name: object, wanted: str | None) -> str:
    suffix = f".{wanted.lower()}" if wanted else Path(str(name)).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise OutputError(f"{printable(name)}: cannot tell which format to write; use .png, .jpg, .webp or .tif.")
    return FORMAT_OF_SUFFIX[suffix]


@dataclass(frozen=True)
class _Encoding:
    """sRGB pixels, how they become ``format``'s own, what is embedded beside them, and what could not be kept."""

    format: str
    rgb: np.ndarray
    alpha: np.ndarray | None
    to_file: Convert
    icc_profile: bytes | None
    exif: bytes | None
    side_data: SideData
    hdr_chunks: tuple[Chunk, ...]
    provenance: Provenance | None
    notes: tuple[str, ...]

    def pixels(self, rows: slice = slice(None)) -> np.ndarray:
        """[rows, width, channels]: grey or RGB in the file's colour profile, then alpha if there is one."""
        colour = self.to_file(self.rgb[rows])
        colour = colour[..., None] if colour.ndim == 2 else colour
        return colour if self.alpha is None else np.concatenate([colour, self.alpha[rows, :, None]], axis=-1)

    def bands(self) -> Iterator[np.ndarray]:
        """All pixels, about a quarter of a mebibyte at a time."""
        rows_per_band = max(1, _BAND_BYTES // self.rgb[0].nbytes)
        return (self.pixels(slice(top, top + rows_per_band)) for top in range(0, len(self.rgb), rows_per_band))


def _plan_encoding(
    image: LoadedImage,
    file_format: str,
    size_px: tuple[int, int],
    *,
    strip_metadata: bool,
    provenance: Provenance | None,
) -> _Encoding:
    """How ``image`` of (width, height) ``size_px`` is written as PNG, JPEG, WEBP or TIFF."""
    notes: list[str] = []
    meta = image.meta
    if strip_metadata:
        image = image.as_srgb()
        meta = replace(image.meta, exif=None, icc_profile=None, side_data=NO_SIDE_DATA)
    rgb, alpha = image.rgb, image.alpha
    if file_format not in SIXTEEN_BIT_FORMATS and rgb.dtype == np.uint16:
        notes.append(f"16-bit pixels reduced to 8 bits for {file_format}; PNG keeps them")
        rgb, alpha = to_uint8(rgb), (None if alpha is None else to_uint8(alpha))
    if file_format == "JPEG" and alpha is not None:
        notes.append("transparency flattened on white: JPEG has none")
        rgb, alpha = flatten(rgb, alpha), None
    # WebP knows no grey, and few programs read a TIFF of 16-bit grey with alpha.
    has_gray = file_format != "WEBP" and not (file_format == "TIFF" and alpha is not None and rgb.dtype == np.uint16)
    to_file: Convert = _unchanged
    icc_profile = meta.icc_profile
    if not meta.is_native:
        to_file, icc_profile = _plan_colour(meta.icc_profile, meta.is_gray and has_gray, notes)
    hdr_chunks = meta.hdr_chunks if file_format == "PNG" else ()
    if meta.hdr_chunks and not hdr_chunks:
        notes.append(f"HDR values written to {file_format}, which cannot say so; PNG can")
    return _Encoding(
        format=file_format,
        rgb=rgb,
        alpha=alpha,
        to_file=to_file,
        icc_profile=icc_profile,
        side_data=fit_side_data(meta.side_data, file_format, size_px, notes),
        exif=fit_exif(meta.exif, file_format, size_px, provenance, notes),
        hdr_chunks=hdr_chunks,
        provenance=provenance,
        notes=tuple(notes),
    )


def _plan_colour(icc_profile: bytes | None, is_gray: bool, notes: list[str]) -> tuple[Convert, bytes | None]:
    """How sRGB becomes the file's pixels, and the profile that says so."""
    untagged: Convert = luma if is_gray else _unchanged
    if icc_profile is None:
        return untagged, None
    try:
        if profile_mode(icc_profile) == ("L" if is_gray else "RGB"):
            return from_srgb(icc_profile), icc_profile
        reason = "it is for other channels"
    except ProfileError as error:
        reason = str(error)
    notes.append(f"colour profile left out, pixels are sRGB: {reason}")
    return untagged, None


def _unchanged(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _write(stream: BinaryIO, encoding: _Encoding, quality: int) -> None:
    if encoding.format == "PNG":
        write_png(stream, encoding.bands(), len(encoding.rgb), _png_chunks(encoding))
    elif encoding.format == "TIFF":
        tags = tiff_tags(encoding.side_data) | ({ICCPROFILE: encoding.icc_profile} if encoding.icc_profile else {})
        shape = (*encoding.rgb.shape[:2], encoding.pixels(slice(1)).shape[-1])
        write_tiff(stream, encoding.bands(), shape, encoding.rgb.dtype, exif=encoding.exif, tags=tags)
    else:
        stream.write(_encode_with_pillow(encoding, quality))


def _png_chunks(encoding: _Encoding) -> list[Chunk]:
    chunks = list(encoding.hdr_chunks)
    if encoding.icc_profile:
        chunks.append(icc_chunk(encoding.icc_profile))
    if encoding.exif:
        chunks.append((b"eXIf", encoding.exif.removeprefix(b"Exif\0\0")))
    texts = provenance_texts(encoding.provenance) if encoding.provenance else {}
    return chunks + png_chunks(encoding.side_data, texts)


def _encode_with_pillow(encoding: _Encoding, quality: int) -> memoryview:
    pixels = encoding.pixels()
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    options: dict[str, object] = {}
    match encoding.format:
        case "JPEG":
            # Halving the chroma would throw away what the network drew.
            options = {"quality": quality, "subsampling": "4:4:4" if quality >= 90 else "4:2:0"}
            options |= jpeg_options(encoding.side_data)
        case "WEBP":
            options = {"quality": quality, "lossless": quality == 100, "exact": True}
            options |= {"xmp": encoding.side_data.xmp} if encoding.side_data.xmp else {}
    if encoding.icc_profile:
        options["icc_profile"] = encoding.icc_profile
    if encoding.exif:
        options["exif"] = encoding.exif
    # In memory first: given a file, Pillow writes behind Python's back and loses the system's reason for a failure.
    buffer = BytesIO()
    image.save(buffer, encoding.format, **options)
    return buffer.getbuffer()
