import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RECIPES = Path(__file__).parents[2] / "recipes"
TINY = """
generator: {channels: 8, num_blocks: 2, compose_after: [1], text_dim: 32, text_channels: 8}
discriminator: {channels: 8, num_strides: 2}
data: {patch_px: 8, margin_px: 2, batch_images: 2}
prompts: {encoder: tiny, num_wordings: 16}
loss: {adversarial_weight: 0.005, intent_sentences: 4}
validation_images: 1
"""


@pytest.fixture
def ablate(tmp_path, monkeypatch):
    """Runs the recipe on a tiny config and two photos; returns the text of its table."""
    photos = tmp_path / "photos"
    photos.mkdir()
    for seed in range(2):
        coarse = np.random.default_rng(seed).integers(0, 256, (9, 9, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((256, 256), Image.Resampling.BICUBIC).save(photos / f"{seed}.png")
    (tmp_path / "tiny.yaml").write_text(TINY)
    monkeypatch.syspath_prepend(RECIPES)

    def run(*arguments):
        folders = ["--folder", photos, "--validation-folder", photos, "--run", tmp_path / "runs"]
        flags = ["--config", tmp_path / "tiny.yaml", *folders, *arguments]
        monkeypatch.setattr(sys, "argv", ["ablate_prompting.py", *map(str, flags)])
        runpy.run_path(str(RECIPES / "ablate_prompting.py"), run_name="__main__")
        return (tmp_path / "runs/table.md").read_text()

    return run


def test_every_variant_is_trained_and_scored(ablate, tmp_path, capsys):
    chosen = ["no text", "one sentence per image", "discriminator sees no wrong prompt"]
    table = ablate("--steps", 3, *(flag for name in chosen for flag in ("--only", name)))
    assert table in capsys.readouterr().out
    head, _, *rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("|")]
    assert len(head) == 6
    assert [row[0] for row in rows] == chosen
    assert all(8 < float(row[1]) < 50 for row in rows)
    assert rows[0][2:] == ["-"] * 4
    assert all(figure != "-" for figure in rows[1])
    assert "Each variant: 3 steps (1 with all losses) of 2 samples; 8 channels, 2 blocks, seed 0" in table
    assert (tmp_path / "runs/no_text/checkpoints/step_00000003").is_dir()


def test_a_finished_variant_is_not_trained_again(ablate, tmp_path):
    first = ablate("--steps", 2, "--only", "FiLM instead of TIRG")
    log = tmp_path / "runs/film_instead_of_tirg/log.jsonl"
    length = len(log.read_text())
    assert ablate("--steps", 2, "--only", "FiLM instead of TIRG") == first
    assert len(log.read_text()) == length


def test_too_few_steps_are_refused_in_one_line(ablate, capsys):
    with pytest.raises(SystemExit) as caught:
        ablate("--steps", 1)
    assert caught.value.code == 2
    assert capsys.readouterr().err == "Error: --steps must be at least 2: both stages need one.\n"
