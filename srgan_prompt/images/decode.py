"""Pillow's pixel modes -> three layouts: grey [H, W], RGB [H, W, 3], CMYK [H, W, 4], and alpha [H, W] apart.

An image that Pillow has opened but not decoded comes in; uint8 or uint16 arrays go out, with no bit lost silently.
Colour profiles are not looked at here (see ``color``).

Pillow unpacks 16-bit colour to its high bytes. Decoding once more with the byte order swapped gives the low bytes:
exactly, at the speed of C, for PNG (interlaced too) and TIFF.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageCms

Reopen = Callable[[], Image.Image]

_SWAPPED = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}
_WHITE_IS_ZERO = 0
_CHANNELS_APART = 2


class UnsupportedModeError(ValueError):
    """Pixels that this program cannot read rightly; the message says why and what to do."""


@dataclass(frozen=True)
class Pixels:
    """``colour`` is [H, W] grey, [H, W, 3] RGB or [H, W, 4] CMYK; ``alpha`` is [H, W] of the same dtype or None."""

    colour: np.ndarray
    alpha: np.ndarray | None = None
    notes: tuple[str, ...] = ()


def decode_pixels(image: Image.Image, reopen: Reopen) -> Pixels:
    """Decode ``image``; ``reopen`` opens the same bytes anew.

    Raises UnsupportedModeError, and whatever Pillow raises on broken files.
    """
    refuse_misread(image)
    if _is_sixteen_bit(image):
        return _split_channels(_decode_sixteen_bit(image, reopen()), image.info.get("transparency"))
    cut = ("16-bit channels read at 8 bits",) if _is_cut(image) else ()
    _scale_transparent_gray(image)
    image.load()
    if image.mode not in _DECODERS:
        raise UnsupportedModeError(
            f"its pixels are of the kind {image.mode}, which is not supported; convert it to RGB first"
        )
    pixels = _DECODERS[image.mode](image)
    return replace(pixels, notes=(*pixels.notes, *cut))


def refuse_misread(image: Image.Image) -> None:
    """Refuse the 16-bit TIFF layouts that Pillow decodes to wrong values without saying so."""
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


def _is_sixteen_bit(image: Image.Image) -> bool:
    """Whether an undecoded image holds 16-bit colour that ``_decode_sixteen_bit`` reads."""
    kind, depth = _split_rawmode(image)
    return kind in ("RGB", "RGBA", "LA") and depth in _SWAPPED


def _is_cut(image: Image.Image) -> bool:
    """Whether an undecoded image holds 16-bit colour of which only the high bytes can be had (CMYK, premultiplied)."""
    return _split_rawmode(image)[1] in _SWAPPED and image.mode != "I;16" and not _is_sixteen_bit(image)


def _decode_sixteen_bit(image: Image.Image, again: Image.Image) -> np.ndarray:
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


def stored_tiles(image: Image.Image) -> list[Any]:
    """Pillow's plan of how the file holds the pixels (``ImageFile._Tile``); none for an image made in memory."""
    return getattr(image, "tile", [])


def _split_channels(channels: np.ndarray, transparency: object = None) -> Pixels:
    """[H, W, 2 | 3 | 4] -> grey or RGB, and alpha."""
    match channels.shape[-1]:
        case 2:
            return Pixels(np.ascontiguousarray(channels[..., 0]), np.ascontiguousarray(channels[..., 1]))
        case 3:
            return _with_transparent_value(channels, transparency)
        case _:
            return Pixels(np.ascontiguousarray(channels[..., :3]), np.ascontiguousarray(channels[..., 3]))


def _with_transparent_value(colour: np.ndarray, transparent: object) -> Pixels:
    """Alpha from PNG's tRNS chunk: the one grey or RGB value that is fully transparent."""
    if not isinstance(transparent, int | tuple):
        return Pixels(colour)
    same = colour == np.asarray(transparent)
    if colour.ndim == 3:
        same = same.all(axis=-1)
    opaque = np.iinfo(colour.dtype).max
    return Pixels(colour, np.where(same, 0, opaque).astype(colour.dtype))


def _scale_transparent_gray(image: Image.Image) -> None:
    """Pillow spreads 2- and 4-bit grey over 0..255, but not the one value that PNG calls transparent."""
    rawmodes = [tile.args for tile in stored_tiles(image)]
    if isinstance(image.info.get("transparency"), int) and rawmodes in (["L;2"], ["L;4"]):
        image.info["transparency"] *= 85 if rawmodes == ["L;2"] else 17


def _decode_gray(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image.convert("L")), image.info.get("transparency"))


def _decode_gray_alpha(image: Image.Image) -> Pixels:
    return _split_channels(np.array(image.convert("LA")))


def _decode_sixteen_bit_gray(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image).astype(np.uint16), image.info.get("transparency"))


def _decode_palette(image: Image.Image) -> Pixels:
    if image.mode == "PA" or "transparency" in image.info:
        return _decode_rgba(image)
    return _decode_opaque(image)


def _decode_rgb(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image), image.info.get("transparency"))


def _decode_rgba(image: Image.Image) -> Pixels:
    return _split_channels(np.array(image.convert("RGBA")))


def _decode_opaque(image: Image.Image) -> Pixels:
    return Pixels(np.array(image.convert("RGB")))


def _decode_cmyk(image: Image.Image) -> Pixels:
    return Pixels(np.array(image))


def _decode_lab(image: Image.Image) -> Pixels:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    rgb = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    return Pixels(np.array(rgb), notes=("Lab converted to sRGB",))


def _decode_integers(image: Image.Image) -> Pixels:
    gray = np.array(image)
    if gray.min() < 0 or gray.max() > 65_535:
        raise UnsupportedModeError("its 32-bit integers go outside 0..65535; convert it to 8 or 16 bits first")
    return Pixels(gray.astype(np.uint16), notes=("32-bit integers read as 16-bit grey",))


def _decode_floats(image: Image.Image) -> Pixels:
    gray = np.array(image)
    if not (np.isfinite(gray).all() and gray.min() >= 0 and gray.max() <= 1):
        raise UnsupportedModeError("its floating-point values go outside [0, 1]; convert it to 8 or 16 bits first")
    return Pixels(np.rint(gray * 65_535).astype(np.uint16), notes=("floating-point grey read as 16-bit grey",))


_DECODERS: dict[str, Callable[[Image.Image], Pixels]] = {
    "1": _decode_gray,
    "L": _decode_gray,
    "LA": _decode_gray_alpha,
    "La": _decode_gray_alpha,
    "I;16": _decode_sixteen_bit_gray,
    "I;16L": _decode_sixteen_bit_gray,
    "I;16B": _decode_sixteen_bit_gray,
    "I": _decode_integers,
    "F": _decode_floats,
    "P": _decode_palette,
    "PA": _decode_palette,
    "RGB": _decode_rgb,
    "RGBA": _decode_rgba,
    "RGBa": _decode_rgba,
    "RGBX": _decode_opaque,
    "YCbCr": _decode_opaque,
    "CMYK": _decode_cmyk,
    "LAB": _decode_lab,
}
