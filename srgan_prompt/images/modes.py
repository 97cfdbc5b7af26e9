"""Pillow's pixel modes -> three layouts: grey [H, W], RGB [H, W, 3], CMYK [H, W, 4], and alpha [H, W] apart.

An image that Pillow has opened but not decoded comes in; uint8 or uint16 arrays go out, with no bit lost silently.
Colour profiles are not looked at here (see ``color``).
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageCms

Reopen = Callable[[], Image.Image]

# Pillow unpacks 16-bit colour to its high bytes. Decoding again with the byte order swapped gives the low bytes,
# exactly and at the speed of C.
_SWAPPED = {"16B": "16L", "16L": "16B", "16N": "16B" if sys.byteorder == "little" else "16L"}


class UnsupportedModeError(ValueError):
    """Pixels without a defined white or of a kind this program does not know; the message says what to do."""


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
    deep = _deep_rawmode(image)
    if deep == "LA;16B":
        return _decode_deep_gray_alpha(image)
    if deep:
        return _decode_deep_colour(image, reopen(), deep)
    image.load()
    if image.mode not in _DECODERS:
        raise UnsupportedModeError(f"pixels of the kind {image.mode} are not supported; convert it to RGB first")
    return _DECODERS[image.mode](image)


def _deep_rawmode(image: Image.Image) -> str | None:
    """The raw mode, as in ``RGB;16B``, where the file holds 16 bits a channel that Pillow would cut to 8."""
    rawmodes = {tile.args if isinstance(tile.args, str) else tile.args[0] for tile in image.tile}
    if len(rawmodes) != 1:
        return None
    rawmode = str(rawmodes.pop())
    kind, _, depth = rawmode.partition(";")
    return rawmode if kind in ("RGB", "RGBA", "LA") and depth in _SWAPPED else None


def _decode_deep_colour(image: Image.Image, again: Image.Image, rawmode: str) -> Pixels:
    kind, _, depth = rawmode.partition(";")
    _replace_rawmode(again, f"{kind};{_SWAPPED[depth]}")
    deep = np.array(image).astype(np.uint16)
    deep <<= 8
    deep |= np.asarray(again)
    return _split_alpha(deep) if kind == "RGBA" else _with_transparent_value(deep, image.info.get("transparency"))


def _decode_deep_gray_alpha(image: Image.Image) -> Pixels:
    _replace_rawmode(image, "RGBA")  # four plain bytes a pixel: grey high, grey low, alpha high, alpha low
    planes = np.array(image).view(">u2").astype(np.uint16)
    return Pixels(planes[..., 0], planes[..., 1])


def _replace_rawmode(image: Image.Image, rawmode: str) -> None:
    image.tile = [
        tile._replace(args=rawmode if isinstance(tile.args, str) else (rawmode, *tile.args[1:])) for tile in image.tile
    ]


def _decode_gray(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image.convert("L")), image.info.get("transparency"))


def _decode_gray_alpha(image: Image.Image) -> Pixels:
    planes = np.array(image.convert("LA"))
    return Pixels(np.ascontiguousarray(planes[..., 0]), np.ascontiguousarray(planes[..., 1]))


def _decode_deep_gray(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image).astype(np.uint16), image.info.get("transparency"))


def _decode_palette(image: Image.Image) -> Pixels:
    if image.mode == "PA" or "transparency" in image.info:
        return _decode_rgba(image)
    return _decode_opaque(image)


def _decode_rgb(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image), image.info.get("transparency"))


def _decode_rgba(image: Image.Image) -> Pixels:
    return _split_alpha(np.array(image.convert("RGBA")))


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


def _split_alpha(rgba: np.ndarray) -> Pixels:
    return Pixels(np.ascontiguousarray(rgba[..., :3]), np.ascontiguousarray(rgba[..., 3]))


def _with_transparent_value(colour: np.ndarray, transparent: object) -> Pixels:
    """Alpha from PNG's tRNS chunk: the one grey or RGB value that is fully transparent."""
    if not isinstance(transparent, int | tuple):
        return Pixels(colour)
    same = colour == np.asarray(transparent)
    if colour.ndim == 3:
        same = same.all(axis=-1)
    opaque = np.iinfo(colour.dtype).max
    return Pixels(colour, np.where(same, 0, opaque).astype(colour.dtype))


_DECODERS: dict[str, Callable[[Image.Image], Pixels]] = {
    "1": _decode_gray,
    "L": _decode_gray,
    "LA": _decode_gray_alpha,
    "La": _decode_gray_alpha,
    "I;16": _decode_deep_gray,
    "I;16L": _decode_deep_gray,
    "I;16B": _decode_deep_gray,
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
