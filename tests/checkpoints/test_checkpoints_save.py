"""Saving is all or nothing: kills (R2), poison (R4) and full disks (R5)."""

import errno
import itertools
import json
import os
import shutil
import signal
import stat
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch
from folder_breakers import DISK_CALLS, hooked_disk

from srgan_prompt.checkpoints.folder import load_folder, save_folder
from srgan_prompt.checkpoints.format import list_checkpoints, step_folder
from srgan_prompt.checkpoints.run import load_newest, prune, save_checkpoint
from srgan_prompt.errors import ModelError, OutputError


@pytest.fixture
def small() -> dict[str, dict[str, torch.Tensor]]:
    return {"generator": {"weight": torch.arange(6.0).reshape(2, 3)}}


def test_what_is_saved_is_what_is_loaded(tmp_path: Path, tensors: Any, documents: Any) -> None:
    folder = save_checkpoint(tmp_path, 1000, tensors, documents, keep=2)
    assert folder.name == "step_00001000"
    loaded = load_folder(folder)
    assert loaded.documents == documents
    assert loaded.manifest.step == 1000
    assert loaded.manifest.kind == "training"
    for group, values in tensors.items():
        assert loaded.tensors[group].keys() == values.keys()
        assert all(torch.equal(loaded.tensors[group][key], value) for key, value in values.items())


def test_every_file_but_the_manifest_is_listed_with_size_and_digest(
    tmp_path: Path, tensors: Any, documents: Any
) -> None:
    manifest = save_folder(tmp_path / "x", tensors, documents, kind="training", step=0)
    on_disk = {path.name: path.stat().st_size for path in (tmp_path / "x").iterdir()}
    del on_disk["manifest.json"]
    assert {name: record.size_bytes for name, record in manifest.files.items()} == on_disk
    assert json.loads((tmp_path / "x/manifest.json").read_text())["packages"]["torch"] == version("torch")


def test_the_config_digest_ignores_key_order(tmp_path: Path) -> None:
    first = save_folder(tmp_path / "a", {}, {"config": {"a": 1, "b": 2.5}}, kind="training", step=0)
    second = save_folder(tmp_path / "b", {}, {"config": {"b": 2.5, "a": 1}}, kind="training", step=0)
    third = save_folder(tmp_path / "c", {}, {"config": {"b": 2.5, "a": 2}}, kind="training", step=0)
    assert first.config_sha256 == second.config_sha256 != third.config_sha256


def test_channels_last_and_tied_weights_are_saved_bit_equal(tmp_path: Path) -> None:
    weight = torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last)
    save_folder(tmp_path / "x", {"net": {"a": weight, "tied": weight, "half": weight.half()}}, {}, kind="model", step=1)
    loaded = load_folder(tmp_path / "x").tensors["net"]
    assert torch.equal(loaded["a"], weight)
    assert torch.equal(loaded["tied"], weight)
    assert torch.equal(loaded["half"], weight.half())


