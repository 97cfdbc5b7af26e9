"""ICC profiles for files that describe their colours by numbers instead: primaries, white and a transfer curve.

A version 2 matrix profile (ICC.1:2001-04), RGB or grey, comes out as bytes; little CMS does the rest.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Xy = tuple[float, float]
Decode = Callable[[np.ndarray], np.ndarray]
"""Encoded values in [0, 1] to linear light in [0, 1]."""

_D50_XYZ = np.array([0.9642, 1.0, 0.8249])
# From XYZ to the responses of the eye's cones (Bradford; ICC.1:2022, annex E).
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
_CURVE_SIZE = 1024


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


def build_rgb_profile(primaries: Primaries, decode: Decode, name: str) -> bytes:
    """Raises ValueError for primaries that span no triangle."""
    columns = _to_d50_xyz(primaries).T
    tags = {tag: _xyz(column) for tag, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns, strict=True)}
    curve = _curve(decode)
    return _profile(b"RGB ", tags | {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}, name)


def build_gray_profile(decode: Decode, name: str) -> bytes:
    """Grey from black to white of any hue: grey values have none."""
    return _profile(b"GRAY", {b"kTRC": _curve(decode)}, name)


def decode_srgb(encoded: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def decode_gamma(gamma: float) -> Decode:
    """A plain power."""
    return lambda encoded: encoded**gamma


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
