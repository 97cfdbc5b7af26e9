"""Receipts: what is measured of two results, and what an ``Upscaler`` says of a prompt."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import TINY_READING, FewWordsReader, make_generator

from srgan_prompt.errors import PromptWarning
from srgan_prompt.images.appearance import Appearance
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.inference.receipt import NOTICEABLE, NOTICEABLE_HUE_DEG, SHOWS_IN, Receipt, measure_receipt
from srgan_prompt.inference.region import region_weights
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.operations import OPERATIONS
from srgan_prompt.prompts.reading import Reading

READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "denoise, warm, no sepia": Reading({"denoise": 1.0, "warm": 0.25}, ("sepia",)),
    }
)
PLAIN = Appearance(50, 20, 15, -4, 7.2, 0.2, 0.4)


@pytest.fixture
def photo(photo):
    """A small part of it: 24 x 32."""
    return photo[20:44, 30:62]


@pytest.fixture
def upscaler():
    return Upscaler.from_generator(make_generator(TINY_READING), reader=READER, precision="fp32")


def receipt(asked, *, hue_shift_deg=0.0, mean_change=9.0, **after):
    return Receipt(asked, PLAIN, replace(PLAIN, **after), hue_shift_deg, mean_change)


def test_the_sentence_says_first_what_was_asked_for_and_at_last_what_was_not_seen():
    done = receipt({"warm": 0.5, "denoise": 1.0, "faithful": 1.0}, warmth=6.0, chroma=17.04, noise=7.1)
    assert str(done) == (
        "against the empty prompt: warmth -4.0 -> 6.0 (warm), chroma 15.0 -> 17.0; not seen: denoise (noise 7.2 -> 7.1)"
    )
    assert (done.seen, done.not_seen) == ({"warm": "warmth"}, {"denoise": "noise"})
    both = {"deblur": 1.0, "crisp": 1.0}
    turned = receipt(both, sharpness=0.3, hue_shift_deg=-12.4)
    assert str(turned) == "against the empty prompt: sharpness +50 % (deblur, crisp), hue -12 degrees"
    assert str(receipt(both, sharpness=0.1)).endswith("sharpness -50 %; not seen: deblur, crisp (sharpness -50 %)")


def test_what_is_asked_for_the_other_way_round_is_seen_the_other_way_round():
    assert receipt({"warm": -0.5}, warmth=-10.0).seen == {"warm": "warmth"}
    assert receipt({"warm": -0.5}, warmth=6.0).not_seen == {"warm": "warmth"}


def test_what_cannot_be_seen_is_said():
    assert "hardly a change, 0.21 of 255 levels on average; not seen: denoise" in str(
        receipt({"denoise": 1.0}, mean_change=0.21)
    )
    assert "no figure changed, but pixels did by 3.0 of 255 levels" in str(receipt({}, mean_change=3.0))
    assert "understood, but not one pixel" in str(receipt({"denoise": 1.0}, mean_change=0.0))
    unmeasured = Receipt({"dejpeg": 1.0}, replace(PLAIN, blockiness=None), replace(PLAIN, blockiness=None), None, 3.0)
    assert (unmeasured.seen, unmeasured.not_seen) == ({}, {})
    flat = Receipt({"crisp": 1.0}, replace(PLAIN, sharpness=0.0), PLAIN, None, 3.0)
    assert "sharpness" not in str(flat)


def test_every_operation_with_a_figure_is_an_operation_and_names_a_figure():
    assert set(SHOWS_IN) < set(OPERATIONS)
    assert {figure for figure, _ in SHOWS_IN.values()} <= set(PLAIN.__dataclass_fields__)


def grey(level, height_px=64, width_px=64, alpha=None):
    return LoadedImage(np.full((height_px, width_px, 3), level, np.uint8), alpha)


def test_noise_and_blocks_are_measured_at_the_pixels_of_the_input():
    rng = np.random.default_rng(0)
    small = np.clip(128 + rng.normal(0, 8, (64, 64, 3)), 0, 255)
    small += np.where((np.indices((64, 64)) // 8).sum(axis=0) % 2, 20, 0)[..., None]
    large = small.round().astype(np.uint8).repeat(4, axis=0).repeat(4, axis=1)
    found = measure_receipt(LoadedImage(large), grey(128, 256, 256), (64, 64))
    assert found.unprompted.noise == pytest.approx(8, rel=0.1)
    assert found.unprompted.blockiness > 0.5
    assert found.prompted == Appearance(pytest.approx(53.6, abs=0.1), 0, 0, 0, 0, 0, 0)
    shrunk = measure_receipt(grey(128, 6, 6), grey(120, 6, 6), (64, 64))
    assert (shrunk.unprompted.blockiness, shrunk.mean_change) == (None, 8)


def test_what_is_transparent_or_outside_of_the_region_does_not_count():
    half = np.zeros((64, 64), np.uint8)
    half[:, 32:] = 255
    before, after = grey(100, alpha=half), grey(100, alpha=half)
    after.rgb[:, :28] = 0
    assert measure_receipt(before, after, (16, 16)).mean_change == 0
    assert measure_receipt(grey(100), LoadedImage(after.rgb), (16, 16)).mean_change > 40
    region = region_weights((8, 0, 16, 16), 16, 16)
    assert measure_receipt(grey(100), LoadedImage(after.rgb), (16, 16), region=region).mean_change == 0
    hidden = region_weights((0, 0, 4, 16), 16, 16)  # where nothing is visible, hidden pixels count
    assert measure_receipt(before, after, (16, 16), region=hidden).mean_change == 100


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_depths_agree(dtype):
    factor = np.iinfo(dtype).max // 255
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(dtype) * factor
    found = measure_receipt(LoadedImage(pixels), LoadedImage(pixels // 2), (16, 16))
    assert found.mean_change == pytest.approx(64, abs=0.6)
    assert found.prompted.lightness < found.unprompted.lightness


def test_a_receipt_is_made_when_it_is_asked_for(upscaler, photo):
    without, made = upscaler(photo, "brighter"), upscaler(photo, "brighter", receipt=True)
    assert without.receipt is None
    assert "receipt" not in without.details()
    np.testing.assert_array_equal(without.array, made.array)
    plain = upscaler(photo, "").array
    expected = np.abs(made.array.astype(int) - plain).mean()
    assert made.receipt.mean_change == pytest.approx(expected)
    assert made.receipt.asked == {"brighten": 0.5}
    assert made.timings["receipt"] > 0
    assert list(made.timings)[-1] == "total"
    assert made.timings["total"] == pytest.approx(sum(list(made.timings.values())[:-1]))
    told = json.loads(json.dumps(made.details()))["receipt"]
    assert told["summary"] == str(made.receipt)
    assert told["prompted"]["lightness"] == round(made.receipt.prompted.lightness, 3)


def test_every_image_of_a_list_has_its_own(upscaler, photo):
    first, second = upscaler(
        [photo, photo[:16]], ["brighter", "denoise, warm, no sepia:0.5"], strength=0.5, receipt=True
    )
    assert first.receipt.asked == {"brighten": 0.25}
    assert second.receipt.asked == {"denoise": 0.25, "warm": 0.0625}


@pytest.mark.parametrize(
    ("prompt", "strength", "sentence"),
    [
        ("", 1, "nothing was asked, so nothing was changed"),
        ("brighter", 0, "the strength is 0, so nothing was changed"),
        ("a gray wolf", 1, "nothing that this model can do was asked, so nothing was changed"),
    ],
)
@pytest.mark.filterwarnings("ignore::srgan_prompt.errors.PromptWarning")
def test_what_asks_for_nothing_needs_no_second_pass(upscaler, photo, prompt, strength, sentence):
    tiles = []
    made = upscaler(photo, prompt, strength=strength, receipt=True, progress=lambda *each: tiles.append(each))
    assert str(made.receipt) == sentence
    assert made.receipt.mean_change == 0
    assert made.receipt.prompted == made.receipt.unprompted
    assert tiles == [(1, 1)]


@pytest.mark.parametrize(
    "options", [{"scale": 2.5}, {"size_px": (20, 9)}, {"tile": 16, "overlap": 4}, {"self_ensemble": True}], ids=str
)
def test_the_unprompted_result_is_made_with_the_same_options(upscaler, photo, options):
    made = upscaler(photo, "brighter", receipt=True, **options)
    plain = upscaler(photo, "", **options)
    change = np.abs(made.array.astype(int) - plain.array)
    assert made.receipt.mean_change == pytest.approx(change.mean())
    assert made.receipt.mean_change > 0


def test_with_a_region_its_inside_is_measured(upscaler, photo):
    made = upscaler(photo, "brighter", receipt=True, region=(8, 8, 16, 16))
    change = np.abs(made.array.astype(int) - upscaler(photo, "").array)
    assert change[32:64, 32:64].mean() < made.receipt.mean_change < change[48, 48].max()


def test_grey_deep_and_transparent_images_have_receipts(upscaler, photo):
    alpha = np.where(np.arange(32) < 16, 0, 255).astype(np.uint8) * np.ones((24, 1), np.uint8)
    for image in (photo[..., 0], photo.astype(np.uint16) * 257, np.dstack([photo, alpha]), Image.fromarray(photo)):
        found = upscaler(image, "brighter", receipt=True).receipt
        assert found.mean_change > 0
        assert "against the empty prompt" in str(found)
    empty = upscaler(np.dstack([photo, 0 * alpha]), "brighter", receipt=True).receipt
    assert np.isfinite(empty.mean_change)


@pytest.mark.parametrize("engine", ["onnx", "ncnn"])
def test_the_shipped_weights_do_what_is_asked_on_other_engines_too(engine, photo):
    pytest.importorskip({"onnx": "onnxruntime"}.get(engine, engine))
    made = Upscaler.from_pretrained(engine=engine, threads=1)(photo, "make it brighter", receipt=True)
    assert made.receipt.seen == {"brighten": "lightness"}


def test_weights_of_another_project_have_nothing_to_measure(photo, tmp_path):
    compact = pytest.importorskip("spandrel.architectures.Compact").Compact
    import torch

    network = compact(num_in_ch=3, num_out_ch=3, num_feat=8, num_conv=2, upscale=4, act_type="prelu")
    torch.save({"params": network.state_dict()}, tmp_path / "compact.pth")
    upscaler = Upscaler.from_pretrained(tmp_path / "compact.pth", device="cpu")
    with pytest.warns(PromptWarning, match="another project"):
        found = upscaler(photo, "brighter", receipt=True).receipt
    assert str(found) == "nothing that this model can do was asked, so nothing was changed"


def test_the_page_names_the_differences_that_are_told():
    page = (Path(__file__).parents[2] / "docs/howto/receipt.md").read_text("utf-8")
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| (\w+) \| .* \| ([\d.]+)( %)?.* \| (.*?) ?\|$", page, re.MULTILINE)
    }
    assert set(rows) == {*NOTICEABLE, "hue"}
    assert float(rows["hue"][0]) == NOTICEABLE_HUE_DEG
    for figure, least in NOTICEABLE.items():
        number, percent, operations = rows[figure]
        assert float(number) == (100 * least if percent else least)
        assert operations.split(", ") == [name for name, (moved, _) in SHOWS_IN.items() if moved == figure]
