"""Training on pairs: the small image goes in as it is, the large one is the answer, recoloured as asked."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.paired_batches import PairedBatches, open_pairs
from srgan_prompt.errors import DataError
from srgan_prompt.grammar.prompt_bank import build_reading_bank, empty_bank
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.training.build import build_batches, build_texts

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
