"""Trying one source after the other, and one clear error when none has the asset."""

from collections.abc import Callable, Iterable
from pathlib import Path

from srgan_prompt.errors import ModelError


class SourceMissError(Exception):
    """One source does not have the asset; the message says why. It never reaches the user by itself."""


Source = tuple[str, Callable[[], Path]]


def first_found(asset: str, sources: Iterable[Source], advice: str) -> Path:
    """The answer of the first source that has the asset.

    A source is a label and a function that returns a path or raises ``SourceMissError``.
    Raises ``ModelError`` that lists what every source said.
    """
    tried = []
    for label, find in sources:
        try:
            return find()
        except SourceMissError as miss:
            tried.append(f"{label} ({miss})")
    raise ModelError(f"{asset} was not found; tried: {'; '.join(tried)}. {advice}")
