"""What a batch promises: the same image under two sentences, exact answers, decided by (seed, step) alone."""

from functools import partial

import numpy as np
import pytest
import torch

from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.sampling import Patches, sample_kinds
from srgan_prompt.errors import ConfigError
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.operators.corruptions import Codec, Noise, round_trip
from srgan_prompt.operators.degradations import Degradations, Stage, degrade
from srgan_prompt.operators.filters import Blur, Resample, blur, down, reduce, there_and_back, up
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.operators.tone import apply_tone, edit
from srgan_prompt.prompts.operations import Request, plain_request

ASKED = [
    Request(),
    plain_request("grayscale"),
    plain_request("darken"),
    plain_request("crisp"),
    plain_request("restore"),
]


def make(asked=ASKED, images=None, scale=4, seed=0, prompts=None, **data):
    rng = np.random.default_rng(0)
    images = images or [rng.integers(0, 256, (70, 90, 3), dtype=np.uint8) for _ in range(3)]
    bank = PromptBank(torch.eye(len(asked)), as_tensors(asked))
    data = {"patch_px": 8, "margin_px": 4, "batch_images": 64, **data}
    config = TrainConfig(data=data, prompts=prompts or {}, generator={"scale": scale}, seed=seed)
    return BatchMaker(images, bank, config, torch.device("cpu"))


def tensors(batch):
    return [batch.lr, batch.target, batch.text, batch.wrong_text, batch.crisp]


def test_shapes_and_ranges():
    batch = make()(0)
    assert [tuple(each.shape) for each in tensors(batch)] == [(64, 3, 8, 8), (64, 3, 32, 32), (64, 5), (64, 5), (64,)]
    for image in (batch.lr, batch.target):
        assert image.dtype == torch.float32
        assert image.is_contiguous(memory_format=torch.channels_last)
        assert image.min() >= 0
        assert image.max() <= 1
    assert torch.equal((batch.lr * 255).round() / 255, batch.lr)  # a file has 8 bits


def test_a_batch_follows_from_seed_and_step_alone():
    first, again, elsewhere, other_seed = make()(3), make()(3), make()(4), make(seed=1)(3)
    assert all(map(torch.equal, tensors(first), tensors(again)))
    assert not torch.equal(first.lr, elsewhere.lr)
    assert not torch.equal(first.lr, other_seed.lr)


def test_processes_together_hold_what_one_would():
    whole, parts = make()(5), [make()(5, rank, 4) for rank in range(4)]
    for one, *others in zip(*map(tensors, [whole, *parts]), strict=True):
        assert torch.equal(one, torch.cat(others))


@pytest.mark.parametrize("side_px", [48, 70])
def test_r12_one_image_of_the_size_of_the_window_fills_any_batch(side_px):
    """Images are drawn with replacement: fewer than a batch are no error. Smaller ones are: ``test_data_pack.py``."""
    batch = make(images=[np.random.default_rng(0).integers(0, 256, (side_px, side_px, 3), dtype=np.uint8)])(0)
    assert batch.lr.shape == (64, 3, 8, 8)
    assert len(batch.lr.flatten(1).unique(dim=0)) > 40


def test_images_that_cannot_be_shared_out_are_refused():
    with pytest.raises(ConfigError, match=r"64 samples cannot be shared by 3 processes; give a multiple of 6\.$"):
        make()(0, 0, 3)


def test_the_same_image_twice_with_different_requests():
    """Images are flat and of one colour each, so an input tells which it is, whatever was cut and turned."""
    images = [np.full((64, 64, 3), value, np.uint8) for value in range(40, 240)]
    batch = make(images=images, prompts={"clean_share": 1.0, "empty_share": 0.0})(0)
    level = batch.lr.mean(dim=(1, 2, 3)).view(-1, 2)
    assert torch.allclose(level[:, 0], level[:, 1], atol=1e-6)
    assert len(level[:, 0].unique()) > 20
    number = batch.text.argmax(dim=1)
    assert (number.view(-1, 2)[:, 0] != number.view(-1, 2)[:, 1]).float().mean() > 0.6  # 4 in 5 by chance
    for row in range(64):
        colour = batch.lr[row].mean().item()
        wanted = colour - 0.5 * colour * (1 - colour) if number[row] == 2 else colour  # "darken" at its plain amount
        assert batch.target[row].mean().item() == pytest.approx(wanted, abs=2e-6)


def test_the_wrong_sentence_is_the_siblings_or_another():
    batch = make()(1)
    siblings = batch.text.view(-1, 2, 5).flip(1).flatten(0, 1)
    same = siblings.eq(batch.text).all(dim=1)
    assert 0 < same.sum() < 64
    assert torch.equal(batch.wrong_text[~same], siblings[~same])
    assert batch.wrong_text[same].sum(dim=1).tolist() == [1] * int(same.sum())


@pytest.mark.parametrize("per_image", [1, 2, 4])
def test_the_wrong_sentence_never_says_the_same(per_image):
    batch = make(asked=ASKED[1:3], prompts={"empty_share": 0.5}, sentences_per_image=per_image)(1)
    assert batch.wrong_text.ne(batch.text).any(dim=1).all()


