"""What may not be loaded: pickles (W1), malformed safetensors (W2), other keys (W3), NaN (W4), other bytes (W5, R3)."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from folder_breakers import assert_one_sentence, vouch_again
from malformed_weights import MALFORMED
from safetensors.torch import save
from torch import nn

from srgan_prompt.checkpoints.folder import load_folder, load_strict, save_folder
from srgan_prompt.checkpoints.format import encode_manifest, read_manifest, step_folder
from srgan_prompt.checkpoints.run import load_newest, save_checkpoint
from srgan_prompt.errors import ModelError

FILES = (
    "generator.safetensors",
    "ema.safetensors",
    "rng.safetensors",
    "config.json",
    "progress.json",
    "manifest.json",
)


def newest_folder(root):
    newest = load_newest(root)
    return newest and newest.path


@pytest.fixture
def folder(tmp_path: Path, tensors: Any, documents: Any) -> Path:
    return save_checkpoint(tmp_path, 7, tensors, documents, keep=2)


def _refused(path: Path) -> str:
    with pytest.raises(ModelError) as error:
        load_folder(path)
    assert_one_sentence(str(error.value))
    return str(error.value)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".bin", ".safetensors"])
def test_w01_pickles_are_refused_and_never_run(folder: Path, tmp_path: Path, suffix: str) -> None:
    marker = tmp_path / "marker"
    bomb = tmp_path / f"weights{suffix}"
    bomb.write_bytes(f"cos\nsystem\n(S'touch {marker}'\ntR.".encode())  # protocol 0, as the oldest .pth files
    subprocess.run([sys.executable, "-m", "pickle", bomb], check=True, capture_output=True)
    assert marker.exists()  # the bomb is armed
    marker.unlink()

    assert "is not a folder" in _refused(bomb)
    shutil.copy(bomb, folder / "generator.safetensors")
    assert "generator.safetensors" in _refused(folder)
    vouch_again(folder)
    assert "pickled weights are never loaded" in _refused(folder)
    assert not marker.exists()


def test_w01_a_manifest_cannot_list_pickles_or_leave_its_folder(folder: Path) -> None:
    manifest = read_manifest(folder)
    record = next(iter(manifest.files.values()))
    for name in ("weights.bin", "../outside.json", "/etc/passwd", ".hidden.json", "sub/model.safetensors"):
        changed = manifest.model_copy(update={"files": {name: record}})
        (folder / "manifest.json").write_bytes(encode_manifest(changed))
        assert "manifest.json is damaged" in _refused(folder)


def test_w01_unlisted_files_are_never_opened(folder: Path) -> None:
    (folder / "weights.pth").mkdir()
    (folder / "extra.json").write_text("not JSON")
    assert set(load_folder(folder).documents) == {"config", "progress"}


@pytest.mark.parametrize("case", MALFORMED)
def test_w02_malformed_safetensors_are_refused(folder: Path, case: str) -> None:
    content, reason = MALFORMED[case]
    (folder / "generator.safetensors").write_bytes(content)
    vouch_again(folder)
    message = _refused(folder)
    assert "generator.safetensors" in message
    assert reason in message


@pytest.mark.parametrize(
    "text",
    ['{"a": 1, "a": 2}', '{"a": NaN}', '{"a": Infinity}', '{"a": 1} x', "", "[" * 100_000, '"\udcff"', "{'a': 1}"],
)
def test_w02_ambiguous_json_is_refused(folder: Path, text: str) -> None:
    (folder / "progress.json").write_bytes(text.encode(errors="surrogateescape"))
    vouch_again(folder)
    assert "progress.json is not valid JSON" in _refused(folder)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_w04_weights_that_are_not_finite_are_refused(folder: Path, dtype: torch.dtype, value: float) -> None:
    (folder / "generator.safetensors").write_bytes(save({"conv.bias": torch.tensor([0.0, value], dtype=dtype)}))
    vouch_again(folder)
    assert "NaN or Inf in 'conv.bias'" in _refused(folder)


def test_w05_another_sha256_is_refused(folder: Path, tensors: Any) -> None:
    tensors["generator"]["conv.bias"] += 1
    other = folder.parent / "other"
    save_folder(other, tensors, {}, kind="training", step=7)
    shutil.copy(other / "generator.safetensors", folder)
    assert "generator.safetensors is not what the manifest vouches for (sha256 differs)" in _refused(folder)


def _damage(path: Path, how: str) -> None:
    content = bytearray(path.read_bytes())
    if how == "removed":
        path.unlink()
    elif how == "cut":
        path.write_bytes(content.rstrip()[:-1])
    else:
        content[{"first": 0, "middle": len(content) // 2, "last": -2}[how]] ^= 1
        path.write_bytes(content)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("how", ["first", "middle", "last", "cut", "removed"])
def test_r03_damage_is_found_and_the_one_before_is_used(
    folder: Path, caplog: pytest.LogCaptureFixture, name: str, how: str
) -> None:
    before = load_folder(folder)
    newer = save_checkpoint(folder.parent, 8, before.tensors, before.documents, keep=2)
    assert {path.name for path in newer.iterdir()} == set(FILES)
    _damage(newer / name, how)
    with caplog.at_level(logging.WARNING):
        assert newest_folder(folder.parent) == folder
    assert "Skipping a damaged checkpoint" in caplog.text
    assert str(newer) in _refused(newer)


def test_r03_a_flipped_bit_anywhere_in_the_manifest_is_found(folder: Path) -> None:
    path = folder / "manifest.json"
    content = path.read_bytes()
    for position in range(0, len(content) - 1, 3):
        flipped = bytearray(content)
        flipped[position] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(ModelError):
            read_manifest(folder)


def test_r03_all_damaged_is_an_error_and_none_at_all_is_not(folder: Path) -> None:
    assert load_newest(folder.parent / "missing") is None
    (folder / "config.json").unlink()
    with pytest.raises(ModelError, match="All 1 checkpoints"):
        load_newest(folder.parent)
    shutil.rmtree(folder)
    assert load_newest(folder.parent) is None


def test_a_checkpoint_set_aside_while_being_replaced_is_still_found(folder: Path) -> None:
    aside = folder.rename(f"{folder}.old-123")
    assert newest_folder(aside.parent) == aside
    (aside.parent / "step_00000009.tmp-123").mkdir()
    (aside.parent / "step_9").mkdir()
    assert newest_folder(aside.parent) == aside


def test_a_newer_schema_asks_for_an_upgrade(folder: Path) -> None:
    document = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**document, "schema_version": 2, "new": 1}))
    assert "upgrade srgan_prompt" in _refused(folder)


def test_files_that_are_not_regular_are_refused_at_once(folder: Path) -> None:
    (folder / "progress.json").unlink()
    (folder / "progress.json").symlink_to("/dev/zero")
    assert "progress.json" in _refused(folder)


def test_links_are_followed_as_the_hub_cache_needs(folder: Path) -> None:
    blob = (folder / "generator.safetensors").rename(folder.parent / "blob")
    (folder / "generator.safetensors").symlink_to(blob)
    assert load_folder(folder).manifest.step == 7


def test_what_is_loaded_may_be_trained_on(folder: Path) -> None:
    loaded = load_folder(folder).tensors["generator"]["conv.bias"]
    loaded += 1
    assert load_folder(step_folder(folder.parent, 7)).tensors["generator"]["conv.bias"].sum() == 0


def _net(num_layers: int, width: int = 2) -> nn.Module:
    return nn.Sequential(*(nn.Linear(width, width) for _ in range(num_layers)))


FIVE = "0.weight, 0.bias, 1.weight, 1.bias, 2.weight, ..."
FIVE_SHAPES = ", ".join(
    f"{layer}.{name} instead of {right}"
    for layer, name, right in [
        (0, "weight (3, 3)", "(2, 2)"),
        (0, "bias (3,)", "(2,)"),
        (1, "weight (3, 3)", "(2, 2)"),
        (1, "bias (3,)", "(2,)"),
        (2, "weight (3, 3)", "(2, 2)"),
    ]
)


@pytest.mark.parametrize(
    ("net", "state", "named"),
    [
        (_net(4), {}, f"8 missing: {FIVE}"),
        (_net(0), _net(4).state_dict(), f"8 unexpected: {FIVE}"),
        (_net(4), _net(4, 3).state_dict(), f"8 of the wrong shape: {FIVE_SHAPES}, ..."),
    ],
    ids=["missing", "unexpected", "wrong_shape"],
)
def test_w03_the_first_five_keys_are_named(net: nn.Module, state: Any, named: str) -> None:
    with pytest.raises(ModelError) as error:
        load_strict(net, state, "the weights of x4")
    assert_one_sentence(str(error.value))
    assert f"cannot take the weights of x4 ({named})" in str(error.value)


def test_w03_wrong_shapes_named_and_nothing_changed() -> None:
    net, state = _net(2), _net(2).state_dict()
    before = {key: value.clone() for key, value in net.state_dict().items()}
    state["1.bias"] = torch.zeros(3)
    with pytest.raises(ModelError, match=r"1 of the wrong shape: 1.bias \(3,\) instead of \(2,\)"):
        load_strict(net, state)
    assert all(torch.equal(value, before[key]) for key, value in net.state_dict().items())


def test_w03_matching_keys_are_loaded() -> None:
    source, target = _net(2), _net(2)
    load_strict(target, source.state_dict())
    assert all(torch.equal(value, source.state_dict()[key]) for key, value in target.state_dict().items())
