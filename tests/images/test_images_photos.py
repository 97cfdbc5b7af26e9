"""Photos are found and read by one rule in training, measuring and upscaling."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.images.paths import expand_inputs
from srgan_prompt.images.photos import identity_of, photos_in, read_rgb8

NAMES = ("b.png", "a.JPG", "sub/c.tif", "e.jfif", "._b.png", ".hidden/d.png", ".d.webp", "notes.txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in NAMES:
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path / "photos"


def test_training_finds_what_upscale_finds(folder):
    found = photos_in(folder)
    assert [str(path.relative_to(folder)) for path in found] == ["a.JPG", "b.png", "e.jfif", "sub/c.tif"]
    assert set(found) == {file.path for file in expand_inputs([folder], recursive=True)}


def test_a_folder_of_hidden_files_holds_no_photos(tmp_path):
    (tmp_path / "._a.png").write_bytes(b"\0\5\x16\7" + bytes(99))
    with pytest.raises(DataError, match="Give a folder of photos"):
        photos_in(tmp_path)


def test_colours_that_cannot_be_seen_are_not_read(tmp_path):
    logo = np.zeros((64, 64, 4), np.uint8)
    logo[...] = (255, 0, 255, 0)
    logo[20:40, 20:40] = (90, 140, 200, 255)
    Image.fromarray(logo).save(tmp_path / "logo.png")
    assert (read_rgb8(tmp_path / "logo.png") == (90, 140, 200)).all()


def test_an_identity_changes_with_the_file_and_its_place(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"one")
    first = identity_of(path)
    assert identity_of(path) == first
    os.utime(path, ns=(1, 1))
    assert identity_of(path) != first
    same = tmp_path / "b.png"
    same.write_bytes(b"one")
    os.utime(same, ns=(1, 1))
    assert identity_of(same) != identity_of(path)
    assert identity_of(b"one") != identity_of(b"two")
    assert identity_of(tmp_path / "gone") != identity_of(path)


def test_a_broken_photo_is_named(tmp_path):
    (tmp_path / "a.png").write_bytes(b"no image")
    with pytest.raises(InputImageError, match=r"a\.png"):
        read_rgb8(tmp_path / "a.png")
