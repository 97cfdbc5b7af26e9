"""Images from a folder, from a Hugging Face data set in a folder, and drawn; refusals in one sentence (R11, R12)."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.data.images import NUM_SYNTHETIC_IMAGES, dataset_images, open_images
from srgan_prompt.errors import DataError


def opened(tmp_path: Path, folder: Path | None = None, dataset: str | None = None, said: list | None = None):
    say = (said if said is not None else []).append
    return open_images(folder, dataset, tmp_path / "pack", min_side_px=8, max_bad_share=0.5, say=say)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


def test_a_folder_and_the_same_folder_as_a_data_set_hold_the_same_images(photos, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    from_folder = opened(tmp_path, folder=photos)
    from_rows = opened(tmp_path / "rows", dataset=str(photos))
    assert len(from_folder) == len(from_rows) == 3
    for number in range(3):
        assert np.array_equal(from_folder[number], from_rows[number])


def test_colours_hidden_by_transparency_are_not_trained_on(photos, tmp_path):
    logo = np.full((16, 16, 4), (255, 0, 255, 0), np.uint8)
    logo[4:12, 4:12] = (90, 140, 200, 255)
    Image.fromarray(logo).save(photos / "0.png")
    Image.new("RGBA", (16, 16), (9, 9, 9, 0)).save(photos / "1.png")
    said: list[str] = []
    images = opened(tmp_path, folder=photos, said=said)
    assert (images[0] == (90, 140, 200)).all()
    assert len(images) == 2
    assert "every pixel is transparent" in said[0]


@pytest.mark.parametrize("number", [0, 2])
def test_r11_a_broken_image_of_a_data_set_is_named_and_left_out(photos, tmp_path, monkeypatch, number):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (photos / f"{number}.png").write_bytes(b"\x89PNG")
    said: list[str] = []
    assert len(opened(tmp_path, dataset=str(photos), said=said)) == 2
    assert len(said) == 1
    assert f"row {number}: " in said[0]
    assert f"{number}.png" in said[0]


def test_skipped_images_are_named(photos, tmp_path):
    (photos / "9.png").write_bytes(b"no image")
    said: list[str] = []
    assert len(opened(tmp_path, folder=photos, said=said)) == 3
    assert len(said) == 1
    assert "9.png" in said[0]


def test_neither_means_drawn_scenes(tmp_path):
    scenes = opened(tmp_path)
    assert len(scenes) == NUM_SYNTHETIC_IMAGES
    assert scenes[0].shape == (192, 192, 3)


def test_r12_an_empty_data_set_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty: the data set cannot be opened"):
        opened(tmp_path, dataset=str(tmp_path / "empty"))


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(DataError, match="no column 'image'; its columns are photo"):
        dataset_images([{"photo": None}])


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere: no such folder"):
        opened(tmp_path, folder=tmp_path / "nowhere")
