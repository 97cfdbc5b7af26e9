"""inspect, doctor, export and audit."""

import json
import shutil
import socket
from dataclasses import replace

import pytest

from srgan_prompt.cli import audit
from srgan_prompt.evaluation.audit.model import AuditSettings
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.upscaler import Upscaler


def test_inspect_describes_an_image_and_how_it_was_made(command, upscale, image):
    upscale(image, "-p", "warmer")
    plain, made = (json.loads(line) for line in command("inspect", image, "photo_x4.png", "--json").out.splitlines())
    assert (plain["kind"], plain["width_px"], plain["height_px"], plain["mode"]) == ("picture", 12, 8, "RGB")
    assert plain["upscaled"]["size_px"] == [48, 32]
    assert plain["provenance"] is None
    assert json.loads(made["provenance"])["prompt"] == "warmer"


def test_inspect_describes_a_model_and_its_figures(command, model):
    text = command("inspect", model).out
    assert "channels: 8" in text
    assert "| Set5 | 20 |" in text
    described = json.loads(command("inspect", model, "--json").out)
    upscaler = Upscaler.from_pretrained(model)
    assert described["num_parameters"] == upscaler.model.engine.generator.num_parameters
    assert described["receptive_radius_px"] == upscaler.model.engine.facts.receptive_radius_px
    assert described["train_step"] == 7
    assert "model.safetensors" in described["files"]


def test_inspect_refuses_what_is_neither(command, model, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    broken = tmp_path / "broken"
    shutil.copytree(model, broken)
    (broken / "config.json").write_text("{}", encoding="utf-8")
    assert command("inspect").code == 2
    assert command("inspect", "bad.png").code == 3
    assert command("inspect", "nowhere.png").code == 3
    assert command("inspect", broken).code == 4
    assert command("inspect", "no.onnx").code == 4


def test_doctor_says_what_is_here_and_downloads_nothing(command, model, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: asked.append(arguments) or [])
    done = command("doctor", model)
    assert done.code == 0, done.err
    assert asked == [], "no host was looked up"
    assert not (tmp_path / "empty").exists()
    for word in ("Versions", "torch", "threads", "free memory", "BERT", "VGG16", "64 x 64 px x4", "Mpx/s"):
        assert word in done.out


def test_doctor_still_tells_the_rest_when_there_is_no_model(command):
    done = command("doctor", "nowhere")
    assert done.code == 4
    assert "Versions" in done.out
    assert done.err.count("\n") == 1


@pytest.fixture
def exported(monkeypatch):
    """What the exporters of all formats were called with."""
    for name, engine in FILE_ENGINES.items():
        monkeypatch.setitem(FILE_ENGINES, name, replace(engine, exporter=f"{__name__}:_note_export"))
    CALLS.clear()
    return CALLS


CALLS: list = []


def _note_export(*args, **options):
    CALLS.append((args[1:], options))


def test_export_hands_its_flags_on(command, model, tmp_path, exported):
    assert command("export", model, "-o", "m.onnx").out == "m.onnx\n"
    flags = ("-p", "warmer", "-p", "sharper:0.5", "--strength", "1.5", "--negative", "noise", "--precision", "int8")
    assert command("export", model, "-o", "b.onnx", *flags).code == 0
    assert command("export", model, "-o", "plain.onnx", "-p", "").code == 0
    (free_path, free_prompt), free = exported[0]
    assert (free_path.name, free_prompt, free["bake"], free["precision"]) == ("m.onnx", None, False, "fp32")
    (_, prompt), baked = exported[1]
    assert prompt == ["warmer", "sharper:0.5"]
    assert (baked["bake"], baked["strength"], baked["negative"]) == (True, 1.5, "noise")
    assert baked["precision"] == "int8"
    assert exported[2][0][1] == [""]
    assert command("export", model, "-o", "large.onnx", "-p", "twice as big").code == 2


@pytest.mark.parametrize("flags", [(), ("--to", "ncnn")], ids=str)
def test_the_format_is_what_the_file_s_ending_says(command, model, tmp_path, exported, flags):
    assert command("export", model, "-o", "m.param", "--precision", "fp16", *flags).out == "m.param\n"
    assert exported[0][1]["precision"] == "fp16"
    assert command("export", model, "-o", "m.param", "--precision", "int8", *flags).code == 2
    assert command("export", model, "-o", "m.onnx", "--to", "ncnn").code == 2
    (tmp_path / "m.bin").write_bytes(b"old")
    assert command("export", model, "-o", "m.param", *flags).code == 5
    assert len(exported) == 1


def test_export_writes_the_text_encoder_beside_the_model(command, model, tmp_path, exported, monkeypatch):
    pytest.importorskip("onnxscript")
    from srgan_prompt.prompts.encoder import TextEncoder

    monkeypatch.setattr(TextEncoder, "load", TextEncoder.tiny)
    done = command("export", model, "-o", "sub/m.onnx", "--text-encoder")
    assert done.out == "sub/m.onnx\nsub/text_encoder.onnx\n"
    assert (tmp_path / "sub" / "text_encoder.onnx").stat().st_size > 1000
    (tmp_path / "text_encoder.onnx").write_bytes(b"old")
    assert command("export", model, "-o", "m.onnx", "--text-encoder").code == 5
    assert command("export", model, "-o", "b.onnx", "--text-encoder", "-p", "x").code == 2
    assert len(exported) == 1


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        ([], 2),
        (["-o", "m.pt"], 2),
        (["-o", "m.onnx", "--negative", "x"], 2),
        (["-o", "m.onnx", "-p", "twice as big"], 2),
        (["-o", "old.onnx"], 5),
        (["nowhere", "-o", "m.onnx"], 4),
    ],
    ids=str,
)
def test_export_refuses_before_it_works(command, tmp_path, exported, flags, code):
    (tmp_path / "old.onnx").write_bytes(b"old")
    assert command("export", *flags).code == code
    assert exported == []
    assert (tmp_path / "old.onnx").read_bytes() == b"old"


def test_audit_asks_for_photos_and_checks_them_first(command, model, tmp_path):
    assert command("audit", model).code == 2
    assert command("audit", model, "--images", "nowhere").code == 3
    assert command("audit", "nowhere", "--images", tmp_path).code == 4


def test_audit_takes_its_settings_from_the_flags():
    flags = ["--images", "photos", "-o", "out", "--num-images", "3", "--side", "64", "--seed", "5", "--lpips"]
    expected = AuditSettings(num_images=3, side_px=64, seed=5, with_lpips=True)
    assert audit.settings_of(audit.parser().parse(flags)) == expected
    assert audit.settings_of(audit.parser().parse(["--images", "photos"])) == AuditSettings()
