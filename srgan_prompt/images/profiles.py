"""The colours that a file declares: by an ICC profile, or by numbers, of which a profile is built here.

PNG, third edition, 4.3 sets the order: cICP goes before iCCP, then sRGB, then gAMA with cHRM. Code points are those of
ITU-T H.273. HDR (PQ, HLG) is kept as it is encoded: no profile of version 2 says it, and to tone-map is to repaint.
A built profile is a matrix profile of version 2 (ICC.1:2001-04), RGB or grey; little CMS does the rest.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from srgan_prompt.images.png import Chunk

Xy = tuple[float, float]
Decode = Callable[[np.ndarray], np.ndarray]
"""Encoded values in [0, 1] to linear light in [0, 1]."""


@dataclass(frozen=True)
class Primaries:
    """Chromaticities (x, y) of white, red, green and blue."""

    white: Xy
    red: Xy
    green: Xy
    blue: Xy


_D65 = (0.3127, 0.3290)
SRGB = Primaries(_D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
ADOBE_RGB = Primaries(_D65, (0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
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

_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
# From XYZ to the responses of the eye's cones (Bradford; ICC.1:2022, annex E).
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CURVE_SIZE = 1024


@dataclass(frozen=True)
class Declared:
    """``icc_profile`` None means sRGB, or with ``hdr_chunks`` (to be written again) pixels left in their encoding."""

    icc_profile: bytes | None = None
    hdr_chunks: tuple[Chunk, ...] = ()
    notes: tuple[str, ...] = ()


def declared_colours(image: Image.Image, chunks: Mapping[bytes, bytes], *, is_gray: bool) -> Declared:
    """What ``image`` says about its colours; ``chunks``: those of a PNG, by their tags."""
    if len(cicp := chunks.get(b"cICP", b"")) == 4:
        primaries, transfer, matrix, is_full_range = cicp
        if transfer in (_PQ, _HLG):
            kept = tuple((tag, chunks[tag]) for tag in _HDR_CHUNKS if tag in chunks)
            return Declared(None, kept, ("HDR colours upscaled in their own encoding",))
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


def decode_srgb(encoded: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def decode_gamma(gamma: float) -> Decode:
    """A plain power."""
    return lambda encoded: encoded**gamma


def _decode_bt709(encoded: np.ndarray) -> np.ndarray:
    """The inverse of the camera's curve, ITU-R BT.709-6, 1.2."""
    return np.where(encoded < 0.081, encoded / 4.5, ((encoded + 0.099) / 1.099) ** (1 / 0.45))


def build_rgb_profile(primaries: Primaries, decode: Decode, name: str) -> bytes:
    """Raises ValueError for primaries that span no triangle."""
    columns = _to_d50_xyz(primaries).T
    tags = {tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    curve = _curve(decode)
    return _profile(b"RGB ", tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}, name)


def build_gray_profile(decode: Decode, name: str) -> bytes:
    """Grey from black to white of any hue: grey values have none."""
    return _profile(b"GRAY", {b"kTRC": _curve(decode)}, name)


def _to_d50_xyz(primaries: Primaries) -> np.ndarray:
    """The matrix from linear RGB to XYZ, with white adapted to D50."""
    columns = np.stack([_xyz_of(xy) for xy in (primaries.red, primaries.green, primaries.blue)], axis=1)
    white = _xyz_of(primaries.white)
    if abs(np.linalg.det(columns)) < 1e-3:
        raise ValueError("its primaries span no triangle")
    matrix = columns * np.linalg.solve(columns, white)
    cones = (_BRADFORD @ _D50_XYZ) / (_BRADFORD @ white)
    adapted = np.linalg.solve(_BRADFORD, cones[:, None] * _BRADFORD) @ matrix
    if not (np.isfinite(adapted).all() and np.abs(adapted).max() < 4):
        raise ValueError("its primaries are no colours")
    return adapted


def _xyz_of(xy: Xy) -> np.ndarray:
    x, y = xy
    if not (0 <= x <= 1 and 0 < y <= 1):
        raise ValueError("its primaries are no colours")
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _curve(decode: Decode) -> bytes:
    light = np.clip(decode(np.linspace(0, 1, _CURVE_SIZE)), 0, 1)
    return b"curv" + bytes(4) + struct.pack(">I", _CURVE_SIZE) + np.rint(light * 65_535).astype(">u2").tobytes()


def _xyz(values: np.ndarray) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65_536 * float(value)) for value in values))


def _description(name: str) -> bytes:
    text = name.encode("ascii") + b"\0"
    return b"desc" + bytes(4) + struct.pack(">I", len(text)) + text + bytes(78)


def _profile(colour_space: bytes, tags: dict[bytes, bytes], name: str) -> bytes:
    public_domain = b"text" + bytes(4) + b"CC0\0"
    tags = {b"desc": _description(name), b"cprt": public_domain, b"wtpt": _xyz(_D50_XYZ)} | tags
    offset = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += tag + struct.pack(">II", offset + len(bodies), len(body))
        bodies += body + bytes(-len(body) % 4)
    size = struct.pack(">I", offset + len(bodies))
    head = size + bytes(4) + struct.pack(">I", 0x02200000) + b"mntr" + colour_space + b"XYZ " + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + _xyz(_D50_XYZ)[8:]
    return head.ljust(128, b"\0") + table + bodies
