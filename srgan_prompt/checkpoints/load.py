"""Read a folder back, or refuse it: every file's size and sha256, strict JSON, finite tensors.

The bytes that were hashed are the bytes that are parsed; nothing is memory-mapped, so nothing can change in between.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor, nn

from srgan_prompt.checkpoints.format import CARD_NAME, FileRecord, Manifest, list_checkpoints, read_manifest
from srgan_prompt.checkpoints.strict_json import JSON, read_json
from srgan_prompt.checkpoints.tensors import decode_tensors
from srgan_prompt.errors import ModelError

NUM_KEYS_NAMED = 5

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
    for name, record in manifest.files.items():
        file = path / name
        if name == CARD_NAME:
            _warn_if_edited(file, record)
        elif file.suffix == ".safetensors":
            tensors[file.stem] = decode_tensors(_read_verified(file, record), file)
        else:
            documents[file.stem] = read_json(_read_verified(file, record), file)
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


def load_strict(module: nn.Module, tensors: Mapping[str, Tensor], source: Path | str = "the weights") -> None:
    """Copy ``tensors`` into ``module``; every key and every shape must match, and nothing is changed if one does not.

    Raises:
        ModelError: keys are missing, unexpected or of another shape; the first five of each are named.
    """
    expected = module.state_dict()
    missing = [key for key in expected if key not in tensors]
    unexpected = [key for key in tensors if key not in expected]
    reshaped = [
        f"{key} {tuple(tensors[key].shape)} instead of {tuple(value.shape)}"
        for key, value in expected.items()
        if key in tensors and tensors[key].shape != value.shape
    ]
    complaints = [
        f"{len(keys)} {kind}: {_first(keys)}"
        for kind, keys in (("missing", missing), ("unexpected", unexpected), ("of the wrong shape", reshaped))
        if keys
    ]
    if complaints:
        reason = "; ".join(complaints)
        raise ModelError(f"{type(module).__name__} cannot take {source} ({reason}); check the config that built it.")
    module.load_state_dict(tensors, strict=True)


def _read_verified(path: Path, record: FileRecord) -> bytes:
    try:
        size_bytes = path.stat().st_size
        content = path.read_bytes() if path.is_file() and size_bytes == record.size_bytes else None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}); restore or fetch the folder again.") from None
    if content is None:
        wrong = f"is no file of {record.size_bytes} bytes, as the manifest says"
    elif hashlib.sha256(content).hexdigest() != record.sha256:
        wrong = "is not what the manifest vouches for (sha256 differs)"
    else:
        return content
    raise ModelError(f"{path} {wrong}; restore or fetch the folder again.")


def _warn_if_edited(card: Path, record: FileRecord) -> None:
    # The card is for people, and people mend typing errors on the hub.
    try:
        _read_verified(card, record)
    except ModelError:
        _log.warning("%s is not the one that was released; the weights are not affected.", card)


def _first(keys: list[str]) -> str:
    shown = ", ".join(keys[:NUM_KEYS_NAMED])
    return f"{shown}, ..." if len(keys) > NUM_KEYS_NAMED else shown
