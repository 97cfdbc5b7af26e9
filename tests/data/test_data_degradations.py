import io
from dataclasses import fields

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image as PilImage
from torch import Tensor
from torch.testing import assert_close

from srgan_prompt.data.degradations import (
    REMOVABLE,
    Degradations,
    blur,
    degrade,
    down,
    jpeg,
    sample_degradations,
    sample_noise,
    up,
)
from srgan_prompt.data.scenes import draw_scene


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


def damage(num_images: int, **present: float) -> Degradations:
    """``num_images`` times the same faults; what is not named is absent."""
    names = [field.name for field in fields(Degradations)]
    return Degradations(**{name: torch.full((num_images,), present.get(name, 0.0)) for name in names})


ALL = {"blur_sigma_px": 1.0, "gaussian_std": 0.06, "jpeg_quality": 40.0}


@pytest.fixture(scope="module")
def scenes() -> Tensor:
    """Three drawn pictures (3, 3, 96, 96)."""
    drawn = np.stack([draw_scene(seed, 96) for seed in range(3)])
    return torch.from_numpy(drawn).permute(0, 3, 1, 2).float().div(255)


@pytest.mark.parametrize("sigma_px", [0.6, 1.6, 4.0])
def test_blur_spreads_a_point_by_its_sigma(sigma_px):
    point = torch.zeros(1, 3, 65, 65)
    point[..., 32, 32] = 1
    spread = blur(point, torch.tensor([sigma_px]))
    distance = torch.arange(65) - 32.0
    assert spread[0].sum(dim=(1, 2)).tolist() == pytest.approx([1, 1, 1], abs=1e-4)
    for across in (1, 2):
        profile = spread[0].sum(dim=across)
        assert (profile * distance**2).sum(dim=1).sqrt().tolist() == pytest.approx([sigma_px] * 3, rel=0.02)


def test_blur_of_0_is_bit_equal_also_beside_a_blurred_picture(scenes):
    assert torch.equal(blur(scenes, torch.zeros(3)), scenes)
    blurred = blur(scenes, torch.tensor([0.0, 2.0, 0.0]))
    assert torch.equal(blurred[0], scenes[0])
    assert (blurred[1] - scenes[1]).abs().mean() > 0.005


def test_blur_fits_into_the_smallest_picture():
    assert blur(torch.rand(1, 3, 4, 6), torch.tensor([3.0])).isfinite().all()


def grey(value: float, num_images: int = 1, side_px: int = 128) -> Tensor:
    return torch.full((num_images, 3, side_px, side_px), value)


@pytest.mark.parametrize("std", [8 / 255, 40 / 255])
@pytest.mark.parametrize("kind", ["gaussian_std", "grain_std"])
def test_noise_has_its_deviation_whatever_the_signal(kind, std):
    for value in (0.1, 0.9):
        noise = sample_noise(grey(value), damage(1, **{kind: std}), generators(0))
        assert noise.std().item() == pytest.approx(std, rel=0.03)
        assert noise.mean().item() == pytest.approx(0, abs=std / 20)


def test_gaussian_noise_is_independent_between_channels_and_pixels():
    noise = sample_noise(grey(0.5), damage(1, gaussian_std=0.1), generators(0))[0]
    assert torch.corrcoef(noise.flatten(1)).fill_diagonal_(0).abs().max() < 0.03
    assert abs((noise[0, 1:] * noise[0, :-1]).mean() / noise[0].var()) < 0.03


def test_grain_is_grey_and_soft():
    noise = sample_noise(grey(0.5), damage(1, grain_std=0.1), generators(0))[0]
    assert torch.equal(noise[0], noise[1])
    assert torch.equal(noise[1], noise[2])
    neighbours = (noise[0, 1:] * noise[0, :-1]).mean() / noise[0].var()
    assert neighbours.item() == pytest.approx(0.5, abs=0.05)  # a 2 x 2 mean shares half of its pixels with the next


@pytest.mark.parametrize("signal", [0.0, 0.25, 1.0])
def test_shot_noise_grows_with_the_root_of_the_signal(signal):
    noise = sample_noise(grey(signal), damage(1, shot_std=0.1), generators(0))
    assert noise.std().item() == pytest.approx(0.1 * signal**0.5, rel=0.03)


