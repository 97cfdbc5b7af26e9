from collections import Counter

import numpy as np
import pytest

from srgan_prompt.config import StrengthsConfig, TrainConfig
from srgan_prompt.data.degradation_sampling import sample_degradations
from srgan_prompt.errors import ConfigError
from srgan_prompt.network_config import parse
from srgan_prompt.operators.corruptions import NOISE_KINDS
from srgan_prompt.operators.degradations import Degradations

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
