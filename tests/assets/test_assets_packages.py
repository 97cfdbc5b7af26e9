import hashlib
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from srgan_prompt.assets import fetch
from srgan_prompt.assets.catalog import Distribution
from srgan_prompt.assets.fetch import SourceMissError


@pytest.fixture
def wheel(tmp_path) -> Path:
    path = tmp_path / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("thing/a.txt", b"a")
    return path


@pytest.fixture
def distribution(wheel) -> Distribution:
    return Distribution("thing", "1.0", hashlib.sha256(wheel.read_bytes()).hexdigest(), True, 1)


def delivers(archive: Path, seen: list):
    def pip(arguments):
        seen.append(list(arguments))
        destination = Path(arguments[arguments.index("--dest") + 1])
        (destination / archive.name).write_bytes(archive.read_bytes())
        seen.append((destination / "requirements.txt").read_text())
        return subprocess.CompletedProcess(arguments, 0, "", "")

    return pip


def test_download_pins_the_hash_and_names_no_index(wheel, distribution):
    seen = []
    assert fetch.read_downloaded(distribution, ("thing/a.txt",), delivers(wheel, seen)) == {"thing/a.txt": b"a"}
    arguments, requirements = seen
    assert requirements == f"thing==1.0 --hash=sha256:{distribution.archive_sha256}\n"
    assert {"--no-deps", "--require-hashes", "--only-binary"} <= set(arguments)
    assert not any("index" in each or "://" in each for each in arguments)


def test_pip_shows_its_bar_where_somebody_watches(wheel, distribution, monkeypatch):
    seen = []
    watcher, ours = pty.openpty()
    with os.fdopen(ours, "w") as stderr, monkeypatch.context() as patch:
        patch.setattr(sys, "stderr", stderr)
        fetch.read_downloaded(distribution, ("thing/a.txt",), delivers(wheel, seen))
        assert fetch.run_pip(["--version"]).returncode == 0
        assert os.read(watcher, 10_000).startswith(b"pip ")
    os.close(watcher)
    assert "--quiet" not in seen[0]


def test_pip_is_quiet_in_a_log(wheel, distribution, capfd):
    seen = []
    fetch.read_downloaded(distribution, ("thing/a.txt",), delivers(wheel, seen))
    assert "--quiet" in seen[0]
    assert fetch.run_pip(["--version"]).returncode == 0
    assert capfd.readouterr() == ("", "")


def test_an_archive_with_another_digest_is_refused_even_if_pip_accepts_it(wheel, distribution):
    wheel.write_bytes(wheel.read_bytes() + b"\0")
    with pytest.raises(SourceMissError, match="pinned sha256"):
        fetch.read_downloaded(distribution, ("thing/a.txt",), delivers(wheel, []))


def test_a_failing_pip_gives_its_last_line(distribution):
    def pip(arguments):
        return subprocess.CompletedProcess(arguments, 1, "", "noise\nERROR: No matching distribution found\n\n")

    with pytest.raises(SourceMissError, match="ERROR: No matching distribution found"):
        fetch.read_downloaded(distribution, ("thing/a.txt",), pip)


@pytest.mark.parametrize("error", [FileNotFoundError("python"), subprocess.TimeoutExpired("pip", 900)])
def test_a_pip_that_cannot_run_is_a_miss(distribution, error):
    def pip(arguments):
        raise error

    with pytest.raises(SourceMissError, match="pip could not run"):
        fetch.read_downloaded(distribution, ("thing/a.txt",), pip)


def test_installed_files_are_read_without_an_import(tmp_path, monkeypatch, distribution):
    (tmp_path / "thing-1.0.dist-info").mkdir()
    (tmp_path / "thing-1.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing/__init__.py").write_text("raise RuntimeError('imported')")
    (tmp_path / "thing/a.txt").write_bytes(b"installed")
    monkeypatch.syspath_prepend(tmp_path)
    assert fetch.read_installed(distribution, ("thing/a.txt",)) == {"thing/a.txt": b"installed"}
    with pytest.raises(SourceMissError, match="incomplete"):
        fetch.read_installed(distribution, ("thing/absent.txt",))


def test_a_distribution_that_is_not_installed_is_a_miss(distribution):
    with pytest.raises(SourceMissError, match="thing is not installed"):
        fetch.read_installed(distribution, ("thing/a.txt",))
