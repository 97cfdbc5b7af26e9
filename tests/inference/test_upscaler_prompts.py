"""P1, P2, P4 and what a prompt may touch: strength, weights, negatives, regions, notes."""

import json

import numpy as np
import pytest
from PIL import Image, ImageDraw
from precisions import in_each_precision

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.tiling import RIM_PX
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, canonical

ODD_PROMPTS = [
    "",
    None,
    "   ",
    "warm " * 2000,
    "word " * 78,
    "🌅🔥",
    "اجعلها أدفأ",
    "a\0b",
    "a\ud800b",
    "a\nb",
    "<script>",
    "--help",
    "=1+1",
]


@pytest.mark.parametrize("prompt", ODD_PROMPTS, ids=ascii)
def test_p1_odd_prompts_work(upscaler, photo, prompt):
    result = upscaler(photo[:20, :20], prompt)
    assert result.array.shape == (80, 80, 3)
    cut = [note for note in result.notes if "too long" in note]
    assert cut == ["The prompt is too long: its last 1750 word pieces were not read."] * (prompt == "warm " * 2000)


def test_p4_the_longest_prompt_is_in_the_file_escaped_within_a_mebibyte_unless_switched_off(upscaler, tmp_path):
    result = upscaler(np.zeros((2, 2, 3), np.uint8), "<script>" * 200_000)
    result.save(tmp_path / "with.png")
    result.save(tmp_path / "without.png", provenance=False)
    with_it, without = (Image.open(tmp_path / name) for name in ("with.png", "without.png"))  # noqa: TID251
    text = with_it.text["srgan_prompt"]
    assert json.loads(text)["prompt"].startswith("<script>")
    assert "\\u003cscript\\u003e" in text
    assert "<" not in text
    assert len(text) <= 2**20
    assert without.text == {}


@in_each_precision
@pytest.mark.parametrize("blank", ["", "  \n", [], [("warmer", 0.0)], "warmer:0"])
def test_p2_an_empty_prompt_is_the_unprompted_path_bit_for_bit(upscaler, tiny_generator, photo, blank):
    rimmed = np.pad(photo, ((RIM_PX, RIM_PX), (RIM_PX, RIM_PX), (0, 0)), mode="symmetric")
    batch = rimmed.transpose(2, 0, 1)[None].astype(np.float32) / 255
    inner = slice(4 * RIM_PX, -4 * RIM_PX)
    plain = upscaler.model.engine.run(batch, None, None)[0].transpose(1, 2, 0)[inner, inner]
    expected = np.clip(np.rint(plain * 255), 0, 255).astype(np.uint8)
    np.testing.assert_array_equal(upscaler(photo, blank).array, expected)


@in_each_precision
def test_strength_0_is_the_empty_prompt_bit_for_bit_and_more_is_more(upscaler, photo):
    plain = upscaler(photo, "").array.astype(int)
    changes = [np.abs(upscaler(photo, "warmer", strength=s).array - plain).mean() for s in (0, 0.5, 1, 2)]
    assert changes[0] == 0
    assert changes[0] < changes[1] < changes[2] < changes[3]


def test_no_prompt_is_the_documented_default(upscaler, photo):
    result = upscaler(photo)
    assert result.settings.prompt == canonical(DEFAULT_REQUEST)
    np.testing.assert_array_equal(result.array, upscaler(photo, canonical(DEFAULT_REQUEST)).array)


@in_each_precision
def test_clauses_can_be_written_or_listed(upscaler, photo):
    written = upscaler(photo, "denoise:0.7, make it warmer:0.3")
    listed = upscaler(photo, [("denoise", 0.7), ("make it warmer", 0.3)])
    np.testing.assert_array_equal(written.array, listed.array)
    assert written.settings.prompt == "denoise:0.7, make it warmer:0.3"
    doubled = upscaler(photo, [("denoise", 2.0)], strength=0.5)
    assert (doubled.settings.prompt, doubled.settings.strength) == ("denoise:2", 0.5)
    np.testing.assert_array_equal(doubled.array, upscaler(photo, "denoise").array)


@in_each_precision
@pytest.mark.parametrize("items", [["denoise:0.7", "make it warmer:0.3"], ["denoise:0.7, make it warmer:0.3"]], ids=str)
def test_the_strings_of_a_list_are_read_like_a_string(upscaler, photo, items):
    np.testing.assert_array_equal(
        upscaler(photo, items).array, upscaler(photo, "denoise:0.7, make it warmer:0.3").array
    )


@in_each_precision
def test_a_negative_changes_a_prompt_and_nothing_else(upscaler, photo):
    assert (upscaler(photo, "warmer", negative="noise").array != upscaler(photo, "warmer").array).any()
    np.testing.assert_array_equal(upscaler(photo, "", negative="noise").array, upscaler(photo, "").array)


