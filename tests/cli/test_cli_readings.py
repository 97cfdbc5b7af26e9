"""A model conditioned on readings: what a prompt was read as is shown, and what was not understood is always told."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cli_makers import make_image, pixels
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.prompts.reading import PackagedReader, Reading

READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "warm, no sepia": Reading({"warm": 0.5}, ("sepia",)),
        "add a hat, brighter": Reading({"brighten": 0.5}, is_complete=False),
    }
)
WOLF = "'a gray wolf' asks for nothing that this model can do; nothing is changed."
PART = "read as: brighten .5; a part of the sentence was not understood and does nothing."


@pytest.fixture(scope="session")
def reading_model(tmp_path_factory) -> Path:
    """The twin of ``model`` that takes readings."""
    from srgan_prompt.checkpoints.model import save_model

    folder = tmp_path_factory.mktemp("models") / "reads"
    save_model(
        folder, make_generator(TINY_READING).state_dict(), TINY_READING.model_dump(mode="json"), "", train_step=7
    )
    return folder


@pytest.fixture
def upscale(command, reading_model, monkeypatch):
    """``command("upscale", ...)`` with that model and a reader of few words."""
    monkeypatch.setattr(PackagedReader, "read", lambda self, prompts: READER.read(prompts))
    return lambda *arguments: command("upscale", "--model", reading_model, *arguments)


def lines(done):
    assert done.code == 0, done.err
    return [json.loads(line) for line in done.out.splitlines()]


def test_nothing_is_said_of_a_prompt_that_is_understood(upscale, image):
    assert upscale(image, "-p", "brighter") == (0, f"{image.with_name('photo_x4.png')}\n", "")


@pytest.mark.parametrize(("prompt", "note"), [("a gray wolf", WOLF), ("add a hat, brighter", PART)])
@pytest.mark.parametrize("flag", [None, "--verbose", "--json", "--dry-run"])
def test_what_is_not_understood_is_told_once(upscale, image, prompt, note, flag):
    done = upscale(image, "-p", prompt, *filter(None, [flag]))
    assert done.err.count(note) == 1
    assert done.err.count("read as:") + done.out.count("read as:") <= 2
    assert upscale(image, "-p", prompt, "-q", "--overwrite").err == ""


def test_what_asks_for_nothing_is_the_empty_prompt(upscale, image):
    upscale(image, "-p", "a gray wolf", "-o", "wolf.png")
    upscale(image, "-p", "", "-o", "plain.png")
    assert (pixels(Path("wolf.png")) == pixels(Path("plain.png"))).all()


def test_verbose_says_how_the_prompt_was_read(upscale, image):
    assert "photo.png: read as: warm .5, not sepia\n" in upscale(image, "-v", "-p", "warm, no sepia").err
    assert "read as: restore 1, crisp 1\n" in upscale(image, "-v", "--overwrite").err
    assert "read as" not in upscale(image, "-v", "--overwrite", "-p", "").err


def test_json_and_the_file_carry_the_reading(upscale, command, image):
    flags = [image, "-p", "warm, no sepia", "-p", "brighter:0.5", "--negative", "add a hat, brighter", "--json"]
    (planned,), (line,) = lines(upscale(*flags, "-n")), lines(upscale(*flags))
    assert planned["readings"] == line["readings"]
    assert (
        planned["read_as"]
        == line["read_as"]
        == "warm .5, not brighten, not sepia; not brighten, not sepia (weight 0.5)"
    )
    assert line["readings"][0] == {
        "clause": "warm, no sepia",
        "weight": 1.0,
        "amounts": {"warm": 0.5},
        "forbidden": ["brighten", "sepia"],
        "confidence": 1.0,
        "is_complete": True,
    }
    described = json.loads(command("inspect", "photo_x4.png", "--json").out)
    assert json.loads(described["provenance"])["read_as"] == line["read_as"]


def test_a_dry_run_shows_the_reading_of_every_image(upscale, tmp_path):
    for name in ("a.png", "b.png", "c.png"):
        make_image(tmp_path / "in" / name)
    rows = "file_name,prompt\na.png,brighter\nb.png,a gray wolf\n"
    (tmp_path / "in" / "prompts.csv").write_text(rows, encoding="utf-8")
    flags = ("in", "-o", "out", "--prompt-file", "in/prompts.csv", "-p", "add a hat, brighter")
    done = upscale(*flags, "-n")
    assert [line.partition(", read as: ")[2] for line in done.out.splitlines()] == [
        "brighten .5",
        "nothing",
        "brighten .5",
    ]
    done = upscale(*flags)
    assert f"in/b.png: {WOLF}\n" in done.err
    assert f"in/c.png: {PART}\n" in done.err
    assert "in/a.png:" not in done.err


def test_a_note_on_many_files_is_told_once_and_counted(upscale, tmp_path):
    for number in range(3):
        make_image(tmp_path / "in" / f"{number}.png")
    done = upscale("in", "-o", "out", "-p", "a gray wolf")
    assert done.err.count(WOLF) == 2
    assert f"3 files in all: {WOLF}\n" in done.err
    assert upscale("in", "-o", "out", "-p", "a gray wolf", "-n", "--overwrite").err.count(WOLF) == 1


def test_models_of_raw_embeddings_show_no_reading(command, model, image):
    assert "read as" not in command("upscale", image, "--model", model, "-p", "brighter", "-n").out
    (line,) = lines(command("upscale", image, "--model", model, "-p", "brighter", "--json"))
    assert (line["read_as"], line["readings"]) == ("", [])


def test_weights_of_another_project_have_nothing_to_read(command, image):
    done = command("upscale", image, "--model", "weights.pth", "-n", "-p", "brighter")
    assert (done.code, "read as" in done.out + done.err) == (0, False)


def test_inspect_and_doctor_tell_what_the_network_is_given(command, model, reading_model, upscale):
    reads, raw = (json.loads(command("inspect", each, "--json").out) for each in (reading_model, model))
    assert (reads["text_features"], raw["text_features"]) == ("reading", "raw")
    assert reads["intents"] == list(TINY_READING.intents)
    assert "read offline, " in command("doctor", reading_model).out
    assert "as raw embeddings" in command("doctor", model).out


def test_export_refuses_a_text_encoder_that_nobody_needs(command, reading_model):
    done = command("export", reading_model, "-o", "m.onnx", "--text-encoder")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "reads reads sentences without a text encoder; leave --text-encoder out." in done.err
    assert not Path("m.onnx").exists()


def export_nothing(*arguments, **options):
    """In the place of an exporter: what is told does not depend on the file."""


def test_export_tells_what_was_not_understood(command, reading_model, upscale, monkeypatch):
    monkeypatch.setitem(FILE_ENGINES, "onnx", replace(FILE_ENGINES["onnx"], exporter=f"{__name__}:export_nothing"))
    assert command("export", reading_model, "-o", "m.onnx", "-p", "add a hat, brighter") == (0, "m.onnx\n", f"{PART}\n")


@pytest.mark.parametrize("flags", [[], ["-p", "make it brighter"]], ids=["default", "prompt"])
def test_a_dry_run_reads_without_torch(image, reading_model, flags):
    program = "import sys; from srgan_prompt.cli.app import main; code = main(sys.argv[1:])"
    program += "; sys.exit(code or sorted({'torch', 'transformers', 'onnxruntime'} & set(sys.modules)) or 0)"
    arguments = ["upscale", str(image), "--dry-run", "-q", "--model", str(reading_model), *flags]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert ("read as: brighten .5" if flags else "read as: restore 1, crisp 1") in done.stdout


@pytest.mark.parametrize("flag", [[], ["--dry-run"]])
def test_a_text_encoder_is_refused(upscale, image, flag):
    done = upscale(image, "--text-encoder", "tiny", *flag)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "reads needs no text encoder; leave --text-encoder out" in done.err
