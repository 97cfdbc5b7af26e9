"""Imagic on a drawn image and a random small network."""

import importlib
import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from srgan_prompt.errors import UsageError
from srgan_prompt.evaluation.statistics import seeded_table
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.images.read import read_image

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def imagic(tmp_path, monkeypatch, capsys):
    """``imagic(prompt)``: what the recipe finds with the shipped weights and few steps, and what it prints."""
    monkeypatch.syspath_prepend(STUDIES)
    recipe = importlib.import_module("imagic")
    Image.fromarray(draw_synthetic_image(3, 96)).save(tmp_path / "scene.png")

    def run(prompt):
        few = ["--steps", 25, "--fine-tune-steps", 2, "--side-px", 64, "--run", tmp_path / "run"]
        monkeypatch.setattr(sys, "argv", ["imagic.py", *map(str, [tmp_path / "scene.png", "--prompt", prompt, *few])])
        recipe.run(recipe.parse_arguments())
        return json.loads((tmp_path / "run/imagic.json").read_text()), capsys.readouterr().out

    return run


def test_more_of_the_sentence_does_more_of_the_edit(imagic, tmp_path):
    records, out = imagic("make it much warmer")
    for way in ("Imagic", "--strength"):
        obedience = [records[f"{way} {share:g}"][0]["obedience"] for share in (0, 0.25, 0.5, 0.75, 1)]
        assert obedience == sorted(obedience)
        assert abs(obedience[0]) < 0.3  # few steps: it reproduces the image nearly
        assert obedience[-1] > 0.8
    assert len(out.splitlines()) == 2 + 10
    assert read_image(tmp_path / "run/imagic.png").width_px == 880


def test_what_has_no_exact_edit_is_refused(imagic):
    with pytest.raises(UsageError, match="'remove the noise' asks for no change of tone or colour"):
        imagic("remove the noise")


def test_its_page_shows_what_was_measured(monkeypatch):
    monkeypatch.syspath_prepend(STUDIES)
    columns = importlib.import_module("imagic").COLUMNS
    page = STUDIES.parents[1] / "docs/studies/imagic.md"
    records = json.loads(page.with_suffix(".json").read_text())
    assert seeded_table(records, "way, and share of the sentence", columns) in page.read_text()
