"""The weights in the package do what their card says, on a photo that ships with the repository, offline."""

from dataclasses import replace
from io import BytesIO
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from precisions import PRECISIONS
from skimage.color import deltaE_ciede2000

from srgan_prompt.checkpoints.model import load_model, resolve_model
from srgan_prompt.images.color import luma
from srgan_prompt.images.profiles import ADOBE_RGB, SRGB, Primaries, build_rgb_profile, decode_gamma, decode_srgb
from srgan_prompt.images.read import read_image
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.network_config import SHIPPED, GeneratorConfig
from srgan_prompt.prompts.encoder import TextEncoder

D65 = SRGB.white
WIDE_PROFILES = {
    "Adobe RGB": (ADOBE_RGB, decode_gamma(2.2)),
    "Display P3": (Primaries(D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)), decode_srgb),
    "Rec. 2020": (Primaries(D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), decode_gamma(2.4)),
    "linear ProPhoto": (
        Primaries((0.3457, 0.3585), (0.7347, 0.2653), (0.1596, 0.8404), (0.0366, 0.0001)),
        decode_gamma(1),
    ),
}
EXAMPLES = Path(__file__).parents[1] / "examples"
MAX_PARAMETERS = 2_000_000


@pytest.fixture(scope="module", params=PRECISIONS)
def upscaler(request: pytest.FixtureRequest) -> Upscaler:
    return Upscaler.from_pretrained(precision=request.param)


@pytest.fixture(scope="module")
def plain(upscaler: Upscaler) -> np.ndarray:
    return upscaler(EXAMPLES / "quail.jpg", "").array.astype(float)


def test_small_enough_and_measured() -> None:
    model = load_model(resolve_model(None))
    assert sum(tensor.numel() for tensor in model.state.values()) <= MAX_PARAMETERS
    means = {name: each["methods"]['ours ""']["mean"] for name, each in model.documents["benchmark"]["sets"].items()}
    assert {"Set5", "Set14", "BSD100"} <= means.keys()
    card = (resolve_model(None) / "README.md").read_text()
    for mean in means.values():
        assert f"{mean['psnr_y_db']:.4g}" in card


def test_planning_knows_what_ships() -> None:
    assert GeneratorConfig(**load_model(resolve_model(None)).config).at_scale(4) == SHIPPED


def test_four_times_larger_and_sharper_than_bicubic(upscaler: Upscaler, plain: np.ndarray) -> None:
    result = upscaler(EXAMPLES / "quail.jpg", "")
    bicubic = np.asarray(result.before.resize(result.image.size, 3), float)
    assert plain.shape == bicubic.shape == (4 * 138, 4 * 192, 3)
    assert np.abs(np.diff(plain, axis=1)).mean() > 1.05 * np.abs(np.diff(bicubic, axis=1)).mean()


def test_t1_an_overlap_of_16_leaves_no_seam(upscaler: Upscaler, plain: np.ndarray) -> None:
    """Less than the network's reach of 31 px, so that neighbours are faded into each other."""
    tiled = upscaler(EXAMPLES / "quail.jpg", "", tile=64, overlap=16).array.astype(float)
    assert upscaler.model.engine.facts.receptive_radius_px > 16
    assert np.abs(tiled - plain).mean() <= 0.25
    for axis in (0, 1):
        steps, steps_whole = (np.abs(np.diff(each, axis=axis)).mean(axis=(1 - axis, 2)) for each in (tiled, plain))
        assert (steps / steps_whole).max() <= 1.05


@pytest.mark.parametrize("kind", WIDE_PROFILES)
@pytest.mark.parametrize("depth", [8, 16])
def test_saturated_colours_of_wide_profiles_are_kept(upscaler: Upscaler, kind: str, depth: int) -> None:
    """The corners of the profile's own cube, in the profile's own light; through 8-bit sRGB they were clipped."""
    primaries, decode = WIDE_PROFILES[kind]
    profile = build_rgb_profile(primaries, decode, kind)
    for corner in product((0, 255), repeat=3):
        source, out = BytesIO(), BytesIO()
        patch = np.full((24, 24, 3), corner, np.uint8)
        Image.fromarray(patch).save(source, "PNG", icc_profile=profile)
        loaded = read_image(source.getvalue())
        assert loaded.native is not None
        if depth == 16:
            loaded = replace(loaded, rgb=loaded.rgb * np.uint16(257), native=loaded.native * np.uint16(257))
        upscaler(loaded, "").save(out, format="png")
        after = read_image(out.getvalue())
        assert after.meta.icc_profile == profile
        found = after.native.reshape(-1, 3) / np.iinfo(after.native.dtype).max
        expected = np.broadcast_to(np.array(corner) / 255, found.shape)
        found_lab, expected_lab = (_lab(decode(each), primaries) for each in (found, expected))
        assert deltaE_ciede2000(found_lab, expected_lab).max() < 1


