"""What a folder of ours holds: names, and the manifest that vouches for every file.

A training checkpoint (``runs/x/checkpoints/step_00001000/``) and a released model share one format: ``*.safetensors``
files, ``*.json`` files, perhaps a ``README.md``, and ``manifest.json``, which is written last and lists the size and
the sha256 of all the others. There is no pickle anywhere, and JSON is read without its ambiguities (no duplicate keys,
no NaN or Infinity, UTF-8 only): two readers must never disagree about what a file says.
"""

import hashlib
import json
import platform
import re
from pathlib import Path
from typing import Annotated, Final, Literal, NoReturn, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from srgan_prompt.errors import ModelError
from srgan_prompt.files import installed_version

JSON: TypeAlias = "dict[str, JSON] | list[JSON] | str | int | float | bool | None"
CHECKPOINTS = "checkpoints"  # the folder of a run that holds them
MANIFEST_NAME = "manifest.json"
CARD_NAME = "README.md"
SCHEMA_VERSION: Final = 1
MAX_FILE_BYTES = 16 * 1024**3
MAX_MANIFEST_BYTES = 1024**2
_SEAL = "seal_sha256"
# `.old-<pid>` is a checkpoint that was being replaced when the process was killed: still whole.
_STEP_FOLDER = re.compile(r"step_(?P<step>\d{8,})(?P<replaced>\.old-\d+)?")
Kind = Literal["training", "model"]
# No separators and no leading dot: a manifest cannot name a file outside its folder.
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*\.(safetensors|json|md)$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class FileRecord(BaseModel):
    """What one file must be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_bytes: int = Field(ge=0, le=MAX_FILE_BYTES)
    sha256: Sha256


class Manifest(BaseModel):
    """``manifest.json``. Files that it does not list are not ours and are never opened."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA_VERSION
    kind: Kind
    step: int = Field(ge=0, description="optimiser steps done")
    config_sha256: Sha256 | None = Field(None, description="of config.json in canonical form")
    packages: dict[str, str] = Field(description="versions that wrote this folder")
    files: dict[FileName, FileRecord]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of ``folder``; the files it lists are not looked at.

    Raises:
        ModelError: there is no folder or no manifest, or it is damaged or of another version.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder} is not a folder; name a checkpoint or model folder that holds {MANIFEST_NAME}.")
    path = folder / MANIFEST_NAME
    try:
        with path.open("rb") as file:
            content = file.read(MAX_MANIFEST_BYTES + 1)
    except FileNotFoundError:
        message = f"{folder} has no {MANIFEST_NAME}: it is not a complete folder of srgan_prompt, and pickled"
        raise ModelError(f"{message} weights are never loaded.") from None
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}).") from error
    if len(content) > MAX_MANIFEST_BYTES:
        raise ModelError(f"{path} is larger than {MAX_MANIFEST_BYTES} bytes; it is not ours.")
    return _parse_manifest(read_json(content, path), path)


def _parse_manifest(document: JSON, path: Path) -> Manifest:
    if not isinstance(document, dict):
        raise ModelError(f"{path} is not a manifest of srgan_prompt; fetch or save the folder again.")
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ModelError(f"{path} has schema version {version}; upgrade srgan_prompt, which reads {SCHEMA_VERSION}.")
    if document.pop(_SEAL, None) != json_sha256(document):
        raise ModelError(f"{path} is damaged or was edited (its seal is broken); fetch or save the folder again.")
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ModelError(f"{path} is damaged: {place}: {first['msg']}; fetch or save it again.") from None


def encode_manifest(manifest: Manifest) -> bytes:
    """The bytes of ``manifest.json``, sealed by a digest of their own: the manifest vouches for the others only."""
    document = manifest.model_dump(mode="json")
    return write_json({**document, _SEAL: json_sha256(document)})


def describe(content: bytes) -> FileRecord:
    """The record that ``content`` must match from now on."""
    return FileRecord(size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def read_verified(path: Path, record: FileRecord) -> bytes:
    """The bytes of ``path``, which are what ``record`` says. Raises ModelError if they are not."""
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


def package_versions() -> dict[str, str]:
    """Versions of what decides the meaning of a folder; a source tree that is not installed says so."""
    names = ("srgan-prompt", "torch", "safetensors")
    return {"python": platform.python_version()} | {name: installed_version(name) for name in names}


def step_folder(root: Path, step: int) -> Path:
    """``root/step_00001000`` for step 1000."""
    return root / f"step_{step:08d}"


def checkpoints_of(folder: Path) -> Path:
    """Where the checkpoints lie if ``folder`` is that of a run; else ``folder`` itself, which may be that place."""
    return folder / CHECKPOINTS if (folder / CHECKPOINTS).is_dir() else folder


def list_checkpoints(root: Path) -> list[Path]:
    """The checkpoint folders in ``root``, newest first, whether they are whole or not. None if ``root`` is missing."""
    if not root.is_dir():
        return []
    found = [(match, path) for path in root.iterdir() if (match := _STEP_FOLDER.fullmatch(path.name)) and path.is_dir()]
    found.sort(key=lambda item: (int(item[0]["step"]), item[0]["replaced"] is None), reverse=True)
    return [path for _, path in found]


def settings_of(folder: Path) -> Path:
    """``config.json`` of a model or checkpoint, or of the newest checkpoint of a run; it may be missing."""
    checkpoints = list_checkpoints(checkpoints_of(folder))
    return (checkpoints[0] if checkpoints else folder) / "config.json"


def json_sha256(document: JSON) -> str:
    """Digest of a document that does not depend on the order of its keys or on white space."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def canonical_json(document: JSON) -> bytes:
    """``document`` for hashing: sorted keys, no white space."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def write_json(document: JSON) -> bytes:
    """``document`` for people and version control: indented, in the order given. NaN raises ``ValueError``."""
    return (json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


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
