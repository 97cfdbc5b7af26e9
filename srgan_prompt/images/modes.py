"""Pillow's pixel modes -> three layouts: grey [H, W], RGB [H, W, 3], CMYK [H, W, 4], and alpha [H, W] apart.

An image that Pillow has opened but not decoded comes in; uint8 or uint16 arrays go out, with no bit lost silently.
Colour profiles are not looked at here (see ``color``).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageCms

from srgan_prompt.images.deep import UnsupportedModeError, decode_deep, is_cut, is_deep, refuse_misread, stored_tiles

Reopen = Callable[[], Image.Image]


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
    if is_deep(image):
        transparency = image.info.get("transparency")
        return _split_channels(decode_deep(image, reopen()), transparency)
    cut = ("16-bit channels read at 8 bits",) if is_cut(image) else ()
    _scale_transparent_gray(image)
    image.load()
    if image.mode not in _DECODERS:
        raise UnsupportedModeError(
            f"its pixels are of the kind {image.mode}, which is not supported; convert it to RGB first"
        )
    pixels = _DECODERS[image.mode](image)
    return replace(pixels, notes=(*pixels.notes, *cut))


def _split_channels(channels: np.ndarray, transparency: object = None) -> Pixels:
    """[H, W, 2 | 3 | 4] -> grey or RGB, and alpha."""
    match channels.shape[-1]:
        case 2:
            return Pixels(np.ascontiguousarray(channels[..., 0]), np.ascontiguousarray(channels[..., 1]))
        case 3:
            return _with_transparent_value(channels, transparency)
        case _:
            return Pixels(np.ascontiguousarray(channels[..., :3]), np.ascontiguousarray(channels[..., 3]))


def _scale_transparent_gray(image: Image.Image) -> None:
    """Pillow spreads 2- and 4-bit grey over 0..255, but not the one value that PNG calls transparent."""
    rawmodes = [tile.args for tile in stored_tiles(image)]
    if isinstance(image.info.get("transparency"), int) and rawmodes in (["L;2"], ["L;4"]):
        image.info["transparency"] *= 85 if rawmodes == ["L;2"] else 17


def _decode_gray(image: Image.Image) -> Pixels:
    return _with_transparent_value(np.array(image.convert("L")), image.info.get("transparency"))


def _decode_gray_alpha(image: Image.Image) -> Pixels:
    return _split_channels(np.array(image.convert("LA")))


def _decode_deep_gray(image: Image.Image) -> Pixels:
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
