"""O5 at the level of the command: whatever it writes, a disk that fails at any call leaves nothing half done."""

import errno
import json
import os
from types import SimpleNamespace

import pytest
import torch
from cli_makers import make_image, pixels
from disk_faults import ERRORS, FailingDisk, failures

from srgan_prompt.images.read import read_image

FULL = "/dev/full"


def assert_told(done, error: OSError, disk: FailingDisk) -> bool:
    """Whether the command went through; if not, it said why in one line and gave the code of outputs."""
    if done.code == 0:
        assert disk.num_calls < disk.fail_at, "a failure was not told"
        return True
    assert done.code == 5
    assert done.err.startswith("srgan-prompt: ")
    assert done.err.endswith(f"cannot be written ({error.strerror}); check the folder and the free space.\n")
    return False


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(params=ERRORS, ids=lambda error: errno.errorcode[error.errno])
def error(request) -> OSError:
    return request.param


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp", "out.tif"])
@pytest.mark.usefixtures("image")
def test_o5_a_result_is_old_or_new(upscale, tmp_path, monkeypatch, error, name):
    result = tmp_path / name
    result.write_bytes(b"old")
    for disk in failures(monkeypatch, error):
        done = upscale("photo.png", "-p", "", "-o", name, "--overwrite")
        assert names_in(tmp_path) == sorted([name, "photo.png"])
        if not assert_told(done, error, disk):
            assert result.read_bytes() == b"old"
    assert disk.num_calls > 4
    assert read_image(result).width_px == 48


def test_o5_a_comparison_is_old_or_new_and_costs_no_result(upscale, image, tmp_path, monkeypatch, error):
    sheet, result = tmp_path / "sheet.png", tmp_path / "out.png"
    upscale(image, "-p", "", "-o", "out.png")
    whole = result.read_bytes()
    sheet.write_bytes(b"old")
    for disk in failures(monkeypatch, error):
        done = upscale(image, "-p", "", "-o", "out.png", "--compare", "sheet.png", "--overwrite")
        assert names_in(tmp_path) == ["out.png", "photo.png", "sheet.png"]
        assert result.read_bytes() == whole
        if not assert_told(done, error, disk):
            assert sheet.read_bytes() == b"old"
            assert (done.out == "out.png\n") == ("sheet.png: " in done.err), "a result that is there is listed"
    assert pixels(sheet).shape == (32, 96, 3)


def test_o5_a_full_disk_in_a_batch_fails_one_file(upscale, tmp_path, monkeypatch, error):
    for name in ("a.png", "b.png"):
        make_image(tmp_path / "in" / name)
    num_failed = 0
    for disk in failures(monkeypatch, error):
        done = upscale("in", "-o", "out", "-p", "", "--overwrite", "--json")
        lines = [json.loads(line) for line in done.out.splitlines()]
        assert [line["exit_code"] for line in lines].count(5) == (disk.num_calls >= disk.fail_at)
        assert done.code == max(line["exit_code"] == 5 for line in lines)
        num_failed += done.code
        assert not list(tmp_path.rglob("*.tmp"))
    assert num_failed == disk.num_calls


def test_o5_an_exported_model_is_old_or_new(command, model, tmp_path, monkeypatch, error):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxscript")
    monkeypatch.setattr(torch.onnx, "export", lambda *_, **__: SimpleNamespace(model_proto=onnx.ModelProto()))
    path = tmp_path / "m.onnx"
    path.write_bytes(b"old")
    for disk in failures(monkeypatch, error):
        done = command("export", model, "-p", "", "-o", "m.onnx", "--overwrite")
        assert names_in(tmp_path) == ["m.onnx"]
        if not assert_told(done, error, disk):
            assert path.read_bytes() == b"old"
    assert onnx.load(path).metadata_props


@pytest.mark.skipif(not os.path.exists(FULL), reason="this system has no full device")  # noqa: PTH110
@pytest.mark.parametrize(
    "arguments",
    [
        ["upscale", "photo.png", "-p", "", "--overwrite"],
        ["upscale", "photo.png", "-p", "", "--overwrite", "--json"],
        ["upscale", "photo.png", "-o", "-"],
        ["upscale", "photo.png", "--dry-run", "--overwrite"],
        ["inspect", "photo.png"],
        ["doctor"],
        ["--help"],
        ["upscale", "--help"],
        ["--version"],
    ],
    ids=" ".join,
)
def test_o5_a_full_stdout_is_one_sentence(command, model, image, monkeypatch, arguments):
    if arguments[0] in ("upscale", "doctor") and "--help" not in arguments:
        arguments = [arguments[0], *(["--model"] if arguments[0] == "upscale" else []), model, *arguments[1:]]
    with open(FULL, "w", encoding="utf-8") as full:  # noqa: PTH123
        monkeypatch.setattr("sys.stdout", full)
        done = command(*arguments)
    assert done.code == 5
    assert "stdout: cannot be written (No space left on device)" in done.err.splitlines()[-1]
    assert "Traceback" not in done.err
    assert {".tmp", ".half"}.isdisjoint(path.suffix for path in image.parent.iterdir())