def pillow_jpeg(image: Tensor, quality: int) -> Tensor:
    pixels = image[0].mul(255).round().byte().permute(1, 2, 0).numpy()
    file = io.BytesIO()
    PilImage.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    with PilImage.open(file) as coded:  # noqa: TID251 - bytes of our own making
        return torch.from_numpy(np.array(coded)).permute(2, 0, 1)[None].float().div(255)


@pytest.mark.parametrize("quality", [20, 40, 60])
def test_jpeg_is_close_to_pillows(scenes, quality):
    """Kornia rounds softly, so it is not equal: on flat drawn colours a third of what compression does in all."""
    ours = jpeg(scenes[:1], torch.tensor([float(quality)]))
    theirs = pillow_jpeg(scenes[:1], quality)
    damage_done = (theirs - scenes[:1]).abs().mean()
    assert (ours - theirs).abs().mean() < 0.35 * damage_done
    assert (ours - theirs).abs().mean() < 3 / 255
    assert (ours - scenes[:1]).abs().mean().item() == pytest.approx(damage_done.item(), rel=0.1)


def test_jpeg_of_0_is_bit_equal_and_lower_qualities_cost_more(scenes):
    assert torch.equal(jpeg(scenes, torch.zeros(3)), scenes)
    coded = jpeg(scenes[:1].expand(3, -1, -1, -1), torch.tensor([0.0, 60.0, 20.0]))
    loss = (coded - scenes[:1]).abs().mean(dim=(1, 2, 3))
    assert loss[0] == 0
    assert loss[2] > 1.3 * loss[1] > 0


def test_jpeg_takes_any_size():
    for size in ((1, 1), (17, 23), (8, 40)):
        assert jpeg(torch.rand(1, 3, *size), torch.tensor([50.0])).shape == (1, 3, *size)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_up_and_down_are_bicubic_interpolation_and_undo_each_other_for_smooth_pictures(scale):
    image = torch.rand(2, 3, 7 * scale, 9 * scale, generator=torch.Generator().manual_seed(0))
    options = {"mode": "bicubic", "align_corners": False}
    assert_close(up(image, scale), F.interpolate(image, scale_factor=scale, **options), atol=1e-5, rtol=0)
    smaller = F.interpolate(image, scale_factor=1 / scale, antialias=True, **options)
    assert_close(down(image, scale), smaller.clamp(0, 1), atol=1e-5, rtol=0)
    ramp = torch.linspace(0.2, 0.8, 24).expand(1, 3, 24, 24)
    assert_close(down(up(ramp, scale), scale)[..., 3:-3], ramp[..., 3:-3], atol=1e-3, rtol=0)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nothing_present_leaves_the_original_and_its_reduction(scenes, scale):
    done = degrade(scenes, damage(3), scale, generators(0, 1, 2))
    assert torch.equal(done.lr, down(scenes, scale).mul(255).round().div(255))
    for removed in (torch.zeros(3, 3), torch.ones(3, 3), torch.full((3, 3), 0.3)):
        assert torch.equal(done.target(torch.arange(3), removed), scenes)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_everything_removed_leaves_the_original_bit_for_bit(scenes, scale):
    done = degrade(scenes, damage(3, **ALL), scale, generators(0, 1, 2))
    assert (done.lr - down(scenes, scale)).abs().mean() > 0.02
    assert torch.equal(done.target(torch.arange(3), torch.ones(3, 3)), scenes)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_nothing_removed_leaves_an_answer_that_reduces_to_the_input(scenes, scale):
    done = degrade(scenes, damage(3, **ALL), scale, generators(0, 1, 2))
    kept = down(done.target(torch.arange(3), torch.zeros(3, 3)), scale)
    clean = down(scenes, scale)
    assert (kept - done.lr).abs().mean() < 0.4 * (clean - done.lr).abs().mean()
    assert np.corrcoef((kept - clean).flatten(), (done.lr - clean).flatten())[0, 1] > 0.9


