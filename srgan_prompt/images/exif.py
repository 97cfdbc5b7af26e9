"""EXIF made upright, kept, resized or dropped; and the note on how a result was made.

EXIF blocks are bytes that start with ``Exif\\0\\0``.
"""

import json
from collections.abc import Mapping

from PIL import ExifTags, Image

MAX_PROVENANCE_BYTES = 2**20
MAX_EXIF_PROVENANCE_BYTES = 2**15  # the rest of a JPEG's block is for the camera's own tags
MAX_EXIF_BYTES = 65_533  # what one JPEG segment holds
PROVENANCE_KEY = "srgan_prompt"
"""Of the text chunk that holds the note in a PNG."""

_PROGRAM = "srgan-prompt"
_COMMENT_IS_ASCII = b"ASCII\0\0\0"
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
        comment = provenance_json(provenance, MAX_EXIF_PROVENANCE_BYTES)
        details[ExifTags.Base.UserComment] = _COMMENT_IS_ASCII + comment.encode("ascii")
    block[ExifTags.IFD.Exif] = dict(details)
    return block.tobytes()


def provenance_texts(provenance: Mapping[str, str]) -> dict[str, str]:
    """How a PNG says it: text by keyword."""
    return {"Software": software_name(provenance), PROVENANCE_KEY: provenance_json(provenance)}


def software_name(provenance: Mapping[str, str]) -> str:
    """What the Software field says: the program, and its version where ``provenance`` names one."""
    return ascii(f"{_PROGRAM} {provenance.get('version', '')}".strip())[1:-1]


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


def read_provenance(image: Image.Image, exif: Image.Exif) -> str | None:
    """The JSON note in a result of this program, of which ``exif`` is the block; None in any other image."""
    if note := image.info.get(PROVENANCE_KEY):
        return str(note)
    if not str(exif.get(ExifTags.Base.Software, "")).startswith(_PROGRAM):
        return None
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    if isinstance(comment, bytes):
        return comment[len(_COMMENT_IS_ASCII) :].decode("ascii", "replace")
    return str(comment)
