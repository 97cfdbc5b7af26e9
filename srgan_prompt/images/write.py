"""A ``LoadedImage`` to a file or a stream, whole or not at all.

Pixels sRGB, uint8 or uint16, come in; PNG, JPEG, WebP or TIFF goes out, in the source's own colour profile, with its
EXIF and a note on how it was made. PNG is streamed a band of rows at a time, so a result is never held twice.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import Image

from srgan_prompt.errors import OutputError
from srgan_prompt.images.alpha import flatten
from srgan_prompt.images.atomic import replacing
from srgan_prompt.images.color import Convert, ProfileError, from_srgb, luma, profile_mode, to_uint8
from srgan_prompt.images.loaded import LoadedImage
from srgan_prompt.images.metadata import MAX_EXIF_BYTES, exif_for_result, provenance_json, software_name
from srgan_prompt.images.naming import printable
from srgan_prompt.images.png_stream import Chunk, icc_chunk, text_chunk, write_png

FORMAT_OF_SUFFIX = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_MAX_SIDE_PX = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383, "TIFF": 2**31 - 1}
_BAND_BYTES = 2**20


@dataclass(frozen=True)
class _Encoding:
    """What will be written: pixels for ``format``, and what is embedded beside them."""

    format: str
    rgb: np.ndarray
    alpha: np.ndarray | None
    to_file: Convert
    icc_profile: bytes | None
    exif: bytes | None


def write_image(
    destination: str | os.PathLike | BinaryIO,
    image: LoadedImage,
    *,
    format: str | None = None,  # noqa: A002  (Pillow's name for it)
    quality: int = 95,
    strip_metadata: bool = False,
    provenance: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Write ``image``, replacing what is at ``destination``; return plain sentences on what the format could not hold.

    ``format`` is a name such as "png"; by default the destination's suffix says it, for a stream the source's format.
    ``quality`` is 1..100, for JPEG and WebP (where 100 is lossless). ``strip_metadata`` drops the source's EXIF and
    profile; the pixels are then sRGB. ``provenance`` (keys such as version, weights, prompt) is embedded unless None.
    Raises OutputError; the destination is then as it was before.
    """
    is_stream = hasattr(destination, "write")
    name = printable(getattr(destination, "name", "<stream>") if is_stream else destination)
    file_format = _format_name(name, format or ("" if not is_stream else image.meta.format))
    encoding, notes = _plan(name, file_format, image, strip_metadata, provenance)
    try:
        if is_stream:
            _write(destination, encoding, quality, provenance)
            destination.flush()
        else:
            with replacing(Path(destination)) as file:
                _write(file, encoding, quality, provenance)
    except OutputError:
        raise
    except MemoryError as error:
        raise OutputError(f"{name}: not enough memory to encode it as {file_format}; write PNG instead.") from error
    except Exception as error:  # encoders raise many types; the user gets one sentence
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise OutputError(f"{name}: cannot be written ({reason}); check the folder and the free space.") from error
    return notes


def _format_name(name: str, wanted: str) -> str:
    suffix = f".{wanted.lower()}" if wanted else Path(name).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise OutputError(f"{name}: cannot tell which format to write; use .png, .jpg, .webp or .tif.")
    return FORMAT_OF_SUFFIX[suffix]


def _plan(
    name: str, file_format: str, image: LoadedImage, strip_metadata: bool, provenance: Mapping[str, str] | None
) -> tuple[_Encoding, tuple[str, ...]]:
    _check_side(name, file_format, image)
    notes: list[str] = []
    rgb, alpha = image.rgb, image.alpha
    if file_format != "PNG" and rgb.dtype == np.uint16:
        notes.append(f"16-bit pixels reduced to 8 bits for {file_format}; PNG keeps them")
        rgb, alpha = to_uint8(rgb), (None if alpha is None else to_uint8(alpha))
    if file_format == "JPEG" and alpha is not None:
        notes.append("transparency flattened on white: JPEG has none")
        rgb, alpha = flatten(rgb, alpha), None
    meta = replace(image.meta, exif=None, icc_profile=None) if strip_metadata else image.meta
    is_gray = meta.is_gray and file_format != "WEBP"  # WebP knows no grey
    to_file, icc_profile = _colour_plan(meta.icc_profile, is_gray, notes)
    exif = _exif_plan(file_format, meta.exif, (image.width_px, image.height_px), provenance, notes)
    return _Encoding(file_format, rgb, alpha, to_file, icc_profile, exif), tuple(notes)


