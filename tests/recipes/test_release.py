"""A tiny run becomes a release: a model folder with its measured tables and card, and the ONNX file beside it."""

import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_models import TINY_READING, make_generator

from srgan_prompt.checkpoints.model import load_model, save_model
from srgan_prompt.config import TrainConfig
from srgan_prompt.evaluation.metrics import lpips_network
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.training.state import TrainState

RECIPE = Path(__file__).parents[2] / "recipes/release.py"


@pytest.fixture
def photos(tmp_path):
    (tmp_path / "photos").mkdir()
    coarse = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    Image.fromarray(coarse).resize((64, 64), Image.Resampling.BICUBIC).save(tmp_path / "photos/a.png")
    return tmp_path / "photos"


@pytest.fixture
def release(tmp_path, monkeypatch, random_alexnet):
    """Runs the recipe on a run of no steps; returns the model folder."""
    refined = TINY_READING.model_copy(update={"tail": "refined"})
    config = TrainConfig(generator=refined, prompts={"encoder": "tiny"})
    TrainState.new(config, torch.device("cpu")).save(tmp_path / "run/checkpoints", config)
    lpips_network.cache_clear()  # its weights are random here

    def run(*flags):
        out = tmp_path / "my_model"
        monkeypatch.setattr(sys, "argv", ["release.py", *map(str, [tmp_path / "run", "--out", out, *flags])])
        runpy.run_path(str(RECIPE), run_name="__main__")
        return out

    yield run
    lpips_network.cache_clear()


def test_a_folder_that_is_no_model_is_refused(tmp_path, monkeypatch, capsys):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(sys, "argv", ["release.py", str(tmp_path / "empty"), "--out", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(RECIPE), run_name="__main__")
    assert caught.value.code == 4
    assert "has no manifest.json" in capsys.readouterr().err


@pytest.mark.slow
def test_a_refined_run_is_averaged_with_weights_that_have_no_refinement(release, tmp_path):
    pytest.importorskip("onnx")
    start = make_generator(TINY_READING)
    save_model(tmp_path / "start", start.state_dict(), start.config.model_dump(mode="json"), "", train_step=0)
    state = load_model(release("--average-with", tmp_path / "start", "--share", 0.25)).state
    ours = load_model(tmp_path / "run").state
    expected = ours["head.0.weight"] / 4 + start.state_dict()["head.0.weight"] * 3 / 4
    torch.testing.assert_close(state["head.0.weight"], expected)
    assert torch.equal(state["tail.refine.0.weight"], ours["tail.refine.0.weight"])


@pytest.mark.slow
def test_a_release_is_measured_and_ready_to_use(release, photos, tmp_path, capsys):
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    audit = ["--photos", photos, "--num-images", 1, "--side-px", 64]
    tone = ["--tone-photos", photos, "--tone-steps", 2]
    folder = release("--benchmark", photos, *audit, *tone, "--name", "tiny x4", "--note", "Made for a test.")
    card = capsys.readouterr().out
    assert (folder / "README.md").read_text() in card
    assert "Made for a test." in card
    assert "| right minus wrong prompt, tone, documented wordings |" in card
    benchmark = json.loads((folder / "benchmark.json").read_text())
    assert set(benchmark["sets"]["photos"]["methods"]) >= {"bicubic", 'ours ""'}
    found = json.loads((folder / "audit.json").read_text())
    assert found["model"] == "tiny x4"
    assert found["lpips_matrix"] is not None
    low = np.asarray(Image.open(photos / "a.png"))[:24, :20]  # noqa: TID251 - an image of our own making
    by_torch = Upscaler.from_pretrained(folder, precision="fp32")(low, prompt="")
    by_onnx = Upscaler.from_pretrained(tmp_path / "my_model.onnx")(low, prompt="")
    assert by_torch.image.size == (80, 96)
    assert np.abs(np.asarray(by_torch.image, int) - np.asarray(by_onnx.image, int)).max() <= 2
