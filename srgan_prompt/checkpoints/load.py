"""Read a folder back, or refuse it: every file's size and sha256, strict JSON, finite tensors.

The bytes that were hashed are the bytes that are parsed; nothing is memory-mapped, so nothing can change in between.
"""

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from srgan_prompt.checkpoints.format import CARD_NAME, FileRecord, Manifest, list_checkpoints, read_manifest
from srgan_prompt.checkpoints.strict_json import JSON, read_json
from srgan_prompt.checkpoints.tensors import decode_tensors
from srgan_prompt.errors import ModelError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A verified folder. ``tensors["generator"]`` came from ``generator.safetensors``, on the CPU."""

    path: Path
    tensors: dict[str, dict[str, Tensor]]
    documents: dict[str, JSON]
    manifest: Manifest


def load_folder(path: Path) -> LoadedCheckpoint:
    """The contents of a checkpoint or model folder.

    Raises:
        ModelError: the folder, its manifest or any file it lists is missing, damaged or not finite.
    """
    manifest = read_manifest(path)
    tensors: dict[str, dict[str, Tensor]] = {}
    documents: dict[str, JSON] = {}
    for name, content in _verified(path, manifest):
        file = path / name
        if file.suffix == ".safetensors":
            tensors[file.stem] = decode_tensors(content, file)
        elif file.suffix == ".json":
            documents[file.stem] = read_json(content, file)
    return LoadedCheckpoint(path, tensors, documents, manifest)


def load_newest(root: Path) -> LoadedCheckpoint | None:
    """The newest checkpoint in ``root`` that is whole, walking back past damaged ones with a warning for each.

    Returns:
        None if ``root`` holds no checkpoint at all.

    Raises:
        ModelError: there are checkpoints and every one is damaged; starting anew in silence would bury them.
    """
    folders = list_checkpoints(root)
    for folder in folders:
        try:
            return load_folder(folder)
        except ModelError as error:
            _log.warning("Skipping a damaged checkpoint: %s", error)
    if folders:
        raise ModelError(f"All {len(folders)} checkpoints in {root} are damaged; move them away to start anew.")
    return None


def newest_valid(root: Path) -> Path | None:
    """The folder that ``load_newest`` would load."""
    newest = load_newest(root)
    return newest.path if newest else None


def _verified(folder: Path, manifest: Manifest) -> Iterator[tuple[str, bytes]]:
    for name, record in manifest.files.items():
        path = folder / name
        problem, content = _check(path, record)
        if not problem:
            yield name, content
        elif name == CARD_NAME:
            # The card is for people, and people mend typing errors on the hub.
            _log.warning("%s %s; the weights are not affected.", path, problem)
        else:
            raise ModelError(f"{path} {problem}; restore or fetch the folder again.")


def _check(path: Path, record: FileRecord) -> tuple[str, bytes]:
    try:
        if path.stat().st_size != record.size_bytes:
            return f"has {path.stat().st_size} bytes where the manifest says {record.size_bytes}", b""
        if not path.is_file():
            return "is not a regular file", b""
        content = path.read_bytes()
    except FileNotFoundError:
        return "is missing", b""
    except OSError as error:
        return f"cannot be read ({error.strerror})", b""
    if hashlib.sha256(content).hexdigest() != record.sha256:
        return "is not what the manifest vouches for (sha256 differs)", b""
    return "", content
