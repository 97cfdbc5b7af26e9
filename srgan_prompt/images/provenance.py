"""The note that this program leaves in its results: how they were made."""

import json
from collections.abc import Mapping

from PIL import ExifTags, Image

MAX_PROVENANCE_BYTES = 2**20
PROVENANCE_KEY = "srgan_prompt"
"""Of the text chunk that holds the note in a PNG."""

_PROGRAM = "srgan-prompt"
_COMMENT_IS_ASCII = b"ASCII\0\0\0"


def exif_comment(provenance: Mapping[str, str], max_bytes: int) -> bytes:
    """How EXIF says it, in its UserComment."""
    return _COMMENT_IS_ASCII + provenance_json(provenance, max_bytes).encode("ascii")


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
