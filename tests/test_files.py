"""Files are written whole or not at all, also where the file system supports less, as network shares do.

What a full disk or Ctrl-C leaves behind is tested where images are written.
"""

import errno
import fcntl
import hashlib
import os
import threading
from pathlib import Path

import pytest
from disk_faults import ERRORS, failures

from srgan_prompt.checkpoints.run import run_lock
from srgan_prompt.errors import OutputError
from srgan_prompt.files import (
    has_sha256,
    printable,
    refuse_unwritable,
    replacing,
    sha256_of,
    sync_file,
    write_atomically,
    write_files,
)


def raising(number: int):
    def call(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EPERM, errno.ENOSYS])
def test_without_fsync_and_chmod_the_result_is_there(tmp_path, monkeypatch, number):
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", raising(number))
    monkeypatch.setattr(Path, "chmod", raising(number))
    with replacing(path) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failing_disk_is_no_matter_of_support(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", raising(errno.EIO))
    with (tmp_path / "a").open("wb") as file, pytest.raises(OSError, match="Input/output"):
        sync_file(file)


def test_without_locks_a_run_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(fcntl, "flock", raising(errno.ENOLCK))
    with run_lock(tmp_path / "run"):
        assert (tmp_path / "run" / ".lock").read_text() == f"{os.getpid()}\n"


def test_a_checkpoint_is_saved_where_folders_cannot_be_synced(tmp_path, monkeypatch):
    import torch

    from srgan_prompt.checkpoints.folder import save_folder

    monkeypatch.setattr(os, "fsync", raising(errno.EINVAL))
    save_folder(tmp_path / "m", {"model": {"a": torch.ones(2)}}, {"config": {}}, kind="model", step=0)
    assert (tmp_path / "m" / "model.safetensors").is_file()


def test_racing_writers_leave_one_whole_file(tmp_path):
    path = tmp_path / "deep/file.bin"
    content = bytes(range(256)) * 4096
    writers = [threading.Thread(target=write_atomically, args=(path, content)) for _ in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == ["file.bin"]


def test_a_failed_rename_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    path = tmp_path / "file.bin"
    path.write_bytes(b"old")
    monkeypatch.setattr(Path, "replace", raising(errno.EIO))
    with pytest.raises(OSError, match="Input/output"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_cache_hears_of_the_disk_itself_and_a_user_hears_a_sentence(tmp_path):
    (tmp_path / "file").write_bytes(b"no folder")
    with pytest.raises(NotADirectoryError):
        write_atomically(tmp_path / "file/a.bin", b"new")
    with (
        pytest.raises(OutputError, match=r"a\.bin: cannot be written \(Not a directory\)"),
        replacing(tmp_path / "file/a.bin"),
    ):
        pytest.fail("nothing to write to")
    assert (tmp_path / "file").read_bytes() == b"no folder"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: errno.errorcode[error.errno])
def test_o5_files_of_a_report_are_old_or_new_on_a_disk_that_fails(tmp_path, monkeypatch, error):
    names = ["audit.json", "audit.md", "audit.png"]
    write_files(dict.fromkeys(names, b"old"), tmp_path / "out")
    told = f"cannot be written ({error.strerror}); check the folder and the free space."
    for disk in failures(monkeypatch, error):
        went_wrong = None
        try:
            write_files(dict.fromkeys(names, b"new"), tmp_path / "out")
        except OutputError as failed:
            went_wrong = str(failed)
        assert (went_wrong is None) == (disk.num_calls < disk.fail_at)
        assert went_wrong is None or went_wrong.endswith(told)
        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
        assert {path.read_bytes() for path in (tmp_path / "out").iterdir()} <= {b"old", b"new"}
    assert disk.num_calls > 3 * 3


def test_a_folder_is_never_written_over(tmp_path):
    with pytest.raises(OutputError, match="is a folder or a device"), replacing(tmp_path):
        pytest.fail("nothing to write to")


def test_a_digest_is_that_of_the_content(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"content")
    digest = hashlib.sha256(b"content").hexdigest()
    assert sha256_of(path) == digest
    assert has_sha256(path, digest)
    assert not has_sha256(path, "0" * 64)
    assert not has_sha256(tmp_path / "absent", digest)


def test_a_target_below_a_file_is_refused_and_nothing_is_made(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    refuse_unwritable([tmp_path / "new/deep/a.png"])
    assert not (tmp_path / "new").exists()
    with pytest.raises(OutputError, match="file is no folder"):
        refuse_unwritable([tmp_path / "new/deep/a.png", tmp_path / "file/a.png"])


@pytest.mark.parametrize(
    ("name", "shown"),
    [("a b.png", "a b.png"), ("two\nlines", "two\\nlines"), (b"\xff.png", "\\udcff.png"), (Path("a"), "a"), (7, "7")],
)
def test_a_name_is_shown_on_one_line(name, shown):
    assert printable(name) == shown
