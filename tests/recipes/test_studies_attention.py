"""The studies of attention on synthetic images, for fractions of a second each: they run, and write what they print."""

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from tiny_models import TINY, make_generator

from srgan_prompt.evaluation.statistics import seeded_table
from srgan_prompt.images.photos import draw_synthetic_image, read_rgb8
from srgan_prompt.inference.upscaler import Upscaler

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def study(tmp_path, monkeypatch, capsys):
    """Run a study with flags, in the folder ``run``: what it wrote as JSON; its table must be what it printed."""
    num_threads = torch.get_num_threads()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")

    def run(name, *flags, results=None):
        arguments = [f"{name}.py", *map(str, flags), "--run", str(tmp_path / "run")]
        monkeypatch.setattr(sys, "argv", arguments)
        runpy.run_path(str(STUDIES / f"{name}.py"), run_name="__main__")
        written = tmp_path / "run" / (results or name)
        assert written.with_suffix(".md").read_text() in capsys.readouterr().out
        return json.loads(written.with_suffix(".json").read_text())

    yield run
    torch.set_num_threads(num_threads)


@pytest.fixture
def photo(tmp_path):
    (tmp_path / "photos").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "photos" / "scene.png")
    return tmp_path / "photos" / "scene.png"


def test_what_attention_costs(study):
    found = study("attention_cost", "--repeats", 1, "--side-px", 32, results="costs")
    assert {"loop over shifts", "unfold", "blocks (used)", "6 blocks"} < set(found)
    assert all(each["step_ms"] > 0 and each["forward_ms"] > 0 for each in found.values())


def test_what_attention_brings(study, photo, tmp_path):
    found = study("attention", "--validation", photo.parent, "--seconds", 0.1, "--seeds", 1)
    assert [len(runs) for runs in found.values()] == [1, 1, 1]
    assert all(5 < run["psnr_y"] < 60 and run["steps"] >= 1 for runs in found.values() for run in runs)
    assert read_rgb8(tmp_path / "run/attention.png").std() > 1
    again = study("attention", "--validation", photo.parent, "--seconds", 0.1, "--seeds", 1)
    assert again == found, "what was trained is not trained again"


@pytest.mark.slow
def test_composers_of_words(study, tmp_path):
    chosen = ("cross-attention over tokens", "TIRG, readings")
    budget = ("--steps", 2, "--seeds", 1, "--wordings", 16, "--validation-images", 1)
    found = study("word_composers", *budget, *(flag for name in chosen for flag in ("--only", name)))
    assert list(found) == list(chosen)
    assert all(5 < run["psnr"] < 60 for (run,) in found.values())
    assert found[chosen[0]][0]["parameters"] > found[chosen[1]][0]["parameters"]
    assert (tmp_path / "run/cross_attention_over_tokens_0/checkpoints/step_00000002").is_dir()


def test_the_page_prints_what_was_measured_of_composers(monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    columns = importlib.import_module("word_composers").COLUMNS
    page = STUDIES.parents[1] / "docs/studies/attention.md"
    records = json.loads((page.parent / "word_composers.json").read_text())
    assert seeded_table(records, "variant", columns) in page.read_text()


def test_control_over_words(study, photo, tmp_path):
    config = TINY.model_copy(update={"text_features": "tokens", "composition": "attention"})
    Upscaler.from_generator(make_generator(config)).save_pretrained(tmp_path / "model")
    found = study("word_control", "--model", tmp_path / "model", "--image", photo)
    for rows in found["reweighted"].values():
        changes = [rows[weight]["change"] for weight in ("1.0", "1.5", "2.0")]
        assert changes[0] == 0 < changes[1] < changes[2]
    assert found["edited"]["replaced, maps kept"]["moved"] == 0 < found["edited"]["replaced, maps free"]["moved"]
    assert sum(each["mean"] for each in found["maps"].values()) <= 1
    assert read_rgb8(tmp_path / "run/maps.png").shape[1] == 64 * 8
