"""Which files make a pair, and training on pairs: the large image is the answer, recoloured as asked."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import PairedBatches
from srgan_prompt.data.pairs import find_pairs, image_name, images_in, load_pair, open_pairs
from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.grammar.prompt_bank import build_reading_bank, empty_bank
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.training.build import build_batches, build_texts


def save(path: Path, width_px: int, height_px: int, mode: str = "RGB") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(width_px)
    pixels = rng.integers(0, 256, (height_px, width_px, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path


@pytest.mark.parametrize(
    "stem", ["baby", "baby_HR", "baby_lr", "babyx4", "baby_x4", "baby_LR_x4", "baby_x4_SR", "baby_out"]
)
def test_versions_of_an_image_share_its_name(stem):
    assert image_name(Path("folder") / f"{stem}.png") == "baby"


def test_other_names_stay():
    assert image_name(Path("img_001_SRF_4_HR.png")) == "img_001_SRF_4"
    assert image_name(Path("HR.png")) == "HR"


def test_pairs_side_by_side(tmp_path):
    for name in ("b", "a"):
        save(tmp_path / f"{name}_HR.png", 80, 64)
        save(tmp_path / f"{name}_LR.png", 20, 16)
    (tmp_path / "notes.txt").write_text("")
    pairs = find_pairs(tmp_path)
    assert [(pair.name, pair.high.name, pair.low.name) for pair in pairs] == [
        ("a", "a_HR.png", "a_LR.png"),
        ("b", "b_HR.png", "b_LR.png"),
    ]
    pair = load_pair(pairs[0], 4)
    assert (pair.low.shape, pair.high.shape) == ((16, 20, 3), (64, 80, 3))


def test_pairs_in_two_folders(tmp_path):
    save(tmp_path / "HR/0801.png", 80, 64)
    save(tmp_path / "LR/0801x4.png", 20, 16)
    (pair,) = find_pairs(tmp_path)
    assert (pair.name, pair.low.name) == ("0801", "0801x4.png")


def test_originals_alone_are_cropped_and_shrunk_by_bicubic(tmp_path):
    save(tmp_path / "a.png", 83, 66)
    pair = load_pair(find_pairs(tmp_path)[0], 4)
    assert (pair.low.shape, pair.high.shape) == ((16, 20, 3), (64, 80, 3))
    expected = Image.fromarray(pair.high).resize((20, 16), Image.Resampling.BICUBIC)
    np.testing.assert_array_equal(pair.low, np.asarray(expected))


def test_an_original_may_be_a_little_larger(tmp_path):
    save(tmp_path / "a_HR.png", 83, 66)
    save(tmp_path / "a_LR.png", 20, 16)
    assert load_pair(find_pairs(tmp_path)[0], 4).high.shape == (64, 80, 3)


def test_grey_images_become_rgb(tmp_path):
    save(tmp_path / "a_HR.png", 80, 64, "L")
    save(tmp_path / "a_LR.png", 20, 16)
    high = load_pair(find_pairs(tmp_path)[0], 4).high
    assert high.shape == (64, 80, 3)
    assert (high[..., 0] == high[..., 2]).all()


def test_sixteen_bits_are_rounded_to_eight(tmp_path):
    grey = np.array([[0, 128], [129, 65535]], np.uint16).repeat(32, 0).repeat(32, 1)
    Image.fromarray(grey).save(tmp_path / "a.png")
    high = load_pair(find_pairs(tmp_path)[0], 2).high
    assert high[[0, 0, 63, 63], [0, 63, 0, 63], 0].tolist() == [0, 0, 1, 255]


def test_missing_partner(tmp_path):
    for name in ("a", "b"):
        save(tmp_path / f"{name}_HR.png", 80, 64)
    save(tmp_path / "a_LR.png", 20, 16)
    with pytest.raises(DataError, match=r"b_HR\.png has no low-resolution image"):
        find_pairs(tmp_path)


def test_sizes_that_do_not_fit(tmp_path):
    save(tmp_path / "a_HR.png", 80, 64)
    save(tmp_path / "a_LR.png", 40, 32)
    with pytest.raises(DataError, match=r"a_LR.png \(40 x 32\) is not a_HR.png \(80 x 64\) divided by 4"):
        load_pair(find_pairs(tmp_path)[0], 4)


def test_too_small(tmp_path):
    save(tmp_path / "a.png", 80, 31)
    with pytest.raises(DataError, match="at least 32 pixels"):
        load_pair(find_pairs(tmp_path)[0], 4)


def test_empty_and_absent_folders(tmp_path):
    with pytest.raises(DataError, match="Give a folder of photos"):
        find_pairs(tmp_path)
    with pytest.raises(DataError, match="absent: no such folder"):
        find_pairs(tmp_path / "absent")


def test_photos_in_sub_folders_are_named_not_taken(tmp_path):
    save(tmp_path / "Set5/a.png", 40, 40)
    with pytest.raises(DataError, match="holds no photos itself, only in sub-folders"):
        find_pairs(tmp_path)


def test_hidden_files_are_no_photos(tmp_path):
    save(tmp_path / "a.png", 40, 40)
    (tmp_path / "._a.png").write_bytes(b"of another system")
    assert [pair.name for pair in find_pairs(tmp_path)] == ["a"]


def test_two_files_of_one_name(tmp_path):
    save(tmp_path / "a.png", 40, 40)
    save(tmp_path / "a.jpg", 40, 40)
    with pytest.raises(DataError, match=r"a.jpg and a.png"):
        images_in(tmp_path)


def test_a_broken_file_is_an_input_image_error(tmp_path):
    (tmp_path / "a.png").write_bytes(b"not an image")
    with pytest.raises(InputImageError):
        load_pair(find_pairs(tmp_path)[0], 4)


CPU = torch.device("cpu")


@pytest.fixture
def folder(tmp_path):
    """Three pairs; a small image is its large one at every fourth pixel, inverted: nothing that we would make."""
    for role in ("HR", "LR"):
        (tmp_path / "pairs" / role).mkdir(parents=True)
    for number in range(3):
        large = np.random.default_rng(number).integers(0, 256, (120, 160, 3), dtype=np.uint8)
        Image.fromarray(large).save(tmp_path / f"pairs/HR/{number}.png")
        Image.fromarray(255 - large[::4, ::4]).save(tmp_path / f"pairs/LR/{number}x4.png")
    return tmp_path / "pairs"


@pytest.fixture
def config(folder, tmp_path):
    data = {"pairs": folder, "patch_px": 8, "margin_px": 4, "batch_images": 8}
    return TrainConfig(run=tmp_path / "run", data=data, prompts={"num_wordings": 64})


def make_batches(config, bank):
    return PairedBatches(*open_pairs(config.data.pairs, config.run / "pack", config), bank, config, CPU)


def test_inputs_and_answers_are_from_one_place_of_one_pair(config):
    batch = make_batches(config, empty_bank(len(INTENTS)))(0)
    assert batch.lr.shape == (8, 3, 8, 8)
    assert batch.target.shape == (8, 3, 32, 32)
    # Mirrored large images have the pixel that the small one shows at another corner of each 4 x 4.
    corners = [batch.target[..., top::4, left::4] for top in (0, 3) for left in (0, 3)]
    found = [
        torch.stack([(1 - each)[row].sub(batch.lr[row]).abs().max() for each in corners]).min() for row in range(8)
    ]
    assert max(found) < 1e-6


def test_answers_are_recoloured_as_asked_and_otherwise_the_large_images(config):
    bank = build_reading_bank(64, 0, INTENTS)
    asked, plain = make_batches(config, bank), make_batches(config, empty_bank(len(INTENTS)))
    rngs = [np.random.default_rng(number) for number in range(8)]
    batch, same = asked.batch(rngs), plain.batch([np.random.default_rng(number) for number in range(8)])
    assert batch.text.any(dim=1).float().mean() > 0.5
    recoloured = (batch.target - same.target).flatten(1).abs().amax(dim=1) > 0
    assert 0 < recoloured.float().mean() <= 1


def test_the_same_step_gives_the_same_batch_and_ranks_share_it(config):
    batches = build_batches(config, build_texts(config), CPU, print)
    whole, again = batches(3), batches(3)
    halves = [batches(3, rank, 2) for rank in range(2)]
    for field in fields(whole):
        value = getattr(whole, field.name)
        assert torch.equal(value, getattr(again, field.name))
        if field.name != "wrong_text":
            assert torch.equal(value, torch.cat([getattr(half, field.name) for half in halves]))


def test_sizes_that_do_not_fit_are_named(config, folder):
    Image.new("RGB", (41, 30)).save(folder / "LR/1x4.png")
    with pytest.raises(
        DataError, match=r"the pair 1 has 41x30 and 160x120 px; the large one must be 4 times the small"
    ):
        make_batches(config, empty_bank(len(INTENTS)))


def test_a_folder_of_photos_holds_no_pairs(config, folder):
    with pytest.raises(DataError, match="holds no pairs; give folders HR and LR"):
        open_pairs(folder / "HR", config.run / "pack", config)


def test_one_bad_image_of_a_pair_is_an_error(config, folder):
    (folder / "LR/2x4.png").write_bytes(b"no image")
    with pytest.raises(DataError, match=r"1 of 3 images cannot be used; the first: .*2x4\.png"):
        make_batches(config, empty_bank(len(INTENTS)))