@pytest.mark.parametrize(
    "options",
    [{"strength": float("nan")}, {"strength": -1}, {"strength": 2.5}, {"strength": "a lot"}, {"negative": 3}],
    ids=str,
)
def test_impossible_strengths_and_negatives_are_refused(upscaler, photo, options):
    with pytest.raises(UsageError):
        upscaler(photo, "warmer", **options)


@pytest.mark.parametrize(
    "prompt", [5, [5], [("a", "b")], [("a", 1, 2)], [("a", 2.5)], [("a", -50.0)], ["a:9"], "a:9", "a:1," * 9], ids=str
)
def test_impossible_prompts_are_refused(upscaler, photo, prompt):
    with pytest.raises(UsageError, match=r"prompt|weight"):
        upscaler(photo, prompt)


def test_what_the_model_does_not_know_is_said(upscaler, tiny_generator, photo):
    import torch

    torch.nn.init.zeros_(tiny_generator.intent_head.weight)
    torch.nn.init.zeros_(tiny_generator.intent_head.bias)
    assert any("'sing a song' asks for nothing" in note for note in upscaler(photo, "sing a song").notes)
    assert upscaler(photo).notes == ()
    tiny_generator.intent_head.bias.data[3] = 0.5
    assert upscaler(photo, "sing a song").notes == ()


def test_an_encoder_of_another_length_is_refused(upscaler, photo):
    upscaler.model.sentences.embed = lambda prompts: np.ones((len(prompts), 32), np.float32)
    with pytest.raises(ModelError, match="384 numbers"):
        upscaler(photo, "warmer")


@in_each_precision
def test_a_box_changes_nothing_outside_it_and_everything_well_inside(upscaler, photo):
    for tile in ("off", 32):
        plain, full = upscaler(photo, "", tile=tile).array, upscaler(photo, "warmer", tile=tile).array
        part = upscaler(photo, "warmer", region=(10, 20, 50, 55), tile=tile).array
        inside = np.zeros(plain.shape[:2], bool)
        inside[80:220, 40:200] = True
        np.testing.assert_array_equal(part[~inside], plain[~inside])
        np.testing.assert_array_equal(part[100:200, 60:180], full[100:200, 60:180])
        assert (part[80:220, 40:200] != plain[80:220, 40:200]).any(axis=2).mean() > 0.5


def test_polygons_and_masks_agree_with_boxes(upscaler, photo):
    box = upscaler(photo, "warmer", region=(10, 20, 50, 55)).array
    mask = Image.new("L", (83, 61))
    ImageDraw.Draw(mask).rectangle((10, 20, 49, 54), fill=255)
    for region in ([(10, 20), (50, 20), (50, 55), (10, 55)], mask, np.asarray(mask) > 0, np.asarray(mask) / 255):
        np.testing.assert_array_equal(upscaler(photo, "warmer", region=region).array, box)


def test_what_is_transparent_in_a_mask_is_outside(upscaler, photo):
    box = upscaler(photo, "warmer", region=(10, 20, 50, 55)).array
    alpha = Image.new("L", (83, 61))
    ImageDraw.Draw(alpha).rectangle((10, 20, 49, 54), fill=255)
    white = Image.new("L", alpha.size, 255)
    rgba = Image.merge("RGBA", (white, white, white, alpha))
    palette = alpha.point(lambda level: level // 255, "P")
    palette.putpalette([255] * 6)
    palette.info["transparency"] = 0
    masks = [Image.merge("LA", (white, alpha)), rgba, palette]
    for mask in masks:
        np.testing.assert_array_equal(upscaler(photo, "warmer", region=mask).array, box)
    with pytest.raises(UsageError, match="holds no pixel"):
        upscaler(photo, "warmer", region=Image.new("RGBA", (83, 61), (255, 255, 255, 0)))


def test_a_deep_mask_counts_in_full(upscaler, photo):
    soft = np.zeros((61, 83), np.uint16)
    soft[10:50, 10:70] = 2**15
    by_floats = upscaler(photo, "warmer", region=soft / 65_535).array
    np.testing.assert_array_equal(upscaler(photo, "warmer", region=Image.fromarray(soft)).array, by_floats)


def test_a_thin_region_still_acts(upscaler, photo):
    line = np.zeros((61, 83), np.uint8)
    line[30] = 1
    changed = (upscaler(photo, "warmer", region=line).array != upscaler(photo, "").array).any(axis=(1, 2))
    assert changed[120:124].all()
    assert not changed[:120].any()
    assert not changed[124:].any()


@pytest.mark.parametrize(
    "region", [(5, 5, 5, 9), (100, 100, 120, 120), "box", np.zeros((61, 83)), np.ones((5, 5)), [(1, 1), (2, 2)], 7,
               (0, 0, float("nan"), 5), (0, 0, 1e30, 5)], ids=repr
)  # fmt: skip
def test_impossible_regions_are_refused(upscaler, photo, region):
    with pytest.raises(UsageError, match="region"):
        upscaler(photo, "warmer", region=region)
