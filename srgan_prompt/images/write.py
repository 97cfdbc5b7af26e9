"""A ``LoadedImage`` to a file or a stream, whole or not at all.

Pixels sRGB, uint8 or uint16, come in; PNG, JPEG, WebP or TIFF goes out, in the source's own colour profile, with its
EXIF and a note on how it was made. PNG and TIFF are streamed a band of rows at a time, so a result is never held twice.
"""

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image
from PIL.TiffImagePlugin import ICCPROFILE

from srgan_prompt.errors import OutputError, UsageError
from srgan_prompt.images.atomic import replacing
from srgan_prompt.images.encoding import Encoding, plan_encoding
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX, MAX_SIDE_PX, refuse_too_long
from srgan_prompt.images.loaded import LoadedImage
from srgan_prompt.images.metadata import provenance_json, software_name
from srgan_prompt.images.naming import printable
from srgan_prompt.images.png_stream import Chunk, icc_chunk, text_chunk, write_png
from srgan_prompt.images.side_data import jpeg_options, png_chunks, tiff_tags
from srgan_prompt.images.tiff_stream import write_tiff


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
    Raises UsageError for an impossible quality, OutputError if the destination cannot be written; it is then as before.
    """
    if not 1 <= quality <= 100:
        raise UsageError(f"Quality {quality!r} is not a number from 1 to 100.")
    is_stream = not isinstance(destination, str | os.PathLike)
    name = printable(getattr(destination, "name", "<stream>") if is_stream else destination)
    try:
        file_format = _format_name(name, format or (_format_of_source(image) if is_stream else None))
        refuse_too_long(name, file_format, (image.width_px, image.height_px))
        encoding = plan_encoding(image, file_format, strip_metadata=strip_metadata, provenance=provenance)
        if isinstance(destination, str | os.PathLike):
            with replacing(Path(destination)) as file:
                _write(file, encoding, quality, provenance)
        else:
            _write(destination, encoding, quality, provenance)
            destination.flush()
    except OutputError:
        raise
    except MemoryError as error:
        raise OutputError(f"{name}: not enough memory to encode it; write PNG instead.") from error
    except Exception as error:  # encoders raise many types; the user gets one sentence
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise OutputError(f"{name}: cannot be written ({reason}); check the folder and the free space.") from error
    return encoding.notes


def _format_of_source(image: LoadedImage) -> str:
    """PNG where the source's own format is read and not written."""
    return image.meta.format if image.meta.format in MAX_SIDE_PX else "PNG"


def _format_name(name: str, wanted: str | None) -> str:
    suffix = f".{wanted.lower()}" if wanted else Path(name).suffix.lower()
    if suffix not in FORMAT_OF_SUFFIX:
        raise OutputError(f"{name}: cannot tell which format to write; use .png, .jpg, .webp or .tif.")
    return FORMAT_OF_SUFFIX[suffix]


def _write(stream: BinaryIO, encoding: Encoding, quality: int, provenance: Mapping[str, str] | None) -> None:
    if encoding.format == "PNG":
        write_png(stream, encoding.bands(), len(encoding.rgb), _png_chunks(encoding, provenance))
    elif encoding.format == "TIFF":
        tags = tiff_tags(encoding.side_data) | ({ICCPROFILE: encoding.icc_profile} if encoding.icc_profile else {})
        shape = (*encoding.rgb.shape[:2], encoding.pixels(slice(1)).shape[-1])
        write_tiff(stream, encoding.bands(), shape, encoding.rgb.dtype, exif=encoding.exif, tags=tags)
    else:
        stream.write(_encode_with_pillow(encoding, quality))


def _png_chunks(encoding: Encoding, provenance: Mapping[str, str] | None) -> list[Chunk]:
    chunks = list(encoding.hdr_chunks)
    if encoding.icc_profile:
        chunks.append(icc_chunk(encoding.icc_profile))
    if provenance:
        chunks.append(text_chunk("Software", software_name(provenance)))
        chunks.append(text_chunk("srgan_prompt", provenance_json(provenance)))
    if encoding.exif:
        chunks.append((b"eXIf", encoding.exif.removeprefix(b"Exif\0\0")))
    return chunks + png_chunks(encoding.side_data)


def _encode_with_pillow(encoding: Encoding, quality: int) -> memoryview:
    pixels = encoding.pixels()
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
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
    picture.save(buffer, encoding.format, **options)
    return buffer.getbuffer()
