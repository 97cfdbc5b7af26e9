from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from srgan_prompt.data.sampling import sample_degradations
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.operators.corruptions import Codec, Noise, round_trip, to_8_bits
from srgan_prompt.operators.degradations import REMOVABLE, Degradations, Stage, degrade
from srgan_prompt.operators.filters import Blur, Resample, blur, down, there_and_back

CAMERA = Stage(Blur("gaussian", 1.0), Noise("gaussian", 0.06), Codec("jpeg", 40))
UPLOAD = Stage(Blur("motion", 0.8, angle_rad=0.5), Noise("grain", 0.03), Codec("webp", 60, offset_px=(3, 9)))
ONCE, TWICE = Degradations(CAMERA), Degradations(CAMERA, Resample(0.7, "area", "bicubic"), UPLOAD)
PARTS = ("blur", "noise", "codec")  # of a stage, in the order of REMOVABLE
ORDERS = pytest.mark.parametrize("what", [ONCE, TWICE], ids=["first", "second"])
SCALES = pytest.mark.parametrize("scale", [2, 3, 4])


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


def changed(what: Degradations, **absent: None) -> Degradations:
    """``what`` without the named parts of both stages; resampling goes with the blur."""
    first, second = (replace(stage, **absent) for stage in (what.first, what.second))
    return Degradations(first, None if "blur" in absent else what.resample, second)


def lacking(what: Degradations, fault: int) -> Degradations:
    """``what`` without the kind ``fault``, a place in REMOVABLE."""
    return changed(what, **{PARTS[fault]: None})


def only(what: Degradations, fault: int) -> Degradations:
    """``what`` with the kind ``fault`` alone."""
    return changed(what, **{part: None for part in PARTS if part != PARTS[fault]})


@pytest.fixture(scope="module")
def scenes() -> Tensor:
    """Three drawn images (3, 3, 96, 96)."""
    drawn = np.stack([draw_synthetic_image(seed, 96) for seed in range(3)])
    return torch.from_numpy(drawn).permute(0, 3, 1, 2).float().div(255)


@SCALES
def test_nothing_present_leaves_the_original_and_its_reduction(scenes, scale):
    done = degrade(scenes, [Degradations()] * 3, scale, generators(0, 1, 2))
    assert torch.equal(done.lr, to_8_bits(down(scenes, scale)))
    for removed in (torch.zeros(3, 3), torch.ones(3, 3), torch.full((3, 3), 0.3)):
        assert torch.equal(done.target(torch.arange(3), removed), scenes)


@ORDERS
@SCALES
def test_everything_removed_leaves_the_original_bit_for_bit(scenes, scale, what):
    done = degrade(scenes, [what] * 3, scale, generators(0, 1, 2))
    assert (done.lr - down(scenes, scale)).abs().mean() > 0.02
    assert torch.equal(done.target(torch.arange(3), torch.ones(3, 3)), scenes)
    assert torch.equal(done.kept(torch.arange(3), torch.ones(3, 3)), to_8_bits(down(scenes, scale)))


@ORDERS
@SCALES
def test_nothing_removed_leaves_an_answer_that_reduces_to_the_input(scenes, scale, what):
    """Not exactly: bicubic upscaling and reduction undo each other for smooth images only, and noise is not."""
    done = degrade(scenes, [what] * 3, scale, generators(0, 1, 2))
    kept = down(done.target(torch.arange(3), torch.zeros(3, 3)), scale)
    clean = down(scenes, scale)
    assert (kept - done.lr).abs().mean() < 0.4 * (clean - done.lr).abs().mean()
    assert np.corrcoef((kept - clean).flatten(), (done.lr - clean).flatten())[0, 1] > 0.9


def test_the_input_is_the_chain_of_the_docstring(scenes):
    done = degrade(scenes, [TWICE] * 3, 4, generators(0, 1, 2))
    seen = down(blur(scenes, [CAMERA.blur] * 3, 4), 4) + done.noise[0]
    seen = there_and_back(round_trip(seen, [CAMERA.codec] * 3), [TWICE.resample] * 3)
    seen = round_trip(blur(seen, [UPLOAD.blur] * 3) + done.noise[1], [UPLOAD.codec] * 3)
    assert (seen - done.lr).abs().mean() < 0.2 / 255  # now and then a sum is rounded to the other of two 8-bit values
    assert all(noise.std() > 0.02 for noise in done.noise)


def test_an_answer_that_keeps_the_blur_is_blurred_at_high_resolution_by_every_stage(scenes):
    done = degrade(scenes, [only(TWICE, 0)] * 3, 4, generators(0, 1, 2))
    twice = there_and_back(blur(scenes, [CAMERA.blur] * 3, 4), [TWICE.resample] * 3, 4)
    twice = blur(twice, [UPLOAD.blur] * 3, 4)
    assert (twice - scenes).abs().mean() > 0.01
    answer = done.target(torch.arange(3), torch.zeros(3, 3))
    assert (answer - twice).abs().mean() < 0.1 * (twice - scenes).abs().mean()


