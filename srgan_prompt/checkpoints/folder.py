"""A folder of ours on disk: a kill at any moment leaves the old one or the new one, never a mixture.

Everything is written and flushed inside ``<name>.tmp-<pid>``, then renamed. It is read back only if every byte is what
the manifest vouches for; the bytes that were hashed are the bytes that are parsed, and nothing is memory-mapped.

No code runs on load. safetensors promises offsets and sizes; it does not promise finite values, and its reader lets the
last of two equal keys win. Both are checked here.
"""

import contextlib
import glob
import logging
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

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
from srgan_prompt.errors import ModelError, OutputError
from srgan_prompt.files import sync_file, sync_folder

NUM_KEYS_NAMED = 5
_HEADER_LENGTH_BYTES = 8

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
        try:
            content = read_verified(file, record)
        except ModelError:
            if name != CARD_NAME:  # that is for people, and people mend typing errors on the hub
                raise
            _log.warning("%s is not the one that was released; the weights are not affected.", file)
            continue
        if file.suffix == ".safetensors":
            tensors[file.stem] = decode_tensors(content, file)
        elif file.suffix == ".json":
            documents[file.stem] = read_json(content, file)
    return LoadedCheckpoint(path, tensors, documents, manifest)


def encode_tensors(tensors: Mapping[str, Tensor], name: str, metadata: Mapping[str, str] | None = None) -> bytes:
    """``tensors`` as the bytes of a safetensors file, bit for bit.

    Each is copied to the CPU in row-major order: training keeps weights in ``channels_last``, and tied weights share
    memory; safetensors takes neither.

    Raises:
        ModelError: a tensor holds NaN or Inf; a file nobody may load is not worth replacing a good one.
    """
    copies = {key: _packed(tensor) for key, tensor in tensors.items()}
    require_finite(copies, name)
    return save(copies, metadata={"format": "pt", **(metadata or {})})


def decode_tensors(content: bytes, source: Path | str) -> dict[str, Tensor]:
    """The tensors of a safetensors file that was read from ``source``, on the CPU.

    Raises:
        ModelError: it is cut, overlapping, not safetensors at all (a renamed pickle), or holds NaN or Inf.
    """
    try:
        tensors = load(content)
    except SafetensorError as error:
        hint = "it is damaged or not a safetensors file, and pickled weights are never loaded"
        raise ModelError(f"{source} cannot be read ({error}); {hint}.") from None
    require_finite(tensors, source)
    header_bytes = int.from_bytes(content[:_HEADER_LENGTH_BYTES], "little")
    read_json(content[_HEADER_LENGTH_BYTES : _HEADER_LENGTH_BYTES + header_bytes], f"the header of {source}")
    return tensors


def require_finite(tensors: Mapping[str, Tensor], source: Path | str) -> None:
    """Raise ``ModelError`` if any tensor holds NaN or Inf, naming it."""
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{source} holds NaN or Inf in {key!r}; these weights are unusable, go back to earlier ones."
            )


def _packed(tensor: Tensor) -> Tensor:
    return tensor.detach().to(device="cpu", memory_format=torch.contiguous_format, copy=True)


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


def _first(keys: list[str]) -> str:
    shown = ", ".join(keys[:NUM_KEYS_NAMED])
    return f"{shown}, ..." if len(keys) > NUM_KEYS_NAMED else shown
