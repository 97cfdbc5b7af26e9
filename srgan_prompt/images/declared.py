"""The colours that a file declares: by an ICC profile, or by code points and chunks that become one.

PNG, third edition, 4.3 sets the order: cICP goes before iCCP, then sRGB, then gAMA with cHRM. Code points are those of
ITU-T H.273. HDR (PQ, HLG) is kept as it is encoded: no profile of version 2 says it, and to tone-map is to repaint.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from srgan_prompt.images.icc_build import (
    _D65,
    SRGB,
    Decode,
    Primaries,
    build_gray_profile,
    build_rgb_profile,
    decode_gamma,
    decode_srgb,
)
from srgan_prompt.images.png_stream import Chunk

_PRIMARIES = {
    1: SRGB,
    4: Primaries((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: Primaries(_D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: Primaries(_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: Primaries(_D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: Primaries(_D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: Primaries((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: Primaries(_D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
_PQ, _HLG = 16, 18
_HDR_CHUNKS = (b"cICP", b"mDCV", b"cLLI")
# Nobody tells apart what differs by less; libpng leaves such a gamma alone as well (5 %).
_SAME_GAMMA = 0.05
_SAME_XY = 0.005
_MIN_GAMMA, _MAX_GAMMA = 0.1, 10.0


@dataclass(frozen=True)
class Declared:
    """``icc_profile`` None means sRGB, or with ``hdr_chunks`` (to be written again) pixels left in their encoding."""

    icc_profile: bytes | None = None
    hdr_chunks: tuple[Chunk, ...] = ()
    notes: tuple[str, ...] = ()


def declared_colours(image: Image.Image, data: bytes, *, is_gray: bool) -> Declared:
    """What ``image``, opened from ``data`` (empty where the file is out of reach), says about its colours."""
    chunks = dict(_early_png_chunks(data))
    if len(cicp := chunks.get(b"cICP", b"")) == 4:
        primaries, transfer, matrix, is_full_range = cicp
        if transfer in (_PQ, _HLG):
            kept = tuple((tag, chunks[tag]) for tag in _HDR_CHUNKS if tag in chunks)
            return Declared(None, kept, ("HDR colours enlarged in their own encoding",))
        if (matrix, is_full_range) == (0, 1) and primaries in _PRIMARIES and (decode := _decode_of(transfer)):
            return _built(_PRIMARIES[primaries], decode, "cICP", is_gray=is_gray)
    ignored = ("colours of an unknown cICP chunk ignored",) if cicp else ()
    if icc_profile := image.info.get("icc_profile"):
        return Declared(icc_profile, notes=ignored)
    if image.format != "PNG" or "srgb" in image.info:
        return Declared(notes=ignored)
    declared = _by_gamma(image.info.get("gamma"), image.info.get("chromaticity"), is_gray=is_gray)
    return replace(declared, notes=ignored + declared.notes)


def _by_gamma(exponent: float | None, chromaticity: tuple[float, ...] | None, *, is_gray: bool) -> Declared:
    """PNG's gAMA, the exponent from light to value, and cHRM: x and y of white, red, green and blue."""
    primaries = SRGB
    if chromaticity and not is_gray:
        pairs = tuple(zip(chromaticity[::2], chromaticity[1::2], strict=True))
        if np.abs(np.subtract(pairs, (SRGB.white, SRGB.red, SRGB.green, SRGB.blue))).max() > _SAME_XY:
            primaries = Primaries(*pairs)
    if exponent is None:
        decode: Decode = decode_srgb
    elif not _MIN_GAMMA <= exponent <= _MAX_GAMMA:
        return Declared(notes=(f"gamma {exponent:g} of its gAMA chunk ignored",))
    elif primaries is SRGB and abs(exponent * 2.2 - 1) <= _SAME_GAMMA:  # how nearly every sRGB file is marked
        decode = decode_srgb
    else:
        decode = decode_gamma(1 / exponent)
    return _built(primaries, decode, "gAMA and cHRM", is_gray=is_gray)


def _built(primaries: Primaries, decode: Decode, origin: str, *, is_gray: bool) -> Declared:
    if decode is decode_srgb and (is_gray or primaries is SRGB):
        return Declared()
    name = f"from {origin}"
    try:
        profile = build_gray_profile(decode, name) if is_gray else build_rgb_profile(primaries, decode, name)
    except ValueError as error:
        return Declared(notes=(f"colours of its {origin} ignored: {error}",))
    return Declared(profile, notes=(f"colours as its {origin} say, written as an ICC profile",))


def _decode_of(transfer: int) -> Decode | None:
    match transfer:
        case 13:
            return decode_srgb
        case 1 | 6 | 14 | 15:
            return _decode_bt709
        case 4:
            return decode_gamma(2.2)
        case 5:
            return decode_gamma(2.8)
        case 8:
            return decode_gamma(1.0)
    return None


def _decode_bt709(encoded: np.ndarray) -> np.ndarray:
    """The inverse of the camera's curve, ITU-R BT.709-6, 1.2."""
    return np.where(encoded < 0.081, encoded / 4.5, ((encoded + 0.099) / 1.099) ** (1 / 0.45))


def _early_png_chunks(data: bytes) -> Iterator[Chunk]:
    """Tag and body of the chunks before the pixels."""
    place = 8 if data.startswith(b"\x89PNG\r\n\x1a\n") else len(data)
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        tag = data[place + 4 : place + 8]
        if tag == b"IDAT":
            return
        yield tag, data[place + 8 : place + 8 + length]
        place += 12 + length
