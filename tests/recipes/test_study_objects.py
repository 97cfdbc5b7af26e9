"""The study of objects in smoke form: tiny networks, a few steps."""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch

from srgan_prompt.evaluation.statistics import seeded_table
from srgan_prompt.images.read import read_image

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def recipe(monkeypatch):
    num_threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(STUDIES)
    module = importlib.import_module("objects")
    monkeypatch.setattr(module, "NETWORK", module.NETWORK | {"channels": 8, "num_blocks": 2, "compose_after": (1,)})
    yield module
    torch.set_num_threads(num_threads)


def test_every_network_is_trained_and_its_drawings_are_read(recipe, tmp_path, monkeypatch, capsys):
    flags = ["--steps", "2", "--queries", "12", "--seeds", "1", "--run", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", ["objects.py", *flags])
    recipe.run(recipe.parse_arguments())
    records = json.loads((tmp_path / "objects.json").read_text())
    assert list(records) == list(recipe.VARIANTS)
    for (measured,) in records.values():
        assert 0 <= measured["right"] <= measured["thing"] <= 100
        assert 0 <= measured["collateral"] <= 100
        assert 3 < measured["psnr_db"] < 60
    assert len(capsys.readouterr().out.splitlines()) == 2 + len(recipe.VARIANTS)
    assert read_image(tmp_path / "objects.png").width_px == 960


def test_its_page_shows_what_was_measured(recipe):
    page = STUDIES.parents[1] / "docs/studies/objects.md"
    records = json.loads(page.with_suffix(".json").read_text())
    assert seeded_table(records, "network", recipe.COLUMNS) in page.read_text()
