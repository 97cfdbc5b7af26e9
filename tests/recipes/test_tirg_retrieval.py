"""The retrieval study on a few scenes, for a few steps: every row is trained, scored and shown."""

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch

from srgan_prompt.retrieval import TirgRetriever

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def recipe(monkeypatch):
    num_threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(STUDIES)
    yield importlib.import_module("tirg_retrieval")
    torch.set_num_threads(num_threads)


@pytest.fixture
def study(recipe, tmp_path, monkeypatch, capsys):
    """Run it with further flags: (what its JSON holds, stdout)."""

    def run(*flags):
        given = ["--steps", "2", "--scenes", "16", "--text-encoder", "tiny", "--run", str(tmp_path / "run"), *flags]
        monkeypatch.setattr(sys, "argv", ["tirg_retrieval.py", *given])
        recipe.run(recipe.parse_arguments())
        return json.loads((tmp_path / "run/tirg_retrieval.json").read_text("utf-8")), capsys.readouterr().out

    return run


def test_every_row_is_trained_and_shown(recipe, study, tmp_path):
    records, out = study("--seeds", "1")
    assert list(records) == list(recipe.VARIANTS)
    for (figures,) in records.values():
        assert 0 <= figures["recall_1"] <= figures["recall_5"] <= figures["recall_10"] <= 100
    assert records["image only"][0]["recall_1"] == pytest.approx(100 / 16, abs=3), "one of 16 targets, by chance"
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(records)
    assert TirgRetriever.load(tmp_path / "run/retriever").network.config.composition == "tirg"
    assert (tmp_path / "run/matches.png").stat().st_size < 150_000


def test_started_again_it_goes_on(study):
    rows = ("--rows", "text only", "concat")
    first, _ = study("--seeds", "1", *rows)
    longer, out = study("--seeds", "2", *rows)
    assert [len(runs) for runs in longer.values()] == [2, 2]
    assert {name: runs[:1] for name, runs in longer.items()} == first
    assert "seed 0:" not in out
    last = out.splitlines()[-1] or out.splitlines()[-2]
    assert last.startswith("| concat (60.6) | ")
    assert last.count(" ± ") == 4


def test_a_missing_encoder_is_one_sentence(tmp_path, monkeypatch, capsys):
    flags = ["--rows", "TIRG, BERT", "--text-encoder", str(tmp_path / "none"), "--run", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["tirg_retrieval.py", *flags, "--scenes", "16", "--steps", "1"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(STUDIES / "tirg_retrieval.py"), run_name="__main__")
    assert stopped.value.code == 4
    assert str(tmp_path / "none") in capsys.readouterr().err


def test_the_page_prints_the_figures_beside_it(recipe):
    page = STUDIES.parents[1] / "docs/studies/tirg_retrieval.md"
    records = json.loads(page.with_suffix(".json").read_text("utf-8"))
    assert recipe.as_table(records) in page.read_text("utf-8")
    assert page.with_name("tirg_retrieval.png").stat().st_size < 150_000