def test_the_only_sentence_there_is_stands_for_the_wrong_one():
    batch = make(asked=ASKED[1:2], prompts={"empty_share": 0.0})(1)
    assert torch.equal(batch.wrong_text, batch.text)


@pytest.mark.parametrize("share", [0.0, 0.15, 1.0])
def test_the_share_of_empty_prompts_is_honoured(share):
    maker = make(asked=ASKED[1:], prompts={"empty_share": share})
    empty = torch.cat([maker(step).text.eq(0).all(dim=1) for step in range(15)])
    assert empty.float().mean().item() == pytest.approx(share, abs=0.04)  # 960 samples: three deviations at 0.15


def test_an_empty_prompt_asks_for_nothing():
    batch = make(asked=[plain_request("grayscale", "crisp")], prompts={"empty_share": 0.5, "clean_share": 1.0})(0)
    spoken = batch.text.ne(0).any(dim=1)
    spread = (batch.target.amax(dim=1) - batch.target.amin(dim=1)).amax(dim=(1, 2))
    assert 0 < spoken.sum() < 64
    assert spread[spoken].max() < 1e-5
    assert spread[~spoken].min() > 0.1
    assert torch.equal(batch.crisp, spoken.float())


def test_removed_degradations_are_common_and_clean_images_as_frequent_as_asked():
    rngs = [np.random.default_rng(k) for k in range(2000)]
    present = np.stack([sample_kinds(np.array([True, False, False]), 0.25, 0.4, rng) for rng in rngs])
    assert present.mean(axis=0) == pytest.approx([0.75 * 0.85, 0.75 * 0.4, 0.75 * 0.4], abs=0.035)


def test_the_answer_is_the_formula_of_the_whole_image_cut_afterwards():
    """``target`` computes only what is kept; this is the definition in the docstring of ``degradations``, in full."""
    hr = torch.rand(3, 3, 48, 48, generator=torch.Generator().manual_seed(0))
    what = [
        Degradations(
            Stage(Blur("gaussian", 1.0), Noise("gaussian", 0.1), Codec("jpeg", 30)),
            Resample(0.7, "area", "bilinear"),
            Stage(Blur("defocus", 0.6), Noise("grey", 0.03), Codec("webp", 70)),
        ),
        Degradations(Stage(None, Noise("grain", 0.05), Codec("jpeg", 50))),
        Degradations(Stage(Blur("motion", 1.4), Noise("shot", 0.1))),
    ]
    damage = degrade(hr, what, 4, [np.random.default_rng(k) for k in range(3)])
    rows = torch.tensor([0, 0, 1, 2, 2])
    removed = torch.tensor([[0, 0, 0], [1, 0.5, 0], [0.3, 1, 1], [0, 0, 0], [1, 1, 1.0]])
    answer = torch.cat([_answer(hr, what, damage.noise, row, one) for row, one in zip(rows, removed, strict=True)])
    assert torch.allclose(damage.target(rows, removed), answer, atol=1e-5, rtol=0)
    assert torch.allclose(damage.target(rows, removed)[4], hr[2], atol=1e-6)
    patches = Patches.sample(12, 8, [np.random.default_rng(k) for k in range(5)])
    lr, cropped = damage.lr_and_target(rows, removed, partial(patches.crop, scale=4))
    assert torch.allclose(patches.augment(cropped), patches.cut(answer, 4), atol=1e-5, rtol=0)
    assert (lr - damage.lr).abs().max() < 1e-6


def _answer(hr, what, noise, row, removed):
    """The equations, as they stand there, for one image."""
    hr, what, (noise_1, noise_2) = hr[row][None], what[row], (each[row][None] for each in noise)
    blur_left, noise_left, jpeg_left = 1 - removed

    def upload(image, scale=1):
        return blur(there_and_back(image, [what.resample], scale), [what.second.blur], scale)

    blurred_once, small_hr = blur(hr, [what.first.blur], 4), reduce(hr, 4)
    once = torch.lerp(small_hr, reduce(blurred_once, 4), blur_left).clamp(0, 1)
    twice = torch.lerp(small_hr, upload(reduce(blurred_once, 4)), blur_left).clamp(0, 1)
    faults = noise_left * noise_1
    faults = faults + jpeg_left * (round_trip(once + faults, [what.first.codec]) - (once + faults))
    noisy = twice + upload(faults) + noise_left * noise_2
    kept = noisy + jpeg_left * (round_trip(noisy, [what.second.codec]) - noisy)
    base = torch.lerp(hr, upload(blurred_once, 4), blur_left)
    return (base + up(kept - down(base, 4), 4)).clamp(0, 1)


def test_tone_is_the_edit_of_the_whole():
    image = np.random.default_rng(3).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    options = {"images": [image], "prompts": {"clean_share": 1.0, "empty_share": 0.0}}
    plain, toned = (make(asked=[asked], **options)(2) for asked in (Request(), plain_request("sepia")))
    assert torch.equal(plain.lr, toned.lr)
    assert torch.allclose(toned.target, edit(plain.target, {"sepia": 1.0}), atol=1e-6)
    assert torch.equal(apply_tone(plain.target, torch.zeros(64, 3, 7)), plain.target)
