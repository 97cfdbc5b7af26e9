"""A folder of ours on disk: a kill at any moment leaves the old one or the new one, never a mixture.

Everything is written and flushed inside ``<name>.tmp-<pid>``, then renamed. It is read back only if every byte is what
the manifest vouches for; the bytes that were hashed are the bytes that are parsed, and nothing is memory-mapped.
"""

import contextlib
import glob
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from srgan_prompt.checkpoints.format import (
    CARD_NAME,
    JSON,
    MANIFEST_NAME,
    FileRecord,
    Kind,
    Manifest,
    describe,
    encode_manifest,
    json_sha256,
    package_versions,
    read_json,
    read_manifest,
    read_verified,
    write_json,
)
from srgan_prompt.checkpoints.tensors import decode_tensors, encode_tensors
from srgan_prompt.errors import ModelError, OutputError
from srgan_prompt.files import sync_file, sync_folder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedCheckpoint:
    """A verified folder. ``tensors["generator"]`` came from ``generator.safetensors``, on the CPU."""

    path: Path
    tensors: dict[str, dict[str, Tensor]]
    documents: dict[str, JSON]
    manifest: Manifest


def save_folder(
    destination: Path,
    tensors: Mapping[str, Mapping[str, Tensor]],
    documents: Mapping[str, JSON],
    *,
    kind: Kind,
    step: int,
    card: str | None = None,
    tensor_metadata: Mapping[str, str] | None = None,
    overwrite: bool = False,
) -> Manifest:
    """Put ``<group>.safetensors``, ``<document>.json`` and the manifest at ``destination``, all or nothing.

    A document named ``config`` is hashed into the manifest. ``card`` becomes ``README.md``; ``tensor_metadata`` goes
    into the header of every safetensors file.

    Raises:
        OutputError: the destination exists and ``overwrite`` is false, or the disk refused (full, read-only, ...).
        ModelError: a tensor holds NaN or Inf.
    """
    if destination.exists() and not overwrite:
        raise OutputError(f"{destination} exists already; choose another name or allow overwriting.")
    temporary = destination.with_name(f"{destination.name}.tmp-{os.getpid()}")
    try:
        for leftover in _siblings(destination, "tmp"):
            shutil.rmtree(leftover)
        temporary.mkdir(parents=True)
        records = {}
        for name, group in tensors.items():
            content = encode_tensors(group, name, tensor_metadata)
            records[f"{name}.safetensors"] = _write(temporary / f"{name}.safetensors", content)
        for name, document in documents.items():
            records[f"{name}.json"] = _write(temporary / f"{name}.json", write_json(document))
        if card is not None:
            records[CARD_NAME] = _write(temporary / CARD_NAME, card.encode())
        config = json_sha256(documents["config"]) if "config" in documents else None
        manifest = Manifest(kind=kind, step=step, config_sha256=config, packages=package_versions(), files=records)
        _write(temporary / MANIFEST_NAME, encode_manifest(manifest))
        sync_folder(temporary)
        _put_in_place(temporary, destination)
    except OSError as error:
        raise OutputError(
            f"{destination} cannot be saved ({error.strerror}); nothing that was there is lost."
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return manifest


def remove_folder(folder: Path) -> None:
    """Delete ``folder`` so that a kill half-way cannot leave half of it under its own name."""
    doomed = folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    folder.rename(doomed)
    shutil.rmtree(doomed)


def _write(path: Path, content: bytes) -> FileRecord:
    with path.open("xb") as file:
        file.write(content)
        sync_file(file)
    return describe(content)


def _put_in_place(temporary: Path, destination: Path) -> None:
    # A folder cannot be renamed over another one that is not empty. Between the two renames the old one is still whole,
    # under a name that `format.list_checkpoints` knows.
    if destination.exists():
        aside = destination.with_name(f"{destination.name}.old-{os.getpid()}")
        destination.rename(aside)
        try:
            temporary.rename(destination)
        except OSError:
            aside.rename(destination)
            raise
    else:
        temporary.rename(destination)
    sync_folder(destination.parent)
    for replaced in _siblings(destination, "old"):
        with contextlib.suppress(OSError):  # the new one is in place; the next save tries again
            remove_folder(replaced)


def _siblings(destination: Path, role: str) -> list[Path]:
    pattern = f"{glob.escape(destination.name)}.{role}-*"
    return [path for path in destination.parent.glob(pattern) if path.suffix.removeprefix(f".{role}-").isdigit()]


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
            tensors[file.stem] = decode_tensors(read_verified(file, record), file)
        else:
            documents[file.stem] = read_json(read_verified(file, record), file)
    return LoadedCheckpoint(path, tensors, documents, manifest)


def _warn_if_edited(card: Path, record: FileRecord) -> None:
    # The card is for people, and people mend typing errors on the hub.
    try:
        read_verified(card, record)
    except ModelError:
        _log.warning("%s is not the one that was released; the weights are not affected.", card)
