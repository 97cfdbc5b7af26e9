"""A network with several tails: which one runs, and that every promise holds for each of them."""

import numpy as np
import pytest
from tiny_models import TINY, RandomSentences, make_generator

from srgan_prompt.inference.exporting import prepare_export
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.prompt import read_prompt

SCALES = (1, 2, 3)


@pytest.fixture
def many() -> Upscaler:
    generator = make_generator(TINY.model_copy(update={"more_scales": SCALES}))
    return Upscaler.from_generator(generator, RandomSentences(), precision="fp32")


@pytest.mark.parametrize(
    ("scale", "network_scale"),
    [(None, 4), (0.5, 1), (1, 1), (1.5, 2), (2, 2), (2.01, 3), (3, 3), (3.5, 4), (4, 4), (6, 4)],
)
def test_the_smallest_tail_that_reaches_the_size_runs(many, photo, scale, network_scale):
    result = many(photo, "warmer", scale=scale)
    assert result.settings.network_scale == network_scale
    assert result.provenance()["network_scale"] == str(network_scale)
    assert result.details()["network_scale"] == network_scale
    assert result.image.size == (round(83 * (scale or 4)), round(61 * (scale or 4)))
    assert (many.scale, many.scales) == (4, (1, 2, 3, 4))


@pytest.mark.parametrize(
    ("prompt", "options", "network_scale"),
    [
        ("warmer, twice as big", {}, 2),
        ("triple the size", {}, 3),
        ("warmer", {"size_px": (83, 61)}, 1),
        ("warmer", {"size_px": (100, 183)}, 3),
        ("longest side 166", {}, 2),
    ],
)
def test_sizes_of_any_kind_choose(many, photo, prompt, options, network_scale):
    assert many(photo, prompt, **options).settings.network_scale == network_scale


@pytest.mark.parametrize("scale", SCALES)
def test_the_generators_own_pixels_come_out_and_tiles_equal_the_whole(many, photo, scale):
    whole = many(photo, "warmer", scale=scale, tile="off").array
    asked, tile = many.interpret(read_prompt("warmer")).embedding, photo.transpose(2, 0, 1)[None] / np.float32(255)
    alone = 255 * many.model.engine.at_scale(scale).run(tile, asked, None)[0].transpose(1, 2, 0).clip(0, 1)
    inner = np.s_[16 * scale : -16 * scale, 16 * scale : -16 * scale]  # beyond it the rim shows
    assert np.abs(alone[inner] - whole[inner]).max() <= 0.51
    tiled = many(photo, "warmer", scale=scale, tile=32).array
    assert np.abs(tiled.astype(int) - whole).max() <= 1


@pytest.mark.parametrize("scale", SCALES)
def test_strength_region_and_receipt_hold_at_every_scale(many, photo, scale):
    plain = many(photo, "", scale=scale)
    np.testing.assert_array_equal(many(photo, "warmer", strength=0, scale=scale).array, plain.array)
    boxed = many(photo, "warmer", region=(0, 0, 40, 61), scale=scale, receipt=True)
    np.testing.assert_array_equal(boxed.array[:, 40 * scale :], plain.array[:, 40 * scale :])
    assert boxed.receipt.mean_change > 0


@pytest.mark.parametrize("scale", SCALES)
def test_the_mean_of_eight_views_is_that_of_the_tail(many, photo, scale):
    turned = [many(np.rot90(photo, turns), "", scale=scale).array for turns in range(4)]
    turned += [many(np.rot90(photo[:, ::-1], turns), "", scale=scale).array for turns in range(4)]
    upright = [np.rot90(each, -(number % 4)) for number, each in enumerate(turned)]
    mean = np.mean([each[:, ::-1] if number >= 4 else each for number, each in enumerate(upright)], axis=0)
    views = many(photo, "", scale=scale, self_ensemble=True)
    assert views.settings.network_scale == scale
    assert np.abs(views.array - mean)[(mean > 40) & (mean < 215)].mean() < 1  # where no single view was clipped


def test_the_own_scale_gives_what_a_network_of_one_scale_gives(many, upscaler, photo):
    many.model.engine.generator.load_state_dict(upscaler.model.engine.generator.state_dict(), strict=False)
    np.testing.assert_array_equal(many(photo, "warmer").array, upscaler(photo, "warmer").array)
    assert upscaler(photo, "", scale=2).settings.network_scale == 4
    assert upscaler.scales == (4,)


def test_a_model_folder_keeps_them(many, photo, tmp_path):
    many.save_pretrained(tmp_path / "model")
    again = Upscaler.from_pretrained(tmp_path / "model", precision="fp32")
    assert again.scales == (1, 2, 3, 4)
    np.testing.assert_array_equal(again(photo, "", scale=2).array, many(photo, "", scale=2).array)


def test_an_exported_file_has_the_own_scale_alone(many):
    export = prepare_export(many, None, 1.0, None, bake=False, precision="fp32", precisions=("fp32",))
    assert export.facts.network.scales == (4,)
