"""R11, R12: bad images are named and left out, bad folders refused, and a pack vouches for itself."""

import errno
import io
import json

import numpy as np
import pytest
from disk_faults import failing_disk
from PIL import Image

from srgan_prompt.config import DataConfig
from srgan_prompt.data.image_cache import ImageCache, build_cache, folder_images, open_cache
from srgan_prompt.data.images import dataset_images, open_images
from srgan_prompt.errors import DataError, OutputError


def image(number, height=20, width=24):
    return np.random.default_rng(number).integers(0, 256, (height, width, 3), dtype=np.uint8)


def row(number):
    content = io.BytesIO()
    Image.fromarray(image(number)).save(content, "PNG")
    return {"image": {"bytes": content.getvalue(), "path": None}}


@pytest.fixture
def photos(tmp_path):
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for number in range(10):
        Image.fromarray(image(number)).save(folder / ("more" if number % 2 else ".") / f"{number}.png")
    return folder


def open_(photos, tmp_path, min_side_px=16, max_bad_share=0.2):
    return open_cache(folder_images(photos), tmp_path / "pack", min_side_px=min_side_px, max_bad_share=max_bad_share)


def test_the_pack_holds_the_pixels(photos, tmp_path):
    (photos / "notes.txt").write_text("not an image")
    pack = open_(photos, tmp_path)
    assert [entry.name for entry in pack.entries] == [f"{n}.png" for n in range(0, 10, 2)] + [
        f"more/{n}.png" for n in range(1, 10, 2)
    ]
    for number, index in zip((0, 2, 4, 6, 8, 1, 3, 5, 7, 9), range(10), strict=True):
        assert np.array_equal(pack[index], image(number))
    assert pack.skipped == {}
    assert sorted(path.name for path in (tmp_path / "pack").iterdir()) == ["index.json", "pixels.u8"]


def test_a_pack_is_made_once_and_again_when_the_folder_changes(photos, tmp_path, monkeypatch):
    open_(photos, tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Image, "open", lambda *_, **__: pytest.fail("a photo was decoded again"))
        assert len(open_(photos, tmp_path)) == 10
    (photos / "4.png").unlink()
    assert len(open_(photos, tmp_path)) == 9


def test_an_edited_photo_of_the_same_name_is_decoded_anew(photos, tmp_path):
    open_(photos, tmp_path)
    Image.fromarray(image(99)).save(photos / "4.png")
    assert np.array_equal(open_(photos, tmp_path)[2], image(99))


def test_a_repaired_photo_is_no_longer_left_out(photos, tmp_path):
    whole = (photos / "4.png").read_bytes()
    (photos / "4.png").write_bytes(whole[:200])
    assert len(open_(photos, tmp_path)) == 9
    (photos / "4.png").write_bytes(whole)
    assert len(open_(photos, tmp_path)) == 10


def test_another_folder_with_the_same_names_is_another_pack(photos, tmp_path):
    open_(photos, tmp_path)
    others = tmp_path / "others"
    for path in photos.rglob("*.png"):
        other = others / path.relative_to(photos)
        other.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image(int(path.stem))).save(other)
    assert np.array_equal(open_(others, tmp_path)[0], 255 - image(0))


def test_rows_with_another_content_are_another_pack(tmp_path):
    options = {"min_side_px": 8, "max_bad_share": 0}
    open_cache(dataset_images([row(0), row(1)]), tmp_path / "pack", **options)
    pack = open_cache(dataset_images([row(0), row(2)]), tmp_path / "pack", **options)
    assert np.array_equal(pack[1], image(2))


@pytest.mark.parametrize("file", ["pixels.u8", "index.json"])
def test_a_damaged_pack_is_made_again(photos, tmp_path, file):
    open_(photos, tmp_path)
    path = tmp_path / "pack" / file
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match=r"pack: this cache of images is damaged; delete it"):
        ImageCache(tmp_path / "pack")
    assert np.array_equal(open_(photos, tmp_path)[0], image(0))


def test_one_corrupt_image_among_many_is_named_and_left_out(photos, tmp_path):
    (photos / "4.png").write_bytes((photos / "4.png").read_bytes()[:200])
    pack = open_(photos, tmp_path)
    assert len(pack) == 9
    ((name, reason),) = pack.skipped.items()
    assert name == "4.png"
    assert "4.png" in reason
    assert ImageCache(tmp_path / "pack").skipped == pack.skipped


def test_too_many_bad_images_are_an_error_that_names_the_first(photos, tmp_path):
    for number in (2, 6, 8):
        (photos / f"{number}.png").write_bytes(b"\x89PNG")
    with pytest.raises(DataError, match=r"3 of 10 images cannot be used; the first: .*2\.png"):
        open_(photos, tmp_path)
    assert list((tmp_path / "pack").iterdir()) == []


