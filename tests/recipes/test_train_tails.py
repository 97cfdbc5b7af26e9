"""A finished model is given tails for further scales, from the command line."""

from pathlib import Path

import numpy as np
import pytest
from tiny_models import TINY_READING, make_generator

from srgan_prompt.inference.upscaler import Upscaler

RECIPE = Path(__file__).parents[2] / "recipes/train_tails.py"
PHOTO = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
SETTINGS = """
data: {patch_px: 8, margin_px: 4, batch_images: 4}
prompts: {num_wordings: 64}
optim: {learning_rate: 0.01, warmup_steps: 0}
precision: fp32
log_every_steps: 1
"""


@pytest.fixture
def model(tmp_path):
    folder = tmp_path / "model"
    Upscaler.from_generator(make_generator(TINY_READING), precision="fp32").save_pretrained(folder)
    (folder / "README.md").write_text((folder / "README.md").read_text() + "\nMeasured with care.\n")
    return folder


@pytest.fixture
def train(run_recipe, model, tmp_path, monkeypatch):
    """``train(*flags)``: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(SETTINGS)
    return lambda *flags: run_recipe(RECIPE, model, "--config", tmp_path / "tiny.yaml", *flags)


def test_the_new_folder_has_more_scales_and_is_otherwise_the_old_one(train, model, tmp_path):
    code, out, _ = train("--scales", 2, 1, "--steps", 2, "--out", tmp_path / "out", "--seed", 3)
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines() if line.startswith("x")] == ["x2"] * 3 + ["x1"] * 3
    old, new = (Upscaler.from_pretrained(folder, precision="fp32") for folder in (model, tmp_path / "out"))
    assert new.scales == (1, 2, 4)
    assert "Measured with care." in (tmp_path / "out/README.md").read_text()
    np.testing.assert_array_equal(new(PHOTO).array, old(PHOTO).array)
    assert new(PHOTO, scale=1).image.size == (24, 20)


def test_tails_of_earlier_weights_are_where_it_begins(train, tmp_path):
    train("--scales", 2, "--steps", 2, "--out", tmp_path / "earlier")
    code, _, _ = train("--scales", 2, "--steps", 0, "--tails-of", tmp_path / "earlier", "--out", tmp_path / "out")
    assert code == 0
    earlier, later = (Upscaler.from_pretrained(tmp_path / name, precision="fp32") for name in ("earlier", "out"))
    np.testing.assert_array_equal(later(PHOTO, scale=2).array, earlier(PHOTO, scale=2).array)


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (("--scales", 2, "--tails-of", "model"), "The earlier weights have no tail for x2 and a trunk of"),
        (("--scales", 2, 4), "model upscales by 4 itself; leave that out of --scales."),
        (("--scales", 7), "argument --scales: invalid choice: 7"),
        (("--scales", 2, "--data.folder", "nowhere"), "nowhere"),
        (("--scales", 2, "--steps", -1), "Input should be greater than or equal to 0"),
        (("--scales", 2, "--out", "model"), "model exists; choose another folder for --out."),
    ],
)
def test_what_cannot_be_is_one_sentence_before_anything_is_trained(train, flags, sentence):
    code, out, err = train("--out", "out", *flags)
    assert code in (2, 3)
    assert sentence in err
    assert "step" not in out
