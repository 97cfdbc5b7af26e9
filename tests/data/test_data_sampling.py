"""What is drawn for a sample: windows and patches, read off pixels that say where they are from; degradations."""

from collections import Counter

import numpy as np
import pytest
import torch
from torch import Tensor

from srgan_prompt.config import StrengthsConfig, TrainConfig, parse
from srgan_prompt.data.sampling import Patches, cut_window, sample_degradations
from srgan_prompt.errors import ConfigError
from srgan_prompt.operators.corruptions import NOISE_KINDS
from srgan_prompt.operators.degradations import Degradations


def generators(*seeds: int) -> list[np.random.Generator]:
    return [np.random.default_rng(seed) for seed in seeds]


@pytest.fixture
def image() -> np.ndarray:
    """(20, 30, 3) uint8; red is the row, green the column."""
    rows, columns = np.mgrid[:20, :30]
    return np.stack([rows, columns, rows * 0], axis=-1).astype(np.uint8)


def located(num_images: int, side_px: int) -> Tensor:
    """(B, 3, side, side); red is the row, green the column, blue the number of the image."""
    rows, columns = torch.meshgrid(torch.arange(side_px), torch.arange(side_px), indexing="ij")
    return torch.stack([torch.stack([rows, columns, torch.full_like(rows, k)]) for k in range(num_images)]).float()


def test_a_window_is_cut_out_untouched(image):
    window = cut_window(image, 8, "crop", np.random.default_rng(0))
    top, left = window[0, 0, :2]
    assert window.shape == (8, 8, 3)
    assert np.array_equal(window, image[top : top + 8, left : left + 8])


def test_windows_lie_everywhere_including_the_corners(image):
    rng = np.random.default_rng(0)
    corners = np.array([cut_window(image, 8, "crop", rng)[0, 0, :2] for _ in range(800)])
    assert corners.min(axis=0).tolist() == [0, 0]
    assert corners.max(axis=0).tolist() == [12, 22]


def test_a_window_may_be_the_whole_image(image):
    square = image[:, :20]
    assert np.array_equal(cut_window(square, 20, "crop", np.random.default_rng(0)), square)


def test_resizing_shrinks_the_largest_square_into_the_window(image):
    window = cut_window(image, 10, "resize", np.random.default_rng(0)).astype(int)
    assert window.shape == (10, 10, 3)
    assert window[..., 0].min() <= 1
    assert window[..., 0].max() >= 18  # all 20 rows are in it
    assert np.ptp(window[..., 1]) >= 17


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_input_and_answer_are_cut_and_turned_together(scale):
    lr = located(64, 12)
    hr = lr.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3)
    patches = Patches.sample(12, 8, generators(*range(64)))
    small, large = patches.cut(lr), patches.cut(hr, scale)
    assert small.shape == (64, 3, 8, 8)
    assert torch.equal(large, small.repeat_interleave(scale, dim=2).repeat_interleave(scale, dim=3))
    assert torch.equal(small[:, 2], lr[:, 2, :8, :8])  # every sample is cut out of its own image


def test_all_eight_turns_and_all_places_occur():
    small = Patches.sample(6, 4, generators(*range(400))).cut(located(1, 6).expand(400, -1, -1, -1))
    corners = {tuple(patch[:2, 0, 0].tolist()) for patch in small}
    directions = {
        (*(patch[:2, 0, 1] - patch[:2, 0, 0]).tolist(), *(patch[:2, 1, 0] - patch[:2, 0, 0]).tolist())
        for patch in small
    }
    assert len(directions) == 8
    assert {row for row, _ in corners} == {column for _, column in corners} == {0, 1, 2, 3, 4, 5}


def test_a_patch_as_large_as_the_image_is_only_turned():
    lr = located(8, 5)
    small = Patches.sample(5, 5, generators(*range(8))).cut(lr)
    assert torch.equal(small.flatten(2).sort().values, lr.flatten(2).sort().values)


def test_a_sample_does_not_notice_its_batch():
    lr = located(3, 12)
    together = Patches.sample(12, 8, generators(0, 1, 2)).cut(lr)
    for k in range(3):
        assert torch.equal(Patches.sample(12, 8, generators(k)).cut(lr[k : k + 1])[0], together[k])


EVERYTHING, NOTHING = [True, True, True], [False, False, False]


def drawn(present: list[bool], order: str, num: int = 600) -> list[Degradations]:
    return sample_degradations(np.array([present] * num), [np.random.default_rng(k) for k in range(num)], order)


@pytest.mark.parametrize("order", ["first_order", "second_order"])
@pytest.mark.parametrize(
    "present", [NOTHING, EVERYTHING, [True, False, False], [False, True, False], [False, False, True]]
)
def test_what_is_not_present_is_in_no_stage(order, present):
    for what in drawn(present, order, 100):
        first = what.first
        assert [part is not None for part in (first.blur, first.noise, first.codec)] == present
        blurred, noisy, coded = present
        assert blurred or (what.resample is None and what.second.blur is None)
        assert noisy or what.second.noise is None
        assert coded or what.second.codec is None


