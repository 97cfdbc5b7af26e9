"""What a file says about its image beside pixels and colours: EXIF, XMP, IPTC, print resolution, text, comments.

Read from what Pillow found; what a format cannot hold is named. What would lie about the result is changed: orientation
and sizes. EXIF blocks are bytes that start with ``Exif\\0\\0``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import ExifTags, Image

from srgan_prompt.images.png import Chunk, text_chunk
from srgan_prompt.images.provenance import PROVENANCE_KEY, exif_comment, software_name
from srgan_prompt.images.tiff import resolution_tags

MAX_EXIF_PROVENANCE_BYTES = 2**15  # the rest of a JPEG's block is for the camera's own tags
MAX_EXIF_BYTES = 65_533  # what one JPEG segment holds
MAX_SEGMENT_BYTES = 65_000  # one JPEG segment holds 65 533 bytes, its label included
MAX_TEXT_BYTES = 2**20
_IPTC_TAG, _XMP_TAG = 33_723, 700
_IPTC_RESOURCE = 0x0404
_OUR_KEYS = frozenset(["Software", PROVENANCE_KEY])
_XMP_KEY = "XML:com.adobe.xmp"
_XMP_ORIENTATION = re.compile(rb"(tiff:Orientation(?:=[\"']|>)\s*)[1-8]")
_SIZE = {
    b"width": re.compile(rb"((?:tiff:ImageWidth|exif:PixelXDimension)(?:=[\"']|>)\s*)\d+"),
    b"height": re.compile(rb"((?:tiff:ImageLength|exif:PixelYDimension)(?:=[\"']|>)\s*)\d+"),
}
_GAIN_MAP = (b"hdr-gain-map/1.0", b"hdrgm:", b"apdi:AuxiliaryImageType")
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
        notes.append("HDR gain map left out, and the XMP that describes it: the result is the image without it")
    resources = image.info.get("photoshop")
    iptc = resources.get(_IPTC_RESOURCE) if isinstance(resources, dict) else _tiff_tag(image, _IPTC_TAG)
    side_data = SideData(
        xmp and _XMP_ORIENTATION.sub(rb"\g<1>1", xmp), _bytes_or_none(iptc), _dpi(image), _texts(image)
    )
    return side_data, tuple(notes)


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
    is_ours = PROVENANCE_KEY in texts
    return tuple(
        (key, str(text))
        for key, text in texts.items()
        if key != _XMP_KEY
        and not key.startswith("Raw profile type ")
        and not (is_ours and key in _OUR_KEYS)
        and len(text) <= MAX_TEXT_BYTES
    )


def fit_side_data(side_data: SideData, file_format: str, size_px: tuple[int, int], notes: list[str]) -> SideData:
    """What a result of (width, height) ``size_px`` in ``file_format`` can hold; ``notes`` hears the rest."""
    xmp, iptc, dpi, texts = side_data.xmp, side_data.iptc, side_data.dpi, side_data.texts

    def leave_out(what: str, reason: str = f"{file_format} has no place for it") -> None:
        notes.append(f"{what} left out: {reason}")

    for side, value in zip((b"width", b"height"), size_px, strict=True):
        xmp = xmp and _SIZE[side].sub(rb"\g<1>%d" % value, xmp)
    if file_format == "JPEG" and xmp and len(xmp) > MAX_SEGMENT_BYTES:
        xmp = None
        leave_out("XMP", "it is longer than JPEG allows")
    if file_format == "JPEG" and iptc and len(iptc) > MAX_SEGMENT_BYTES:
        iptc = None
        leave_out("IPTC", "it is longer than JPEG allows")
    if file_format in ("PNG", "WEBP") and iptc:
        iptc = None
        leave_out("IPTC")
    if file_format == "WEBP" and dpi:
        dpi = None  # its EXIF may say it; the file itself has no place
    comments = [text for key, text in texts if key == "Comment"]
    if file_format != "PNG" and len(texts) > len(comments):
        leave_out("text")
    if file_format != "PNG":
        texts = tuple(("Comment", text) for text in comments[:1]) if file_format == "JPEG" else ()
    if comments and file_format not in ("PNG", "JPEG"):
        leave_out("comment")
    return SideData(xmp, iptc, dpi, texts)


def png_chunks(side_data: SideData, texts: Mapping[str, str]) -> list[Chunk]:
    """The chunks that say it, and further ``texts`` by keyword: iTXt and pHYs (pixels a metre)."""
    chunks = [text_chunk(key, text) for key, text in texts.items()]
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


def open_exif(image: Image.Image) -> Image.Exif:
    """The block of ``image`` as its file holds it; empty where there is none, or none that can be read."""
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001  (Pillow's parser meets hostile bytes here: any type may come)
        return Image.Exif()


def orientation_of(exif: Image.Exif) -> int:
    """1..8, and 1 for any other value."""
    orientation = exif.get(_ORIENTATION, 1)
    return orientation if orientation in range(1, 9) else 1


def read_exif(image: Image.Image) -> tuple[int, bytes | None]:
    """The orientation (1..8), and the EXIF block with its orientation set to 1, None if the file has none.

    An unreadable block is no reason to refuse the image: it counts as none.
    """
    try:
        source = open_exif(image)
        exif = _own_copy(source)
        if _ORIENTATION in exif:
            exif[_ORIENTATION] = 1
        return orientation_of(source), (exif.tobytes() if len(exif) else None)
    except Exception:  # noqa: BLE001  (as in open_exif)
        return 1, None


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


def fit_exif(
    exif: bytes | None,
    file_format: str,
    size_px: tuple[int, int],
    provenance: Mapping[str, str] | None,
    notes: list[str],
) -> bytes | None:
    """The block of a result of (width, height) ``size_px`` in ``file_format``; ``notes`` hears what had to go."""
    in_exif = None if file_format == "PNG" else provenance  # PNG has a text chunk for it
    try:
        block = exif_for_result(exif, size_px, in_exif)
    except Exception:  # noqa: BLE001  (a block that Pillow cannot write again raises many types)
        reason = "it cannot be written again"
    else:
        if file_format != "JPEG" or len(block or b"") <= MAX_EXIF_BYTES:
            return block
        reason = "it is longer than JPEG allows"
    notes.append(f"EXIF left out: {reason}")
    return exif_for_result(None, size_px, in_exif)


def exif_for_result(exif: bytes | None, size_px: tuple[int, int], provenance: Mapping[str, str] | None) -> bytes | None:
    """``exif`` with the result's (width, height) and, in Software and UserComment, how it was made."""
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
        details[ExifTags.Base.UserComment] = exif_comment(provenance, MAX_EXIF_PROVENANCE_BYTES)
    block[ExifTags.IFD.Exif] = dict(details)
    return block.tobytes()