def _check_side(name: str, file_format: str, image: LoadedImage) -> None:
    if max(image.width_px, image.height_px) > _MAX_SIDE_PX[file_format]:
        raise OutputError(
            f"{name}: {image.width_px} x {image.height_px} pixels is more than {file_format} can hold"
            f" ({_MAX_SIDE_PX[file_format]:,} a side); write PNG instead."
        )


def _colour_plan(icc_profile: bytes | None, is_gray: bool, notes: list[str]) -> tuple[Convert, bytes | None]:
    """How sRGB becomes the file's pixels, and the profile that says so."""
    untagged = luma if is_gray else _unchanged
    if icc_profile is None:
        return untagged, None
    try:
        if profile_mode(icc_profile) == ("L" if is_gray else "RGB"):
            return from_srgb(icc_profile), icc_profile
    except ProfileError as error:
        notes.append(f"colour profile left out, pixels are sRGB: {error}")
        return untagged, None
    notes.append("colour profile left out, pixels are sRGB: it is for other channels")
    return untagged, None


def _unchanged(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _exif_plan(
    file_format: str,
    exif: bytes | None,
    size_px: tuple[int, int],
    provenance: Mapping[str, str] | None,
    notes: list[str],
) -> bytes | None:
    note = None if file_format == "PNG" else provenance  # PNG has a text chunk for it
    try:
        block = exif_for_result(exif, size_px, note)
    except Exception:  # noqa: BLE001  (an EXIF block that Pillow cannot write again raises many types)
        notes.append("EXIF left out: it cannot be written again")
        return exif_for_result(None, size_px, note)
    if block and file_format == "JPEG" and len(block) > MAX_EXIF_BYTES:
        notes.append("EXIF left out: it is longer than JPEG allows")
        return exif_for_result(None, size_px, note)
    return block


def _write(stream: BinaryIO, encoding: _Encoding, quality: int, provenance: Mapping[str, str] | None) -> None:
    if encoding.format == "PNG":
        write_png(stream, _bands(encoding), len(encoding.rgb), _png_chunks(encoding, provenance))
    else:
        stream.write(_encode_with_pillow(encoding, quality))


def _png_chunks(encoding: _Encoding, provenance: Mapping[str, str] | None) -> list[Chunk]:
    chunks = []
    if encoding.icc_profile:
        chunks.append(icc_chunk(encoding.icc_profile))
    if provenance:
        chunks.append(text_chunk("Software", software_name(provenance)))
        chunks.append(text_chunk("srgan_prompt", provenance_json(provenance)))
    if encoding.exif:
        chunks.append((b"eXIf", encoding.exif.removeprefix(b"Exif\0\0")))
    return chunks


def _bands(encoding: _Encoding) -> Iterator[np.ndarray]:
    """The file's pixels [rows, width, channels], about a mebibyte at a time."""
    rows_per_band = max(1, _BAND_BYTES // encoding.rgb[0].nbytes)
    for top in range(0, len(encoding.rgb), rows_per_band):
        yield _file_pixels(encoding, slice(top, top + rows_per_band))


def _file_pixels(encoding: _Encoding, rows: slice) -> np.ndarray:
    colour = encoding.to_file(encoding.rgb[rows])
    colour = colour[..., None] if colour.ndim == 2 else colour
    return colour if encoding.alpha is None else np.concatenate([colour, encoding.alpha[rows, :, None]], axis=-1)


def _encode_with_pillow(encoding: _Encoding, quality: int) -> memoryview:
    pixels = _file_pixels(encoding, slice(None))
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    options: dict[str, object] = {}  # TIFF stays uncompressed: Pillow cannot compress it and keep its EXIF directories
    match encoding.format:
        case "JPEG":
            # Halving the chroma would throw away what the network drew.
            options = {"quality": quality, "subsampling": "4:4:4" if quality >= 90 else "4:2:0"}
        case "WEBP":
            options = {"quality": quality, "lossless": quality == 100, "exact": True}
    if encoding.icc_profile:
        options["icc_profile"] = encoding.icc_profile
    if encoding.exif:
        options["exif"] = encoding.exif
    # In memory first: given a file, Pillow writes behind Python's back and loses the system's reason for a failure.
    buffer = BytesIO()
    picture.save(buffer, encoding.format, **options)
    return buffer.getbuffer()
