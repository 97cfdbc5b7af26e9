"""W2: safetensors files that must be refused, and words of the reason; for our own folders and for foreign weights."""

import json
import struct
from typing import Any


def safetensors_bytes(header: dict[str, Any] | bytes, num_data_bytes: int) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(num_data_bytes)


def _f32(start: int, stop: int, count: int, dtype: str = "F32") -> dict[str, Any]:
    return {"dtype": dtype, "shape": [count], "data_offsets": [start, stop]}


_A = json.dumps(_f32(0, 4, 1))

MALFORMED = {
    "header_of_2_63_bytes": (struct.pack("<Q", 2**63) + b"{}", "header too large"),
    "header_over_100_mb": (struct.pack("<Q", 100_000_001) + b"{}", "header too large"),
    "overlap": (safetensors_bytes({"a": _f32(0, 8, 2), "b": _f32(4, 8, 1)}, 8), "invalid offset"),
    "hole": (safetensors_bytes({"a": _f32(0, 4, 1), "b": _f32(8, 12, 1)}, 12), "invalid offset"),
    "bad_dtype": (safetensors_bytes({"a": _f32(0, 4, 1, dtype="F33")}, 4), "F33"),
    "shape_does_not_fit": (safetensors_bytes({"a": _f32(0, 4, 3)}, 4), "invalid shape"),
    "one_byte_short": (safetensors_bytes({"a": _f32(0, 8, 2)}, 7), "not fully covered"),
    "one_byte_long": (safetensors_bytes({"a": _f32(0, 8, 2)}, 9), "not fully covered"),
    # safetensors 0.8 itself lets this one pass.
    "duplicate_key": (safetensors_bytes(f'{{"a":{_A},"a":{_A}}}'.encode(), 4), "duplicate key 'a'"),
    "not_utf8": (safetensors_bytes(b'{"\xff":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4), "UTF-8"),
    "empty": (b"", "header too small"),
}
