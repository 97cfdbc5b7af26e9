"""EXIF made upright, kept, resized or dropped; and the note on how a result was made.

EXIF blocks are bytes that start with ``Exif\0\0``. Pictures are arrays [height, width, ...] of any dtype.

What a file says about its picture beside pixels, colours and EXIF: XMP, IPTC, print resolution, text, comments.

Read from what Pillow found; what a format cannot hold is named. XMP is changed where it would lie about the result.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ExifTags, Image

from srgan_prompt.images.png import Chunk, text_chunk
from srgan_prompt.images.tiff import resolution_tags

MAX_PROVENANCE_BYTES = 2**20
# One JPEG segment holds 65 533 bytes; the rest is for the camera's own tags.
MAX_EXIF_PROVENANCE_BYTES = 2**15
MAX_EXIF_BYTES = 65_533

_ORIENTATION = ExifTags.Base.Orientation
_INTEROP = int(ExifTags.IFD.Interop)
# Tags that describe how a TIFF lays out its own pixels: wrong, or dangerous, in any other file.
# fmt: off
_LAYOUT_TAGS = frozenset([
    254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 273, 277, 278, 279, 280, 281, 284, 288, 289, 290, 291, 292,
    293, 297, 301, 317, 318, 319, 320, 322, 323, 324, 325, 330, 332, 338, 339, 340, 341, 347, 512, 513, 514, 515, 529,
    530, 531, 532, 700, 33723, 34377, 34675, 37724,
])
# fmt: on


def read_exif(image: Image.Image) -> tuple[int, bytes | None]:
    """The orientation (1..8) and the EXIF block with its orientation set to 1, or None if the file has none."""
    source = image.getexif()
    orientation = source.get(_ORIENTATION, 1)
    exif = _own_copy(source)
    if _ORIENTATION in exif:
        exif[_ORIENTATION] = 1
    return (orientation if orientation in range(1, 9) else 1), (exif.tobytes() if len(exif) else None)


def _own_copy(source: Image.Exif) -> Image.Exif:
    """``source``, which may be the caller's, without layout tags; its directories as values, not as offsets."""
    exif = Image.Exif()
    exif.endian = source.endian
    for tag, value in source.items():
        if tag not in _LAYOUT_TAGS:
            exif[tag] = value
    for pointer in (ExifTags.IFD.Exif, ExifTags.IFD.GPSInfo):
        if pointer in exif:
            exif[pointer] = dict(source.get_ifd(pointer))
    if _INTEROP in exif.get(ExifTags.IFD.Exif, {}):
        exif[ExifTags.IFD.Exif][_INTEROP] = dict(source.get_ifd(ExifTags.IFD.Interop))
    return exif


