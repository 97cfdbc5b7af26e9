"""The retrieval study on a few scenes, for a few steps: every row is trained, scored and shown."""

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch

from srgan_prompt.retrieval.retriever import TirgRetriever

STUDIES = Path(__file__).parents[2] / "recipes/studies"


@pytest.fixture
def recipe(monkeypatch):
    num_threads = torch.get_num_threads()
    monkeypatch.syspath_prepend(STUDIES)
    yield importlib.import_module("tirg_retrieval")
    torch.set_num_threads(num_threads)


@pytest.fixture
def study(recipe, tmp_path, monkeypatch, capsys):
    """Run it with further flags: (what results.json holds, stdout)."""

    def run(*flags):
        given = ["--steps", "2", "--scenes", "16", "--text-encoder", "tiny", "--run", str(tmp_path / "run"), *flags]
        monkeypatch.setattr(sys, "argv", ["tirg_retrieval.py", *given])
        recipe.run(recipe.parse_arguments())
        return json.loads((tmp_path / "run/results.json").read_text("utf-8")), capsys.readouterr().out

    return run


def test_every_row_is_trained_and_shown(recipe, study, tmp_path):
    results, out = study("--seeds", "1")
    assert list(results) == list(recipe.VARIANTS)
    for runs in results.values():
        recalls = list(runs["0"]["recall"].values())
        assert 0 <= recalls[0] <= recalls[1] <= recalls[2] <= 100
    assert results["image only"]["0"]["recall"]["1"] == pytest.approx(100 / 16, abs=3), "one of 16 targets, by chance"
    rows = [line for line in out.splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(results)
    assert TirgRetriever.load(tmp_path / "run/retriever").network.config.composition == "tirg"
    assert (tmp_path / "run/matches.png").stat().st_size < 150_000


def test_started_again_it_goes_on(study):
    rows = ("--rows", "text only", "concat")
    first, _ = study("--seeds", "1", *rows)
    longer, out = study("--seeds", "2", *rows)
    assert [list(runs) for runs in longer.values()] == [["0", "1"], ["0", "1"]]
    assert {name: runs["0"] for name, runs in longer.items()} == {name: runs["0"] for name, runs in first.items()}
    assert "seed 0:" not in out


def test_a_row_of_several_seeds_has_a_spread(recipe):
    runs = {
        str(seed): {"recall": {"1": value, "5": 80.0, "10": 90.0}, "seconds": 30}
        for seed, value in enumerate((70.0, 72.0))
    }
    assert recipe.as_table({"concat": runs}).splitlines()[-1] == (
        "| concat | 60.6 | 71.0 ± 1.4 | 80.0 ± 0.0 | 90.0 ± 0.0 | 2 | 30 |"
    )


def test_a_missing_encoder_is_one_sentence(tmp_path, monkeypatch, capsys):
    flags = ["--rows", "TIRG, BERT", "--text-encoder", str(tmp_path / "none"), "--run", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["tirg_retrieval.py", *flags, "--scenes", "16", "--steps", "1"])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(STUDIES / "tirg_retrieval.py"), run_name="__main__")
    assert stopped.value.code == 4
    assert str(tmp_path / "none") in capsys.readouterr().err