@ORDERS
@pytest.mark.parametrize("fault", range(3), ids=REMOVABLE)
def test_removing_a_share_lies_between_none_and_all(scenes, fault, what):
    done = degrade(scenes[:1], [only(what, fault)], 4, generators(0))
    shares = torch.zeros(5, 3)
    shares[:, fault] = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    answers = done.target(torch.zeros(5, dtype=torch.long), shares)
    left = (answers - scenes[:1]).abs().mean(dim=(1, 2, 3))
    # The second file meets an image whose first file is partly undone: so its share is not quite proportional.
    tolerance = 0.04 if what is ONCE or fault < 2 else 0.12
    assert_close(left / left[0], torch.tensor([1.0, 0.75, 0.5, 0.25, 0.0]), atol=tolerance, rtol=0)


@ORDERS
@pytest.mark.parametrize("fault", [1, 2], ids=REMOVABLE[1:])
def test_removing_noise_or_files_leaves_the_rest_as_if_they_had_never_been(scenes, fault, what):
    done, without = (degrade(scenes, [each] * 3, 4, generators(0, 1, 2)) for each in (what, lacking(what, fault)))
    left = done.kept(torch.arange(3), torch.eye(3)[[fault] * 3])
    assert (left - done.lr).abs().mean() > 0.01
    assert ((left - without.lr).abs() > 0).float().mean() < 0.01


def test_removing_blur_leaves_noise_and_files_as_if_it_had_never_been(scenes):
    done, without = (degrade(scenes, [each] * 3, 4, generators(0, 1, 2)) for each in (ONCE, lacking(ONCE, 0)))
    left = done.kept(torch.arange(3), torch.eye(3)[[0] * 3])
    assert (left - done.lr).abs().mean() > 0.01
    assert ((left - without.lr).abs() > 0).float().mean() < 0.01


@ORDERS
def test_removing_noise_and_files_leaves_the_blurred_image(scenes, what):
    done = degrade(scenes, [what] * 3, 4, generators(0, 1, 2))
    left = done.target(torch.arange(3), torch.tensor([0.0, 1.0, 1.0]).expand(3, -1))
    assert (left - done.blurred).abs().mean() < 0.1 * (done.blurred - scenes).abs().mean()


def test_removing_blur_does_not_bring_out_the_noise_that_later_blur_softened():
    flat = torch.full((1, 3, 128, 128), 0.5)
    noisy = Stage(Blur("gaussian", 1.0), Noise("gaussian", 0.06))
    what = Degradations(noisy, Resample(0.5, "bilinear", "bilinear"), Stage(Blur("gaussian", 0.8)))
    done = degrade(flat, [what], 4, generators(0))
    deblurred = done.kept(torch.tensor([0]), torch.tensor([[1.0, 0, 0]]))
    assert done.lr.std() < 0.03
    assert_close(deblurred, done.lr, atol=1.01 / 255, rtol=0)


def test_rows_choose_the_image(scenes):
    done = degrade(scenes, [TWICE] * 3, 4, generators(0, 1, 2))
    removed = torch.full((2, 3), 0.5)
    twice = done.target(torch.tensor([2, 2]), removed)
    assert torch.equal(twice[0], twice[1])
    assert_close(twice[:1], done.target(torch.tensor([0, 2]), removed)[1:], atol=1e-5, rtol=0)


def test_a_seed_decides_everything(scenes):
    present = np.ones((3, 3), bool)
    first, second = (
        degrade(scenes, sample_degradations(present, rngs, "second_order"), 4, rngs)
        for rngs in (generators(5, 6, 7), generators(5, 6, 7))
    )
    assert torch.equal(first.lr, second.lr)
    rngs = generators(8, 6, 7)
    assert not torch.equal(
        degrade(scenes, sample_degradations(present, rngs, "second_order"), 4, rngs).lr[0], first.lr[0]
    )


@pytest.mark.parametrize("image", range(4))
def test_an_image_does_not_notice_its_batch(scenes, image):
    """To the last bit: another one would be rounded to another 8-bit value now and then, and change a block."""
    scenes = scenes[[0, 1, 2, 0]]
    what = [
        TWICE,
        Degradations(Stage(Blur("gaussian", 0.4), Noise("colour", 0.05), Codec("jpeg", 30))),
        Degradations(),
        Degradations(Stage(Blur("defocus", 2.0), Noise("shot", 0.1)), second=Stage(codec=Codec("webp", 30))),
    ]
    one = slice(image, image + 1)
    together = degrade(scenes, what, 4, generators(0, 1, 2, 3))
    alone = degrade(scenes[one], what[one], 4, generators(image))
    assert torch.equal(together.blurred[one], alone.blurred)
    assert all(torch.equal(noise[one], its) for noise, its in zip(together.noise, alone.noise, strict=True))
    assert torch.equal(together.lr[one], alone.lr)