def make_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """``pixels`` [H, W, ...] turned as EXIF ``orientation`` (1..8) asks; contiguous."""
    if orientation >= 5:  # stored as columns
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def exif_for_result(exif: bytes | None, size_px: tuple[int, int], provenance: Mapping[str, str] | None) -> bytes | None:
    """The EXIF block of a result of (width, height) ``size_px``: Software and UserComment say how it was made."""
    if exif is None and not provenance:
        return None
    block = Image.Exif()
    if exif:
        block.load(exif)
    details = block.get_ifd(ExifTags.IFD.Exif)
    if _INTEROP in details:  # read as an offset, which means nothing in another file
        details[_INTEROP] = dict(block.get_ifd(_INTEROP))
    if ExifTags.Base.ExifImageWidth in details:
        details[ExifTags.Base.ExifImageWidth], details[ExifTags.Base.ExifImageHeight] = size_px
    if provenance:
        block[ExifTags.Base.Software] = software_name(provenance)
        comment = provenance_json(provenance, MAX_EXIF_PROVENANCE_BYTES)
        details[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + comment.encode("ascii")
    block[ExifTags.IFD.Exif] = dict(details)
    return block.tobytes()


def software_name(provenance: Mapping[str, str]) -> str:
    """What the Software field says: the program, and its version where ``provenance`` names one."""
    return ascii(f"srgan-prompt {provenance.get('version', '')}".strip())[1:-1]


def provenance_json(provenance: Mapping[str, str], max_bytes: int = MAX_PROVENANCE_BYTES) -> str:
    """``provenance`` as ASCII JSON of at most ``max_bytes``; long values are cut, and nothing in it is live HTML."""
    text = _html_safe_json(provenance)
    if len(text) > max_bytes:
        # A character becomes at most twelve bytes (an escaped surrogate pair); 64 more a value: its key and quotes.
        max_chars = max_bytes // (12 * max(len(provenance), 1)) - 64
        text = _html_safe_json({key[:32]: f"{value[:max_chars]}..." for key, value in provenance.items()})
    return text


def _html_safe_json(values: Mapping[str, str]) -> str:
    text = json.dumps(dict(values), ensure_ascii=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


MAX_SEGMENT_BYTES = 65_000  # one JPEG segment holds 65 533 bytes, its label included
MAX_TEXT_BYTES = 2**20
_IPTC_TAG, _XMP_TAG = 33_723, 700
_IPTC_RESOURCE = 0x0404
_OUR_KEYS = frozenset(["Software", "srgan_prompt"])
_XMP_KEY = "XML:com.adobe.xmp"
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>)\s*)[1-8]")
_XMP_SIZE = {
    b"width": re.compile(rb"((?:tiff:ImageWidth|exif:PixelXDimension)(?:=[\"']|>)\s*)\d+"),
    b"height": re.compile(rb"((?:tiff:ImageLength|exif:PixelYDimension)(?:=[\"']|>)\s*)\d+"),
}
_GAIN_MAP = (b"hdr-gain-map/1.0", b"hdrgm:", b"apdi:AuxiliaryImageType")


@dataclass(frozen=True)
class SideData:
    """``dpi`` is (horizontal, vertical) pixels per inch of print, ``iptc`` the IPTC-NAA records, ``texts`` a PNG's."""

    xmp: bytes | None = None
    iptc: bytes | None = None
    dpi: tuple[float, float] | None = None
    texts: tuple[tuple[str, str], ...] = ()


NO_SIDE_DATA = SideData()


def read_side_data(image: Image.Image) -> tuple[SideData, tuple[str, ...]]:
    """Of a decoded image; and notes on what will not be in a result."""
    notes = []
    xmp = _bytes_or_none(image.info.get("xmp") or _tiff_tag(image, _XMP_TAG))
    if xmp and any(mark in xmp for mark in _GAIN_MAP):
        xmp = None
        notes.append("HDR gain map left out, and the XMP that describes it: the result is the picture without it")
    resources = image.info.get("photoshop")
    iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else _tiff_tag(image, _IPTC_TAG)
    side_data = SideData(
        xmp and _XMP_ORIENTATION.sub(rb"\g<1>1", xmp), _bytes_or_none(iptc), _dpi(image), _texts(image)
    )
    return side_data, tuple(notes)


def fit_side_data(side_data: SideData, file_format: str, size_px: tuple[int, int], notes: list[str]) -> SideData:
    """What a result of (width, height) ``size_px`` in ``file_format`` can hold; ``notes`` hears the rest."""
    xmp, iptc, dpi, texts = side_data.xmp, side_data.iptc, side_data.dpi, side_data.texts
    for side, value in zip((b"width", b"height"), size_px, strict=True):
        xmp = xmp and _XMP_SIZE[side].sub(rb"\g<1>%d" % value, xmp)
    if file_format == "JPEG" and xmp and len(xmp) > MAX_SEGMENT_BYTES:
        xmp = None
        _left_out("XMP", "it is longer than JPEG allows", notes)
    if file_format == "JPEG" and iptc and len(iptc) > MAX_SEGMENT_BYTES:
        iptc = None
        _left_out("IPTC", "it is longer than JPEG allows", notes)
    if file_format in ("PNG", "WEBP") and iptc:
        iptc = None
        _left_out("IPTC", f"{file_format} has no place for it", notes)
    if file_format == "WEBP" and dpi:
        dpi = None  # its EXIF may say it; the file itself has no place
    comments = [text for key, text in texts if key == "Comment"]
    if file_format != "PNG" and len(texts) > len(comments):
        _left_out("text", f"{file_format} has no place for it", notes)
    if file_format != "PNG":
        texts = tuple(("Comment", text) for text in comments[:1]) if file_format == "JPEG" else ()
    if comments and file_format not in ("PNG", "JPEG"):
        _left_out("comment", f"{file_format} has no place for it", notes)
    return SideData(xmp, iptc, dpi, texts)


