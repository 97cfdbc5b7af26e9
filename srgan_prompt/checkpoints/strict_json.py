"""JSON without its ambiguities: no duplicate keys, no NaN or Infinity, UTF-8 only.

Two readers must never disagree about what a file says. Floats are written so that they read back bit-equal.
"""

import json
from pathlib import Path
from typing import NoReturn, TypeAlias

from srgan_prompt.errors import ModelError

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"


def write_json(document: JSON) -> bytes:
    """``document`` for people and version control: indented, in the order given. NaN raises ``ValueError``."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def canonical_json(document: JSON) -> bytes:
    """``document`` for hashing: sorted keys, no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def read_json(content: bytes, source: Path | str) -> JSON:
    """Parse ``content``, which came from ``source``.

    Raises:
        ModelError: it is not strict JSON.
    """
    try:
        return json.loads(content.decode(), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{source} is not valid JSON ({error}); fetch or save it again.") from None


def _unique_keys(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    document = dict(pairs)
    if len(document) != len(pairs):
        keys = [key for key, _ in pairs]
        duplicate = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"duplicate key {duplicate!r}")
    return document


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
