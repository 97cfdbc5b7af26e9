"""The network beside an edge sharpener, on one drawn image."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.evaluation.statistics import seeded_table
from srgan_prompt.images.photos import draw_synthetic_image

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def recipe(monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    return importlib.import_module("sharpener")


def test_every_method_is_measured(recipe, tmp_path, monkeypatch, capsys):
    (tmp_path / "test_set").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "test_set" / "scene.png")
    monkeypatch.setattr(recipe, "AMOUNTS_PERCENT", (50, 200))
    monkeypatch.setattr(sys, "argv", ["sharpener.py", str(tmp_path / "test_set"), "--run", str(tmp_path / "run")])
    recipe.run(recipe.parse_arguments())
    records = json.loads((tmp_path / "run/sharpener.json").read_text())
    assert len(records) == 5
    assert len(capsys.readouterr().out.splitlines()) == 2 + 5
    bicubic, masked = records["bicubic"][0], next(records[name][0] for name in records if name.startswith("bicubic, "))
    assert masked["energy"] > bicubic["energy"]


def test_new_detail_is_what_the_input_cannot_hold(recipe):
    rows, columns = np.mgrid[:64, :64]
    fine = 128 + 60 * (-1.0) ** (rows + columns)  # a checkerboard of single pixels: nothing of it survives reduction
    coarse = 128 + 60 * np.sin(2 * np.pi * columns / 32)
    fine, coarse = (np.repeat(each[..., None], 3, axis=2).round().astype(np.uint8) for each in (fine, coarse))
    assert recipe.new_detail(fine).std() > 0.15
    assert recipe.new_detail(coarse)[8:-8, 8:-8].std() < 0.01


def test_its_page_shows_what_was_measured(recipe):
    folder = STUDIES.parents[1] / "docs/studies"
    records = json.loads((folder / "sharpener.json").read_text())
    assert seeded_table(records, "method", recipe.COLUMNS) in (folder / "objects.md").read_text()