def png_chunks(side_data: SideData) -> list[Chunk]:
    """The chunks that say it: pHYs (pixels a metre) and iTXt."""
    chunks = []
    if side_data.dpi:
        per_metre = [round(dpi / 0.0254).to_bytes(4, "big") for dpi in side_data.dpi]
        chunks.append((b"pHYs", b"".join(per_metre) + b"\1"))
    if side_data.xmp:
        chunks.append(text_chunk(_XMP_KEY, side_data.xmp.decode("utf-8", "replace")))
    return chunks + [text_chunk(key, text) for key, text in side_data.texts]


def jpeg_options(side_data: SideData) -> dict[str, object]:
    """Pillow's options for a JPEG; IPTC goes into a Photoshop segment (APP13)."""
    options: dict[str, object] = {}
    if side_data.dpi:
        options["dpi"] = tuple(round(dpi) for dpi in side_data.dpi)
    if side_data.xmp:
        options["xmp"] = side_data.xmp
    if side_data.texts:
        options["comment"] = side_data.texts[0][1].encode("utf-8", "replace")[:MAX_SEGMENT_BYTES]
    if side_data.iptc:
        size = len(side_data.iptc)
        resource = b"8BIM\x04\x04\0\0" + size.to_bytes(4, "big") + side_data.iptc + bytes(size % 2)
        body = b"Photoshop 3.0\0" + resource
        options["extra"] = b"\xff\xed" + (len(body) + 2).to_bytes(2, "big") + body
    return options


def tiff_tags(side_data: SideData) -> dict[int, object]:
    """XMP, IPTC and resolution as TIFF tags."""
    tags = {_XMP_TAG: side_data.xmp, _IPTC_TAG: side_data.iptc}
    resolution = resolution_tags(side_data.dpi) if side_data.dpi else {}
    return resolution | {tag: value for tag, value in tags.items() if value}


def _left_out(what: str, reason: str, notes: list[str]) -> None:
    notes.append(f"{what} left out: {reason}")


def _tiff_tag(image: Image.Image, tag: int) -> object:
    return getattr(image, "tag_v2", {}).get(tag)


def _bytes_or_none(value: object) -> bytes | None:
    if isinstance(value, Sequence) and not isinstance(value, bytes | str):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, bytes) and value else None


def _dpi(image: Image.Image) -> tuple[float, float] | None:
    """None too for the 72 that Pillow gives a JPEG without any, and for a TIFF's 1, which stands for none."""
    dpi = image.info.get("dpi")
    if image.format in ("JPEG", "MPO") and "jfif_density" not in image.info and dpi == (72, 72):
        return None
    try:
        horizontal, vertical = (float(value) for value in dpi or ())
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return (horizontal, vertical) if min(horizontal, vertical) > 1 and max(horizontal, vertical) < 65_536 else None


def _texts(image: Image.Image) -> tuple[tuple[str, str], ...]:
    """Text chunks but XMP, EXIF in disguise and our own note; a JPEG's or GIF's comment as PNG would name it."""
    if comment := image.info.get("comment"):
        raw = comment if isinstance(comment, bytes) else str(comment).encode()
        return (("Comment", raw.decode("utf-8", "replace").rstrip("\0")[:MAX_TEXT_BYTES]),)
    texts = getattr(image, "text", {}) if image.format == "PNG" else {}
    is_ours = "srgan_prompt" in texts
    return tuple(
        (key, str(text))
        for key, text in texts.items()
        if key != _XMP_KEY
        and not key.startswith("Raw profile type ")
        and not (is_ours and key in _OUR_KEYS)
        and len(text) <= MAX_TEXT_BYTES
    )
