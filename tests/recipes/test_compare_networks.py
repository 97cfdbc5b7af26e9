"""The comparison of networks on synthetic images: networks of a few channels, budgets of a fraction of a second."""

import importlib
import json
import runpy
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from srgan_prompt.images.photos import draw_synthetic_image

RECIPES = Path(__file__).parents[2] / "recipes"
TINY = """
generator: {channels: 8, num_blocks: 1, compose_after: [], composition: none}
discriminator: {channels: 8, num_strides: 2}
data: {patch_px: 8, batch_images: 4, sentences_per_image: 1}
"""
VARIANTS = {"base": {}, "two blocks": {"generator": {"num_blocks": 2}}, "small batch": {"data": {"batch_images": 2}}}


@pytest.fixture
def recipe(monkeypatch):
    """The recipe as a module, with tiny variants."""
    num_threads = torch.get_num_threads()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.syspath_prepend(RECIPES)
    module = importlib.import_module("compare_networks")
    monkeypatch.setattr(module, "VARIANTS", VARIANTS)
    yield module
    torch.set_num_threads(num_threads)


@pytest.fixture
def compare(recipe, tmp_path, monkeypatch, capsys):
    """Run it for some minutes: (what networks.json holds, stdout)."""
    (tmp_path / "test_set").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "test_set" / "scene.png")
    (tmp_path / "tiny.yaml").write_text(TINY)

    def run(minutes):
        folders = ["--validation", tmp_path / "test_set", "--config", tmp_path / "tiny.yaml", "--run", tmp_path / "run"]
        monkeypatch.setattr(sys, "argv", ["compare_networks.py", *map(str, folders), "--minutes", str(minutes)])
        recipe.run(recipe.parse_arguments())
        return json.loads((tmp_path / "run/networks.json").read_text()), capsys.readouterr().out

    return run


def test_every_variant_has_its_time_and_its_scores(compare):
    records, out = compare(0.005)  # 0.3 s
    assert list(records) == list(VARIANTS)
    assert records["two blocks"]["parameters"] > records["base"]["parameters"]
    for record in records.values():
        assert list(record["psnr_y"]) == ["0.0375", "0.075", "0.15", "0.225", "0.3"]
        assert all(5 < score < 60 for score in record["psnr_y"].values())
        assert record["seconds"] >= 0.3
        assert record["steps"] >= 1
    head, _, *rows = [line.strip("| ").split(" | ") for line in out.splitlines() if line.startswith("|")][-5:]
    assert head == ["variant", "parameters", "steps", "s/step", "0.0375 s", "0.075 s", "0.15 s", "0.225 s", "0.3 s"]
    assert [row[0] for row in rows] == list(VARIANTS)
    assert [row[-1] for row in rows] == [f"{record['psnr_y']['0.3']:.2f}" for record in records.values()]


def test_started_again_it_goes_on(compare):
    first, _ = compare(0.001)
    again, _ = compare(0.001)
    assert again == first  # neither trained nor scored anew
    longer, _ = compare(0.003)
    for name, record in longer.items():
        assert record["psnr_y"].items() >= first[name]["psnr_y"].items()
        assert record["steps"] > first[name]["steps"]


def test_a_table_of_an_interrupted_comparison_has_dashes(recipe):
    scores = {"base": {"75": 27.123, "150": 28.0}, "other": {"75": 26.0}}
    records = {name: {"parameters": 1e6, "steps": 9, "seconds": 4.5, "psnr_y": each} for name, each in scores.items()}
    assert recipe.as_table(records).splitlines()[2:] == [
        "| base | 1.00 M | 9 | 0.500 | 27.12 | 28.00 |",
        "| other | 1.00 M | 9 | 0.500 | 26.00 | - |",
    ]


def test_a_missing_test_set_is_known_at_once_in_one_sentence(tmp_path, monkeypatch, capsys):
    flags = ["--validation", str(tmp_path / "none"), "--run", str(tmp_path / "run")]
    monkeypatch.setattr(sys, "argv", ["compare_networks.py", *flags])
    with pytest.raises(SystemExit) as stopped:
        runpy.run_path(str(RECIPES / "compare_networks.py"), run_name="__main__")
    assert stopped.value.code == 3
    assert capsys.readouterr().err == f"Error: {tmp_path / 'none'}: no such folder; give a folder of photos.\n"
    assert not (tmp_path / "run").exists()
