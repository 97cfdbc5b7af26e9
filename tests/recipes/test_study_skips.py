"""The study of skip connections on synthetic images, and that its page shows what it measured."""

import importlib
import json
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from srgan_prompt.evaluation.seeded_runs import seeded_table
from srgan_prompt.images.read import read_image
from srgan_prompt.images.synthetic import draw_synthetic_image

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/studies/skips.md"


@pytest.fixture
def study(monkeypatch):
    """The recipe as a module."""
    num_threads = torch.get_num_threads()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "true")
    monkeypatch.syspath_prepend(ROOT / "recipes/studies")
    module = importlib.import_module("skips")
    yield module
    torch.set_num_threads(num_threads)


def test_every_layout_is_trained_measured_and_drawn(study, tmp_path, monkeypatch, capsys):
    (tmp_path / "test_set").mkdir()
    Image.fromarray(draw_synthetic_image(1000, 64)).save(tmp_path / "test_set" / "scene.png")
    tiny = "generator: {channels: 8, num_blocks: 12, composition: none, compose_after: [], image_skip: none}\n"
    data = "data: {patch_px: 8, batch_images: 2, sentences_per_image: 1}\n"
    (tmp_path / "tiny.yaml").write_text(tiny + data + "prompts: {requests: detail, clean_share: 1.0}\ngan_steps: 0\n")
    flags = [
        "--config",
        tmp_path / "tiny.yaml",
        "--validation",
        tmp_path / "test_set",
        "--run",
        tmp_path / "run",
        "--steps",
        "2",
        "--seeds",
        "1",
    ]
    monkeypatch.setattr(sys, "argv", ["skips.py", *map(str, flags)])
    study.run(study.parse_arguments())
    records = json.loads((tmp_path / "run/skips.json").read_text())
    assert list(records) == list(study.VARIANTS)
    for (measured,) in records.values():
        assert 3 < measured["psnr_y_db"] < 60
        assert len(measured["features"]) == len(measured["gradients"][0]) == 12
        assert min(map(min, measured["gradients"])) > 0
        assert measured["noise_kept"] > 0
    assert seeded_table(records, "skips", study.COLUMNS) in capsys.readouterr().out
    assert read_image(tmp_path / "run/skips.png").width_px == 1000


def test_its_page_shows_what_was_measured(study):
    records = json.loads(PAGE.with_suffix(".json").read_text())
    assert seeded_table(records, "skips", study.COLUMNS) in PAGE.read_text()
