import hashlib
import threading
from pathlib import Path

import pytest

from srgan_prompt.assets.resolve import cache_folder
from srgan_prompt.files import has_sha256, write_atomically


def test_cache_folder_follows_the_platform(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_folder() == tmp_path / "x/srgan_prompt"
    assert not cache_folder().exists()
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache/srgan_prompt"


def test_racing_writers_leave_one_whole_file(tmp_path):
    path = tmp_path / "deep/file.bin"
    content = bytes(range(256)) * 4096
    writers = [threading.Thread(target=write_atomically, args=(path, content)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert has_sha256(path, hashlib.sha256(content).hexdigest())
    assert [each.name for each in path.parent.iterdir()] == ["file.bin"]


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")

    def refuse(self, target):
        raise OSError("disk")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="disk"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_absent_file_has_no_digest(tmp_path):
    assert not has_sha256(tmp_path / "absent", "0" * 64)