def test_r11_by_default_one_in_a_hundred_is_told_and_left_out_and_two_stop_the_run(tmp_path):
    photos, said = tmp_path / "photos", []
    photos.mkdir()
    for number in range(100):
        Image.fromarray(image(number)).save(photos / f"{number:02}.png")
    options = {"min_side_px": 16, "max_bad_share": DataConfig().max_bad_share, "say": said.append}
    (photos / "50.png").write_bytes(b"\x89PNG")
    assert len(open_images(photos, None, tmp_path / "pack", **options)) == 99
    assert len(said) == 1
    assert "50.png" in said[0]
    (photos / "51.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"2 of 100 images cannot be used; the first: .*50\.png"):
        open_images(photos, None, tmp_path / "other", **options)


@pytest.mark.parametrize(("share", "refused"), [(0.1, False), (0.0999, True)])
def test_the_tolerated_share_is_exact(photos, tmp_path, share, refused):
    (photos / "4.png").write_bytes(b"")
    if refused:
        with pytest.raises(DataError, match="1 of 10"):
            open_(photos, tmp_path, max_bad_share=share)
    else:
        assert len(open_(photos, tmp_path, max_bad_share=share)) == 9


def test_images_that_are_too_small(photos, tmp_path):
    Image.fromarray(image(0, 12, 40)).save(photos / "small.png")
    pack = open_(photos, tmp_path)
    assert pack.skipped == {"small.png": "small.png: 40x12 px is smaller than the 16 px that are needed."}
    with pytest.raises(DataError, match=r"11 of 11 images cannot be used; the first: 0.png: 24x20 px is smaller"):
        open_(photos, tmp_path, min_side_px=32)


def test_a_larger_patch_needs_another_look(photos, tmp_path):
    Image.fromarray(image(0, 18, 18)).save(photos / "small.png")
    assert len(open_(photos, tmp_path)) == 11
    assert len(open_(photos, tmp_path, min_side_px=20)) == 10


def test_empty_and_missing_folders(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"empty: no .* files found\. Give a folder of photos\.$"):
        open_(tmp_path / "empty", tmp_path)
    with pytest.raises(DataError, match=r"nowhere: no such folder; give a folder of photos\.$"):
        open_(tmp_path / "nowhere", tmp_path)
    with pytest.raises(DataError, match="holds no images"):
        build_cache([], tmp_path / "pack", min_side_px=1, max_bad_share=1)


def test_a_full_disk_is_one_error_and_leaves_no_half_cache(photos, tmp_path, monkeypatch):
    first_write = 3  # after the folder is made and the file opened
    with (
        failing_disk(monkeypatch, first_write, OSError(errno.ENOSPC, "No space left on device")),
        pytest.raises(OutputError, match=r"pixels.u8: cannot be written \(No space left on device\)"),
    ):
        open_(photos, tmp_path)
    assert list((tmp_path / "pack").iterdir()) == []


def test_sixteen_bit_images_are_rounded_to_eight(tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    values = np.array([[0, 128, 129, 385, 386, 65535]] * 4, np.uint16)
    Image.fromarray(values).save(photos / "deep.png")
    pack = open_(photos, tmp_path, min_side_px=1)
    assert pack[0][0, :, 0].tolist() == [0, 0, 1, 1, 2, 255]  # rounded, as everywhere


def test_rows_of_a_data_set(tmp_path):
    pack = build_cache(dataset_images([row(0), row(1), row(2)]), tmp_path / "pack", min_side_px=8, max_bad_share=0)
    assert [entry.name for entry in pack.entries] == ["row 0", "row 1", "row 2"]
    assert np.array_equal(pack[2], image(2))


@pytest.mark.parametrize(
    "bad",
    [{"bytes": b"\x89PNG", "path": None}, {"bytes": None, "path": "nowhere.png"}, {"bytes": None, "path": None}, None],
    ids=["broken", "gone", "empty", "none"],
)
def test_r11_a_row_without_an_image_is_named_and_left_out(tmp_path, bad):
    rows = [{"image": bad}, row(1)]
    pack = build_cache(dataset_images(rows), tmp_path / "pack", min_side_px=8, max_bad_share=0.5)
    assert [entry.name for entry in pack.entries] == ["row 1"]
    assert pack.skipped["row 0"].startswith("row 0: ")


def test_reading_is_lazy(photos):
    (photos / "4.png").write_bytes(b"")
    assert len(folder_images(photos)) == 10


def test_the_index_is_plain_json(photos, tmp_path):
    open_(photos, tmp_path)
    index = json.loads((tmp_path / "pack" / "index.json").read_text())
    assert index["entries"][1] == {"name": "2.png", "offset_bytes": 1440, "height": 20, "width": 24}
