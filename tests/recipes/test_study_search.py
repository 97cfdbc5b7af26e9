"""The search with Optuna: two short trials on synthetic images, and one more."""

import importlib
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.images.read import read_image

pytest.importorskip("optuna", reason="the search is Optuna's")
STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def search(tmp_path, monkeypatch, capsys):
    """``search(trials)``: the recipe's table."""
    num_threads = torch.get_num_threads()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.syspath_prepend(STUDIES)
    recipe = importlib.import_module("search")
    (tmp_path / "test_set").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "test_set" / "scene.png")

    def run(trials):
        flags = ["--validation", tmp_path / "test_set", "--run", tmp_path / "run", "--channels", 8]
        monkeypatch.setattr(sys, "argv", ["search.py", *map(str, flags), "--steps", "2", "--trials", str(trials)])
        recipe.run(recipe.parse_arguments())
        return capsys.readouterr().out

    yield run
    torch.set_num_threads(num_threads)


def test_a_search_is_kept_and_goes_on(search, tmp_path):
    rows = search(2).splitlines()[2:]
    scores = [float(row.split(" | ")[1]) for row in rows]
    assert len(rows) == 2
    assert scores == sorted(scores)
    assert min(scores) > 0
    assert read_image(tmp_path / "run/search_history.png").width_px > 100
    assert read_image(tmp_path / "run/search_slices.png").width_px > 100
    assert search(2).splitlines()[2:] == rows  # nothing is tried again
    assert len(search(3).splitlines()[2:]) == 3
    assert len(list((tmp_path / "run").glob("trial_*"))) == 3


def test_the_page_prints_the_best_trials_of_the_study_beside_it(search):
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    recipe = importlib.import_module("search")
    page = STUDIES.parents[1] / "docs/studies/losses.md"
    storage = JournalStorage(JournalFileBackend(str(page.with_name("search.log"))))
    study = optuna.load_study(study_name="search", storage=storage)
    assert recipe.as_table(study) in page.read_text("utf-8")
