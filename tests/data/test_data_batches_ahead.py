"""Batches of worker processes are those that the step would have made itself."""

import numpy as np
import pytest
import torch

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.batches_ahead import BatchesAhead
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import Request, plain_request

CPU = torch.device("cpu")


@pytest.fixture
def alone():
    asked = [Request(), plain_request("darken"), plain_request("crisp"), plain_request("restore")]
    images = [np.random.default_rng(0).integers(0, 256, (70, 90, 3), dtype=np.uint8)]
    config = TrainConfig(data={"patch_px": 8, "margin_px": 4, "batch_images": 8})
    return BatchMaker(images, PromptBank(torch.eye(len(asked)), as_tensors(asked)), config, CPU)


def equal(one, other):
    """But for the rounding of a worker's one thread."""
    names = ("lr", "target", "text", "wrong_text", "crisp")
    return all(torch.allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-6) for name in names)


def test_two_workers_give_the_same_batches_in_order_from_any_number_and_for_any_rank(alone):
    ahead = BatchesAhead(alone, 2, CPU)
    for number in (0, 1, 2, 7, 8):
        assert equal(ahead(number), alone(number))
    assert equal(ahead(9, 1, 2), alone(9, 1, 2))
    assert ahead(10, 1, 2).lr.is_contiguous(memory_format=torch.channels_last)


def test_a_wrong_share_is_one_sentence(alone):
    with pytest.raises(ConfigError, match=r"8 samples cannot be shared by 3 processes; give a multiple of 6\.$"):
        BatchesAhead(alone, 1, CPU)(0, 0, 3)


@pytest.mark.parametrize("other", [{"streaming": True}, {"instruct_pix2pix": "edits"}])
def test_what_is_streamed_has_no_workers(other):
    with pytest.raises(ValueError, match="workers make batches of decoded photos and pairs; set it to 0"):
        TrainConfig(data={"workers": 2, **other})