def test_an_existing_folder_is_refused_unless_overwritten(tmp_path: Path) -> None:
    save_folder(tmp_path / "x", {}, {"a": 1}, kind="model", step=1)
    with pytest.raises(OutputError, match="exists already"):
        save_folder(tmp_path / "x", {}, {"a": 2}, kind="model", step=1)
    save_folder(tmp_path / "x", {}, {"b": 2}, kind="model", step=2, overwrite=True)
    assert load_folder(tmp_path / "x").documents == {"b": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_prune_keeps_the_newest_and_clears_leftovers(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, step, {}, {"step": step}, keep=9)
    (tmp_path / "step_00000004.tmp-123").mkdir()
    (tmp_path / "notes.tmp-1").mkdir()
    prune(tmp_path, keep=2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.tmp-1", "step_00000002", "step_00000003"]


def test_prune_does_not_count_damaged_folders(tmp_path: Path) -> None:
    for step in (1, 2, 3):
        save_checkpoint(tmp_path, step, {}, {"step": step}, keep=9)
    (step_folder(tmp_path, 3) / "step.json").unlink()
    prune(tmp_path, keep=1)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step_00000002"]


def test_prune_keeps_the_current_one_after_going_back(tmp_path: Path) -> None:
    for step in (10, 20):
        save_checkpoint(tmp_path, step, {}, {}, keep=9)
    save_checkpoint(tmp_path, 15, {}, {}, keep=1)
    assert [path.name for path in list_checkpoints(tmp_path)] == ["step_00000015"]


class _Poison:
    """Raises in the middle of being saved (Lightning's test)."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("poison")


@pytest.mark.parametrize("victim", ["tensor", "document", "nan"])
def test_r04_poison_half_way_leaves_nothing(tmp_path: Path, tensors: Any, documents: Any, victim: str) -> None:
    save_checkpoint(tmp_path, 1, tensors, documents, keep=1)
    if victim == "tensor":
        tensors["zz"] = {"big": torch.zeros(1_000_000), "poison": _Poison()}
    elif victim == "document":
        documents["zz"] = {"poison": _Poison()}
    else:
        tensors["zz"] = {"nan": torch.tensor([1.0, float("nan")])}
    with pytest.raises((RuntimeError, TypeError, ModelError)):
        save_checkpoint(tmp_path, 2, tensors, documents, keep=1)
    assert [path.name for path in tmp_path.iterdir()] == ["step_00000001"]
    assert load_newest(tmp_path).path == step_folder(tmp_path, 1)


@pytest.mark.parametrize("step", [2, 1], ids=["next_step", "same_step"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO])
def test_r05_disk_error_at_every_call_keeps_the_old_one(
    tmp_path: Path, small: Any, monkeypatch: pytest.MonkeyPatch, code: int, step: int
) -> None:
    num_refused = 0
    save_checkpoint(tmp_path / "before", 1, small, {"age": "old"}, keep=1)
    for failing_call in range(1, 100):
        root = shutil.copytree(tmp_path / "before", tmp_path / str(failing_call))
        calls = itertools.count(1)

        def fail(name: str, arguments: tuple[Any, ...], calls: Any = calls, failing_call: int = failing_call) -> None:
            if next(calls) == failing_call:
                raise OSError(code, os.strerror(code))

        with hooked_disk(monkeypatch, fail):
            refusal = _refusal(lambda root=root: save_checkpoint(root, step, small, {"age": "new"}, keep=1))
        if refusal:
            assert os.strerror(code) in refusal
            num_refused += 1
        newest = load_newest(root)
        assert newest is not None
        assert newest.documents["age"] == "new" or refusal
        if next(calls) <= failing_call:
            break
    assert num_refused >= 8
    assert failing_call > num_refused


def _refusal(action: Callable[[], object]) -> str:
    try:
        action()
    except OutputError as error:
        return str(error)
    return ""


def test_r02_the_save_points_are_all_the_ways_to_touch_the_disk(
    tmp_path: Path, small: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path, 1, small, {"age": "old"}, keep=1)
    calls = []
    with hooked_disk(monkeypatch, lambda name, _: calls.append(name)):
        save_checkpoint(tmp_path, 2, small, {"age": "new"}, keep=1)
    saving, pruning = ["mkdir", *["fsync"] * 3, "open", "fsync", "rename", "open", "fsync"], ["rename"]
    assert calls[: len(saving) + 1] == saving + pruning
    assert set(calls) == set(DISK_CALLS)


@pytest.mark.kill
@pytest.mark.parametrize("keep", [1, 2])
@pytest.mark.parametrize("step", [3, 2], ids=["next_step", "same_step"])
def test_r02_killed_at_every_save_point_leaves_a_valid_checkpoint(
    tmp_path: Path, small: Any, keep: int, step: int
) -> None:
    """Before the temporary folder, after each file and before its fsync, before rename and prune, within, and after."""
    seen_after_kill = set()
    for old in (1, 2):
        save_checkpoint(tmp_path / "before", old, small, {"age": "old"}, keep=keep)
    for kill_at in range(1, 200):
        root = shutil.copytree(tmp_path / "before", tmp_path / str(kill_at))
        killed = _child_is_killed(
            kill_at, lambda root=root: save_checkpoint(root, step, small, {"age": "new"}, keep=keep)
        )
        newest = load_newest(root)
        assert newest is not None
        seen_after_kill.add(newest.documents["age"])
        # The next run goes on, and clears what the killed one left.
        after = save_checkpoint(root, 4, small, {"age": "next"}, keep=keep)
        assert load_newest(root).path == after
        assert len(list(root.iterdir())) == keep
        if not killed:
            break
    assert kill_at > 15
    assert seen_after_kill == {"old", "new"}


def _child_is_killed(kill_at: int, action: Callable[[], object]) -> bool:
    """Run ``action`` in a forked child that gets SIGKILL before its disk call number ``kill_at``."""
    child = os.fork()
    if child:
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
        return os.WIFSIGNALED(status)
    calls = itertools.count(1)

    def kill(name: str, arguments: tuple[Any, ...]) -> None:
        if next(calls) != kill_at:
            return
        if name == "fsync" and stat.S_ISREG(os.fstat(arguments[0]).st_mode):
            os.truncate(
                arguments[0], os.fstat(arguments[0]).st_size // 2
            )  # what a power cut makes of an unflushed file
        os.kill(os.getpid(), signal.SIGKILL)

    exit_code = 1
    try:
        with hooked_disk(pytest.MonkeyPatch(), kill):
            action()
        exit_code = 0
    finally:
        os._exit(exit_code)  # never back into pytest
