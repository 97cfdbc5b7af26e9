"""The means to break checkpoints: hooks on the disk calls, and forged manifests."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from srgan_prompt.checkpoints.format import MANIFEST_NAME, describe, encode_manifest, read_manifest

# Every call through which saving and pruning touch the disk. `Path.mkdir`, `Path.rename` and `shutil.rmtree` end here.
DISK_CALLS = ("mkdir", "open", "fsync", "rename", "unlink", "rmdir")


@contextmanager
def hooked_disk(monkeypatch: pytest.MonkeyPatch, hook: Callable[[str, tuple[Any, ...]], None]) -> Iterator[None]:
    """Call ``hook(name, arguments)`` before every disk call."""

    def wrap(name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(*arguments: Any, **options: Any) -> Any:
            hook(name, arguments)
            return original(*arguments, **options)

        return call

    with monkeypatch.context() as patch:
        for name in DISK_CALLS:
            patch.setattr(os, name, wrap(name))
        yield


def vouch_again(folder: Path) -> None:
    """Rewrite the manifest so that it vouches for the files as they are now: what an attacker would do."""
    manifest = read_manifest(folder)
    records = {name: describe((folder / name).read_bytes()) for name in manifest.files}
    (folder / MANIFEST_NAME).write_bytes(encode_manifest(manifest.model_copy(update={"files": records})))


def assert_one_sentence(message: str) -> None:
    """A user's error is one line that ends as a sentence does."""
    assert message[-1] in ".?"
    assert "\n" not in message
