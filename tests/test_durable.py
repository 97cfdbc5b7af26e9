"""File systems that support less, as network shares do: the result is written all the same."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from srgan_prompt.checkpoints.run import run_lock
from srgan_prompt.files import replacing, sync_file


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
