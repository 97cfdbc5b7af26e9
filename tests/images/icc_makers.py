"""Small ICC version 2 profiles built by hand: RGB from a matrix and a gamma, grey from a gamma, CMYK from a table."""

import struct

import numpy as np

# Columns are the red, green and blue primaries as XYZ adapted to D50.
ADOBE_RGB = np.array([[0.60974, 0.20528, 0.14919], [0.31111, 0.62567, 0.06322], [0.01947, 0.06087, 0.74457]])
DISPLAY_P3 = np.array([[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]])
SRGB = np.array([[0.43607, 0.38515, 0.14307], [0.22249, 0.71687, 0.06061], [0.01392, 0.09708, 0.71410]])
D50_XYZ = (0.9642, 1.0, 0.8249)


def rgb_profile(primaries: np.ndarray, gamma: float) -> bytes:
    curve = _gamma_tag(gamma)
    tags = {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    tags |= {name: _xyz_tag(primaries[:, column]) for column, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))}
    return _profile(b"RGB ", b"XYZ ", b"mntr", tags)


def gray_profile(gamma: float) -> bytes:
    return _profile(b"GRAY", b"XYZ ", b"mntr", {b"kTRC": _gamma_tag(gamma)})


def cmyk_profile() -> bytes:
    """Each ink takes lightness away: a table of 2 x 2 x 2 x 2 nodes to Lab."""
    nodes = np.array(list(np.ndindex(2, 2, 2, 2)))
    lightness = 255 * (1 - nodes @ [0.3, 0.3, 0.1, 0.9]).clip(0, 1)
    lab = np.stack([lightness, np.full(16, 128), np.full(16, 128)], axis=-1)
    identity = [round(65_536 * value) for value in np.eye(3).ravel()]
    table = b"mft1" + bytes(4) + bytes([4, 3, 2, 0]) + struct.pack(">9i", *identity)
    table += bytes(range(256)) * 4 + np.rint(lab).astype(np.uint8).tobytes() + bytes(range(256)) * 3
    return _profile(b"CMYK", b"Lab ", b"prtr", {b"A2B0": table})


def linear_rgb(encoded: np.ndarray, gamma: float) -> np.ndarray:
    return (encoded / np.iinfo(encoded.dtype).max) ** gamma


def _profile(colour_space: bytes, connection_space: bytes, device_class: bytes, tags: dict[bytes, bytes]) -> bytes:
    tags = {b"wtpt": _xyz_tag(D50_XYZ), b"desc": _description_tag(b"made by a test"), **tags}
    offset = 128 + 4 + 12 * len(tags)
    table, bodies = struct.pack(">I", len(tags)), b""
    for name, body in tags.items():
        padded = body + bytes(-len(body) % 4)
        table += name + struct.pack(">II", offset + len(bodies), len(body))
        bodies += padded
    head = struct.pack(
        ">I4sI4s4s4s", offset + len(bodies), bytes(4), 0x02200000, device_class, colour_space, connection_space
    )
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", *(round(65_536 * value) for value in D50_XYZ))
    return head + bytes(128 - len(head)) + table + bodies


def _xyz_tag(values: object) -> bytes:
    return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(65_536 * value) for value in values))


def _gamma_tag(gamma: float) -> bytes:
    return b"curv" + bytes(4) + struct.pack(">IH", 1, round(256 * gamma))


def _description_tag(text: bytes) -> bytes:
    return b"desc" + bytes(4) + struct.pack(">I", len(text) + 1) + text + bytes(1 + 78)