def _lab(light: np.ndarray, primaries: Primaries) -> np.ndarray:
    columns = np.array([(x / y, 1, (1 - x - y) / y) for x, y in (primaries.red, primaries.green, primaries.blue)]).T
    x, y = primaries.white
    white = np.array([x / y, 1, (1 - x - y) / y])
    ratio = light @ (columns * np.linalg.solve(columns, white)).T / white
    curved = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack(
        [116 * curved[:, 1] - 16, 500 * (curved[:, 0] - curved[:, 1]), 200 * (curved[:, 1] - curved[:, 2])], -1
    )


@pytest.mark.parametrize("tile", ["off", 32])
def test_a_flat_saturated_image_comes_out_flat(upscaler: Upscaler, tile: int | str) -> None:
    """Zero padding left a rim up to 11 of 255 off; what is left is the network's own grain, most in pure blue."""
    for colour in ((255, 0, 0), (0, 255, 255), (255, 255, 0), (0, 0, 255)):
        flat = upscaler(np.full((40, 44, 3), colour, np.uint8), "", tile=tile).array.astype(int)
        assert np.abs(flat - colour).max() <= 4
        assert np.abs(flat - flat[80:84, 80:84].mean(axis=(0, 1))).max() <= 2


def test_the_empty_prompt_shifts_no_colour(upscaler: Upscaler, plain: np.ndarray) -> None:
    before = np.asarray(upscaler(EXAMPLES / "quail.jpg", "").before, float)
    reduced = plain.reshape(138, 4, 192, 4, 3).mean(axis=(1, 3))
    assert np.abs(reduced.mean(axis=(0, 1)) - before.mean(axis=(0, 1))).max() < 1
    assert np.abs(reduced - before).mean() < 4


@pytest.mark.parametrize("prompt", ["", None], ids=["empty", "default"])
@pytest.mark.parametrize("level", [0, 90, 200, 255])
def test_a_flat_image_shows_no_checkerboard(upscaler: Upscaler, prompt: str | None, level: int) -> None:
    result = upscaler(np.full((72, 72, 3), level, np.uint8), prompt).array.astype(int)
    inside = result[128:-128, 128:-128]  # beyond the network's reach of the border
    assert np.ptp(inside, axis=(0, 1)).max() <= 1
    assert np.abs(inside - level).max() <= 2


def test_p03_documented_prompts_act_as_they_say(upscaler: Upscaler, plain: np.ndarray) -> None:
    def made(prompt: str) -> np.ndarray:
        return upscaler(EXAMPLES / "quail.jpg", prompt).array.astype(float)

    brighter, darker, warmer, grey = map(
        made, ("make it brighter", "make it darker", "make it warmer", "make it black and white")
    )
    assert brighter.mean() > plain.mean() + 10 > darker.mean() + 20
    assert (warmer[..., 0] - warmer[..., 2]).mean() > (plain[..., 0] - plain[..., 2]).mean() + 10
    assert np.ptp(grey, axis=-1).mean() < 4  # of 255: the trained network is nearly, not exactly, grey
    assert np.abs(grey.mean(axis=-1) - luma(plain.astype(np.uint8))).mean() < 4
    assert all(np.abs(a - b).mean() > 1 for a, b in combinations((plain, brighter, darker, warmer, grey), 2))


def test_strength_zero_is_the_empty_prompt(upscaler: Upscaler, plain: np.ndarray) -> None:
    assert np.array_equal(upscaler(EXAMPLES / "quail.jpg", "make it brighter", strength=0).array, plain)


def test_the_default_request_needs_no_text_encoder(upscaler: Upscaler, plain: np.ndarray, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the default request asked for BERT")

    monkeypatch.setattr(TextEncoder, "load", refuse)
    default = upscaler(EXAMPLES / "quail.jpg")
    assert np.abs(default.array - plain).mean() > 1
    assert default.notes == ()