@pytest.mark.parametrize("fault", range(3), ids=REMOVABLE)
def test_removing_a_share_lies_between_none_and_all(scenes, fault):
    only = dict([list(ALL.items())[fault]])
    done = degrade(scenes[:1], damage(1, **only), 4, generators(0))
    shares = torch.zeros(5, 3)
    shares[:, fault] = torch.tensor([0.0, 0.25, 0.5, 0.75, 1.0])
    answers = done.target(torch.zeros(5, dtype=torch.long), shares)
    left = (answers - scenes[:1]).abs().mean(dim=(1, 2, 3))
    assert_close(left / left[0], torch.tensor([1.0, 0.75, 0.5, 0.25, 0.0]), atol=0.04, rtol=0)


def test_removing_one_fault_leaves_the_others(scenes):
    done = degrade(scenes, damage(3, **ALL), 4, generators(0, 1, 2))
    rows = torch.arange(3)
    deblurred = done.target(rows, torch.tensor([[1.0, 0.0, 0.0]]).expand(3, -1))
    denoised = done.target(rows, torch.tensor([[0.0, 1.0, 1.0]]).expand(3, -1))
    assert (deblurred - scenes).abs().mean() > 0.01
    assert_close(denoised, done.blurred, atol=1e-6, rtol=0)


def test_rows_choose_the_picture(scenes):
    done = degrade(scenes, damage(3, **ALL), 4, generators(0, 1, 2))
    removed = torch.full((2, 3), 0.5)
    twice = done.target(torch.tensor([2, 2]), removed)
    assert torch.equal(twice[0], twice[1])
    assert_close(twice[:1], done.target(torch.tensor([0, 2]), removed)[1:], atol=1e-6, rtol=0)


def test_a_seed_decides_everything(scenes):
    present = np.ones((3, 3), bool)
    first, second = (
        degrade(scenes, sample_degradations(present, rngs), 4, rngs)
        for rngs in (generators(5, 6, 7), generators(5, 6, 7))
    )
    assert torch.equal(first.lr, second.lr)
    rngs = generators(8, 6, 7)
    assert not torch.equal(degrade(scenes, sample_degradations(present, rngs), 4, rngs).lr[0], first.lr[0])


@pytest.mark.parametrize("picture", range(3))
def test_a_picture_does_not_notice_its_batch(scenes, picture):
    """The sigmas differ a lot: the widest blur of a batch must not change the narrow ones."""
    what = Degradations(
        blur_sigma_px=torch.tensor([0.6, 1.6, 0.0]),
        gaussian_std=torch.tensor([0.05, 0.0, 0.0]),
        grain_std=torch.tensor([0.0, 0.1, 0.0]),
        shot_std=torch.tensor([0.0, 0.0, 0.15]),
        jpeg_quality=torch.tensor([0.0, 30.0, 60.0]),
    )
    one = slice(picture, picture + 1)
    alone_what = Degradations(*(getattr(what, field.name)[one] for field in fields(what)))
    together = degrade(scenes, what, 4, generators(0, 1, 2))
    alone = degrade(scenes[one], alone_what, 4, generators(picture))
    assert_close(together.noise[one], alone.noise, atol=1e-4, rtol=0)
    assert_close(together.blurred[one], alone.blurred, atol=1e-4, rtol=0)
    assert (together.lr[one] - alone.lr).abs().max() < 1.5 / 255  # 8-bit rounding may fall the other way
    assert ((together.lr[one] - alone.lr).abs() > 0).float().mean() < 0.01


def test_sampled_strengths_are_those_that_are_present():
    present = np.array([[True, False, False], [False, True, True], [False, False, False]] * 30)
    what = sample_degradations(present, generators(*range(90)))
    noise = torch.stack([what.gaussian_std, what.grain_std, what.shot_std])
    assert torch.equal(what.blur_sigma_px > 0, torch.from_numpy(present[:, 0]))
    assert torch.equal((noise > 0).sum(0), torch.from_numpy(present[:, 1]).long())  # exactly one kind of noise
    assert torch.equal(what.jpeg_quality > 0, torch.from_numpy(present[:, 2]))
    assert (noise > 0).any(dim=1).all()  # and every kind occurs
    assert what.blur_sigma_px.max() <= 1.6
    assert noise.max() <= 40 / 255
    assert what.jpeg_quality.max() <= 60


def test_moving_to_a_device_keeps_the_values():
    what = damage(2, **ALL).to(torch.device("cpu"))
    assert what.gaussian_std.tolist() == pytest.approx([0.06, 0.06])
