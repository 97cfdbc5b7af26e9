"""16-bit colour in full, where Pillow alone would cut it to 8 bits.

Pillow unpacks 16-bit colour to its high bytes. Decoding once more with the byte order swapped gives the low bytes:
exactly, at the speed of C, for PNG (interlaced too) and TIFF. uint16 arrays [H, W, channels] go out.
"""

import sys
from typing import Any

import numpy as np
from PIL import ExifTags, Image

_SWAPPED = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}
_WHITE_IS_ZERO = 0
_CHANNELS_APART = 2


class UnsupportedModeError(ValueError):
    """Pixels that this program cannot read rightly; the message says why and what to do."""


def is_deep(image: Image.Image) -> bool:
    """Whether an undecoded image holds 16-bit colour that ``decode_deep`` reads."""
    kind, depth = _split_rawmode(image)
    return kind in ("RGB", "RGBA", "LA") and depth in _SWAPPED


def is_cut(image: Image.Image) -> bool:
    """Whether an undecoded image holds 16-bit colour of which only the high bytes can be had (CMYK, premultiplied)."""
    return _split_rawmode(image)[1] in _SWAPPED and image.mode != "I;16" and not is_deep(image)


def decode_deep(image: Image.Image, again: Image.Image) -> np.ndarray:
    """The pixels [H, W, 2 | 3 | 4] of ``image``, of which ``again`` is a second undecoded copy."""
    kind, depth = _split_rawmode(image)
    if kind == "LA":  # four plain bytes a pixel: grey high, grey low, alpha high, alpha low
        _replace_rawmode(image, "RGBA")
        return np.array(image).view(">u2").astype(np.uint16)
    _replace_rawmode(again, f"{kind};{_SWAPPED[depth]}")
    pixels = np.array(image).astype(np.uint16)
    pixels <<= 8
    pixels |= np.asarray(again)
    return pixels


def refuse_misread(image: Image.Image) -> None:
    """Refuse the deep TIFF layouts that Pillow decodes to wrong values without saying so."""
    tags = getattr(image, "tag_v2", {})
    depth = max(tags.get(ExifTags.Base.BitsPerSample, (8,)))
    if depth <= 8:
        return
    if depth < 16:
        raise UnsupportedModeError(f"a TIFF of {depth} bits a channel; save it with 8 or 16")
    if tags.get(ExifTags.Base.PlanarConfiguration) == _CHANNELS_APART:
        raise UnsupportedModeError("a 16-bit TIFF with separate channel planes; save it with interleaved channels")
    if tags.get(ExifTags.Base.PhotometricInterpretation) == _WHITE_IS_ZERO:
        raise UnsupportedModeError("a 16-bit TIFF whose white is 0; save it with black as 0")


def stored_tiles(image: Image.Image) -> list[Any]:
    """Pillow's plan of how the file holds the pixels (``ImageFile._Tile``); none for an image made in memory."""
    return getattr(image, "tile", [])


def _split_rawmode(image: Image.Image) -> tuple[str, str]:
    """Channels and depth of the stored pixels, as in ("RGB", "16B"); empty where tiles differ."""
    rawmodes = {tile.args if isinstance(tile.args, str) else tile.args[0] for tile in stored_tiles(image)}
    kind, _, depth = str(rawmodes.pop()).partition(";") if len(rawmodes) == 1 else ("", "", "")
    return kind, depth


def _replace_rawmode(image: Image.Image, rawmode: str) -> None:
    tiles = stored_tiles(image)
    image.tile = [  # type: ignore[attr-defined]  # in Pillow's types only an ImageFile has it
        tile._replace(args=rawmode if isinstance(tile.args, str) else (rawmode, *tile.args[1:])) for tile in tiles
    ]
