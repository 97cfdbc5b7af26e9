"""The studies that are lines of a config, on synthetic images, and that their pages show what they measured."""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch
import yaml
from PIL import Image

from srgan_prompt.evaluation.statistics import seeded_table
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.images.read import read_image

ROOT = Path(__file__).parents[2]
STUDIES = sorted((ROOT / "recipes/studies").glob("*.yaml"))
PAGES = [ROOT / "docs/studies" / f"{study.stem}.md" for study in STUDIES]


@pytest.fixture
def recipe(monkeypatch):
    """The recipe as a module."""
    num_threads = torch.get_num_threads()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.syspath_prepend(ROOT / "recipes/studies")
    yield importlib.import_module("variants")
    torch.set_num_threads(num_threads)


def smaller(study: Path, folder: Path) -> Path:
    """The ``study`` with tiny networks and batches, in ``folder``."""
    document = yaml.safe_load(study.read_text())
    base = document["base"]
    base["generator"] |= {"channels": 8}
    base["discriminator"] = {"channels": 8, "num_strides": 2, "use_text": False}
    base["data"] |= {"patch_px": 9, "batch_images": 2}
    (folder / study.name).write_text(yaml.safe_dump(document, sort_keys=False))
    return folder / study.name


@pytest.mark.parametrize("study", STUDIES, ids=lambda study: study.stem)
def test_every_variant_is_trained_measured_and_drawn(recipe, study, tmp_path, monkeypatch, capsys):
    (tmp_path / "test_set").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "test_set" / "scene.png")
    flags = ["--validation", tmp_path / "test_set", "--run", tmp_path / "run", "--steps", "2", "--seeds", "1"]
    monkeypatch.setattr(sys, "argv", ["variants.py", *map(str, [smaller(study, tmp_path), *flags])])
    recipe.run(recipe.parse_arguments())
    records = json.loads((tmp_path / f"run/{study.stem}.json").read_text())
    assert list(records) == list(yaml.safe_load(study.read_text())["variants"])
    for (measured,) in records.values():
        assert 3 < measured["psnr_y_db"] < 60
        assert len(measured["features"]) == len(measured["gradients"]) == 12
        assert min(measured["gradients"]) > 0
        assert measured["noise_kept"] > 0
    assert seeded_table(records, study.stem, recipe.COLUMNS) in capsys.readouterr().out
    assert read_image(tmp_path / f"run/{study.stem}.png").width_px == 800


@pytest.mark.parametrize("page", [page for page in PAGES if page.exists()], ids=lambda page: page.stem)
def test_a_page_shows_what_was_measured(recipe, page):
    records = json.loads(page.with_suffix(".json").read_text())
    assert seeded_table(records, page.stem, recipe.COLUMNS) in page.read_text()