def test_the_first_order_is_one_blur_one_noise_and_one_jpeg():
    for what in drawn(EVERYTHING, "first_order"):
        assert what == Degradations(what.first)
        assert what.first.blur.kind == "gaussian"
        assert what.first.blur.aspect == 1
        assert 0.6 <= what.first.blur.sigma_px <= 1.6
        assert 8 / 255 <= what.first.noise.std <= 40 / 255
        assert what.first.codec.kind == "jpeg"
        assert what.first.codec.offset_px == (0, 0)
        assert 20 <= what.first.codec.quality <= 60


def test_strengths_are_often_mild_and_sometimes_strong():
    stages = [what.first for what in drawn(EVERYTHING, "second_order")]
    sigmas, stds, qualities = np.array([(s.blur.sigma_px, s.noise.std, s.codec.quality) for s in stages]).T
    for values, low, high in ((sigmas, 0.3, 2), (stds, 2 / 255, 40 / 255), (qualities, 20, 95)):
        assert low <= values.min() < low + 0.05 * (high - low)
        assert high - 0.05 * (high - low) < values.max() <= high
    assert (sigmas < 0.8).mean() == pytest.approx(np.log(0.8 / 0.3) / np.log(2 / 0.3), abs=0.06)
    assert (stds < 8 / 255).mean() == pytest.approx(np.log(4) / np.log(20), abs=0.06)


def test_every_kind_occurs():
    stages = [what.first for what in drawn(EVERYTHING, "second_order")]
    assert set(Counter(stage.noise.kind for stage in stages)) == set(NOISE_KINDS)
    assert Counter(stage.blur.kind for stage in stages)["gaussian"] == pytest.approx(300, abs=60)
    assert {stage.blur.kind for stage in stages} == {"gaussian", "motion", "defocus"}
    codecs = [stage.codec for stage in stages]
    assert {(codec.kind, codec.subsampling) for codec in codecs} >= {("jpeg", "4:2:0"), ("jpeg", "4:4:4")}
    assert np.mean([codec.kind == "webp" for codec in codecs]) == pytest.approx(0.2, abs=0.06)
    assert np.mean([codec.offset_px == (0, 0) for codec in codecs]) == pytest.approx(0.5, abs=0.07)
    assert {codec.offset_px[0] for codec in codecs} == set(range(16))


def test_half_of_the_images_pass_the_second_half_and_milder():
    uploaded = [what for what in drawn(EVERYTHING, "second_order") if what.second.codec]
    assert len(uploaded) == pytest.approx(300, abs=45)
    assert np.mean([what.resample is not None for what in uploaded]) == pytest.approx(0.7, abs=0.08)
    assert np.mean([what.second.blur is not None for what in uploaded]) == pytest.approx(0.5, abs=0.09)
    assert all(0.5 <= what.resample.factor <= 1.2 for what in uploaded if what.resample)
    assert max(what.second.blur.sigma_px for what in uploaded if what.second.blur) <= 0.8
    assert max(what.second.noise.std for what in uploaded if what.second.noise) <= 15 / 255


@pytest.mark.parametrize("order", ["first_order", "second_order"])
def test_a_seed_decides_the_strengths(order):
    assert drawn(EVERYTHING, order, 20) == drawn(EVERYTHING, order, 20)
    assert len(set(drawn(EVERYTHING, order, 20))) == 20


def test_ones_own_strengths_are_drawn_in_every_stage():
    own = {"blur_sigma_px": (3.0, 3.5), "noise_std": (0.3, 0.31), "quality": (5, 6)}
    strengths = StrengthsConfig(simple=own, camera=own, upload=own, uploaded_share=1.0)
    generators = [np.random.default_rng(number) for number in range(100)]
    for order in ("first_order", "second_order"):
        whats = sample_degradations(np.array([EVERYTHING] * 100), generators, order, strengths)
        stages = [what.first for what in whats] + [what.second for what in whats if what.second.codec]
        assert len(stages) == (100 if order == "first_order" else 200)
        assert all(3.0 <= stage.blur.sigma_px <= 3.5 for stage in stages if stage.blur)
        assert all(0.3 <= stage.noise.std <= 0.31 for stage in stages if stage.noise)
        assert all(5 <= stage.codec.quality <= 6 for stage in stages)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"noise_std": (0.2, 0.1)}, "the smaller first"),
        ({"blur_sigma_px": (0.0, 1.0)}, "above 0"),
        ({"quality": (20, 101)}, "ends at 100"),
    ],
)
def test_impossible_strengths_are_one_sentence(wrong, why):
    values = StrengthsConfig().model_dump()
    values["camera"] |= wrong
    with pytest.raises(ConfigError, match=f"x.yaml: strengths.camera: .*{why}"):
        parse(TrainConfig, {"strengths": values}, "x.yaml")
