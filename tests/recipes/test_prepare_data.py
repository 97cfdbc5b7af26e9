"""Photos to shards from the command line, and training on what comes out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

RECIPES = Path(__file__).parents[2] / "recipes"


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(8):
        blocks = np.random.default_rng(number).integers(0, 256, (24, 24, 3), dtype=np.uint8)
        Image.fromarray(blocks.repeat(8, axis=0).repeat(8, axis=1)).save(folder / f"{number}.png")
    Image.new("RGB", (192, 192), "grey").save(folder / "grey.png")
    (folder / "licences.csv").write_text("file,source,licence\n" + "".join(f"{n}.png,Ann,CC0\n" for n in range(8)))
    return folder


def test_photos_become_shards_that_a_step_can_be_measured_on(run_recipe, photos, tmp_path):
    shards, small = tmp_path / "shards", ("--min-side-px", 100, "--num-shards", 2)
    code, out, err = run_recipe(RECIPES / "prepare_data.py", photos, "--out", shards, *small)
    assert code == 0, err
    assert out.splitlines() == [f"8 of 9 photos in 2 shards; see {shards / 'report.csv'}", "       1 blurred"]
    assert err.splitlines()[-1] == "shard 2 of 2"
    assert (shards / "licences.csv").read_text().count("Ann,CC0") == 8
    code, out, err = run_recipe(RECIPES / "prepare_data.py", photos, "--out", shards, *small, "--not-like", photos)
    assert code == 3
    assert err.splitlines()[-1].startswith("Error: 0 of 9 photos are left, too few for 2 shards; ")

    code, out, err = run_recipe(
        RECIPES / "profile_step.py", "--folder", shards, "--streaming", "--loader", "--stage", "pixel", "--steps", 1
    )
    assert code == 0, err
    rows = [line.split("|")[1].strip() for line in out.splitlines()[-3:]]
    assert rows == ["photos read and decoded", "batches made of photos", "the step, without data"]


def test_a_missing_folder_is_one_sentence(run_recipe, tmp_path):
    code, out, err = run_recipe(RECIPES / "prepare_data.py", tmp_path / "none", "--out", tmp_path / "shards")
    assert (code, out) == (3, "")
    assert err == f"Error: {tmp_path / 'none'}: no such folder; give a folder of photos.\n"
    assert not (tmp_path / "shards").exists()
