"""Adding an engine is one entry in a table, an engine and an exporter: shown by one that upscales every pixel."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.cli.app import main
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.images.read import read_image
from srgan_prompt.inference.describe import describe
from srgan_prompt.inference.exported import ExportedEngine, ExportFacts
from srgan_prompt.inference.exporting import prepare_export
from srgan_prompt.inference.file_engines import FILE_ENGINES, FileEngine
from srgan_prompt.inference.upscaler import Upscaler


class NearestEngine(ExportedEngine):
    """Runs .nearest files, which hold facts and nothing else."""

    @classmethod
    def load(cls, path: Path, threads: int | None = None) -> "NearestEngine":
        return cls("nearest", ExportFacts.from_metadata(json.loads(path.read_text()), str(path)))

    def run_one(self, image, prompt, features):
        strength = 1 if prompt is None else 1 - 0.1 * float(prompt.weights.sum())
        return strength * image.repeat(self.facts.scale, axis=1).repeat(self.facts.scale, axis=2)

    def global_features_of(self, image):
        return None

    def amounts(self, texts):
        return np.ones((len(texts), 1))


def export_nearest(upscaler, path, prompt=None, *, bake=False, strength=1.0, negative=None, precision="fp32"):
    export = prepare_export(
        upscaler, prompt, strength, negative, bake=bake, precision=precision, precisions=NEAREST.precisions
    )
    Path(path).write_text(json.dumps(export.facts.to_metadata()))
    return Path(path)


NEAREST = FileEngine(
    name="nearest",
    title="nearest",
    suffixes=(".nearest",),
    file="a .nearest file",
    precisions=("fp32",),
    packages=(),
    engine=f"{__name__}:NearestEngine",
    exporter=f"{__name__}:export_nearest",
)


@pytest.fixture(autouse=True)
def listed(monkeypatch):
    monkeypatch.setitem(FILE_ENGINES, "nearest", NEAREST)


@pytest.fixture
def model(upscaler, tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    upscaler.save_pretrained(tmp_path / "model")
    return tmp_path / "model"


def test_the_command_exports_runs_describes_and_lists_it(model, photo, capsys):
    Image.fromarray(photo).save("photo.png")
    assert main(["export", str(model), "--to", "nearest", "-o", "x4.nearest"]) == 0
    arguments = ["upscale", "photo.png", "--model", "x4.nearest", "--tile", "32"]
    assert main([*arguments, "-p", "", "-o", "plain.png", "--engine", "nearest"]) == 0
    assert main([*arguments, "-o", "darker.png", "-p", "Remove the noise."]) == 0  # the file's ending says which engine
    plain, darker = (read_image(name).opaque_rgb.astype(int) for name in ("plain.png", "darker.png"))
    np.testing.assert_array_equal(plain, photo.repeat(4, axis=0).repeat(4, axis=1))
    assert np.abs(darker - 0.9 * plain).max() <= 1
    assert describe("x4.nearest")["engine"] == "nearest"
    assert main(["upscale", "--help"]) == 0
    assert "nearest" in capsys.readouterr().out


def test_what_does_not_fit_is_refused_in_the_same_words(model, upscaler):
    for arguments, match in (
        ({"source": "x4.nearest", "engine": "onnx"}, "The ONNX engine needs an .onnx file"),
        ({"source": "x4.onnx", "engine": "nearest"}, "The nearest engine needs a .nearest file"),
        ({"engine": "nearest"}, "ships no nearest file; `srgan-prompt export --to nearest -o x4.nearest`"),
        ({"source": "x4.nearest", "text_encoder": "bert"}, "leave --text-encoder out"),
        ({"source": "x4.nearest", "revision": "main"}, "leave it out"),
        ({"engine": "caffe"}, "use one of torch, onnx, ncnn, nearest"),
    ):
        with pytest.raises(UsageError, match=match):
            Upscaler.from_pretrained(**arguments)


def test_an_installation_without_a_shipped_file_says_how_to_make_one(tmp_path):
    with pytest.raises(UsageError, match=r"ships no ONNX file; `srgan-prompt export -o x4\.onnx`"):
        FILE_ENGINES["onnx"].shipped(tmp_path)
    with pytest.raises(UsageError, match=r"ships no ncnn file; `srgan-prompt export --to ncnn -o x4\.param`"):
        FILE_ENGINES["ncnn"].shipped(tmp_path)


@pytest.mark.parametrize("name", ["onnx", "ncnn"])
def test_a_runtime_that_is_not_installed_is_named(name, tmp_path, monkeypatch):
    engine = FILE_ENGINES[name]
    for package in engine.packages:
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ModelError, match=rf"pip install srgan-prompt\[{name}\]"):
        engine.load(tmp_path / f"x4{engine.suffix}")
