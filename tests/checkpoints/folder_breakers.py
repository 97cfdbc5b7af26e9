"""The means to break checkpoints: hooks on the disk calls, and forged manifests."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from srgan_prompt.checkpoints.format import MANIFEST_NAME, describe

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
    path = folder / MANIFEST_NAME
    manifest = json.loads(path.read_text())
    for name in manifest["files"]:
        manifest["files"][name] = describe((folder / name).read_bytes()).model_dump()
    path.write_text(json.dumps(manifest))


def assert_one_sentence(error: pytest.ExceptionInfo[Exception]) -> None:
    """A user's error is one line, ends with a full stop and shows no traceback."""
    message = str(error.value)
    assert message.endswith(".")
    assert "\n" not in message
    assert "Traceback" not in message
