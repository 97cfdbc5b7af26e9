import json
import runpy
import sys
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter
from tiny_models import RandomSentences, make_generator

from srgan_prompt.errors import DataError, UsageError
from srgan_prompt.evaluation.benchmark import as_document, as_markdown
from srgan_prompt.evaluation.damaged import (
    DAMAGES,
    Blur,
    Damage,
    DamagedSetup,
    Jpeg,
    Noise,
    ShrinkAndBack,
    damaged_pairs,
    gains,
    gains_markdown,
    load_originals,
    matching_prompt,
    run_damaged,
)
from srgan_prompt.evaluation.metrics import DAMAGED, psnr_rgb
from srgan_prompt.images.photos import draw_synthetic_image
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.operators.filters import resize_bicubic
from srgan_prompt.prompts.operations import OPERATIONS

RECIPE = Path(__file__).parents[2] / "recipes/benchmark.py"
ONLY_PSNR = ("lpips", "lpips_vgg", "dists")
SETUP = DamagedSetup(side_px=128, without=ONLY_PSNR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three drawn photos, of which "b" is too small in one direction."""
    path = tmp_path_factory.mktemp("sets") / "photos"
    path.mkdir()
    for number, (name, height) in enumerate({"a": 140, "b": 120, "c": 131}.items()):
        Image.fromarray(draw_synthetic_image(number, 144)[:height]).save(path / f"{name}.png")
    return path


@pytest.fixture(scope="module")
def upscaler():
    return Upscaler.from_generator(make_generator(), RandomSentences())


@pytest.fixture(scope="module")
def results(folder, upscaler):
    heard = []
    results = run_damaged(folder, {"tiny": upscaler}, SETUP, heard.append)
    assert heard[:3] == ["none: a", "none: c", "JPEG 60: a"]
    return results


def test_originals_are_centres_of_photos_that_are_large_enough(folder):
    originals = load_originals(folder, SETUP)
    assert list(originals) == ["a", "c"]
    photo = draw_synthetic_image(0, 144)[:140]
    assert np.array_equal(originals["a"], photo[6:134, 8:136])
    assert list(load_originals(folder, DamagedSetup(side_px=128, num_images=1))) == ["a"]
    with pytest.raises(DataError, match=r"holds no photo of at least 512 px on both sides\.$"):
        load_originals(folder, DamagedSetup())


def test_small_images_are_shrunk_first_and_damaged_then(folder):
    originals = load_originals(folder, SETUP)
    noisy = next(damage for damage in DAMAGES if damage.name == "noise 25")
    for seed, pair in enumerate(damaged_pairs(originals, noisy, 4)):
        assert np.array_equal(pair.low, noisy(resize_bicubic(pair.high, (32, 32)), seed))
        assert pair.high is originals[pair.name]


def test_every_damage_has_bicubic_and_three_requests(results, folder, upscaler):
    assert [damage.name for damage in results] == [damage.name for damage in DAMAGES]
    rows = {damage.name: list(result.scores) for damage, result in results.items()}
    assert rows["none"] == ["bicubic", 'tiny ""', "tiny, default request"]
    assert rows["mix"] == ["bicubic", 'tiny ""', 'tiny "remove noise and artefacts"', "tiny, default request"]
    wordings = {damage.name: matching_prompt(damage) for damage in DAMAGES}
    assert wordings["JPEG 30"] == "remove the compression artefacts"
    assert (wordings["noise 10"], wordings["blur 1.2"]) == ("remove the noise", "remove the blur")
    noisy = next(damage for damage in DAMAGES if damage.name == "noise 25")
    pair = list(damaged_pairs(load_originals(folder, SETUP), noisy, 4))[1]
    for row, prompt in (('tiny "remove the noise"', "remove the noise"), ("tiny, default request", None)):
        output = np.asarray(upscaler(pair.low, prompt=prompt).image.convert("RGB"))
        assert results[noisy].scores[row]["c"]["psnr_rgb_db"] == psnr_rgb(output, pair.high)


def test_tables_hold_every_row_and_the_protocol(results):
    table = as_markdown(list(results.values()), 4, {}, DAMAGED)
    lines = table.splitlines()
    assert lines[0] == "| x4 | method | PSNR-RGB (dB) ↑ | LPIPS ↓ | with VGG16 ↓ | DISTS ↓ |"
    assert sum(line.startswith("| photos, ") for line in lines) == 3 + 7 * 4
    mix = next(result for damage, result in results.items() if damage.name == "mix")
    assert f"| photos, mix (2) | bicubic | {mix.mean('bicubic')['psnr_rgb_db']:.2f} | - | - | - |" in lines
    assert (
        "photos, mix: centres of 128 px, shrunk to 32 px by Pillow's antialiased bicubic, then blur of sigma 0.8 px, "
        "noise of sigma 10, JPEG of quality 50."
    ) in lines
    document = json.loads(json.dumps(as_document(list(results.values()), 4, {}, DAMAGED), allow_nan=False))
    assert set(document["sets"]["photos, mix"]["methods"]["bicubic"]["images"]) == {"a", "c"}


def test_gains_are_differences_to_the_empty_prompt(results):
    table = gains(results, ["tiny"])
    noisy = next(result for damage, result in results.items() if damage.name == "noise 10")
    asked, empty = (noisy.mean(f'tiny "{prompt}"')["psnr_rgb_db"] for prompt in ("remove the noise", ""))
    gained = table["photos, noise 10"]["tiny"]
    assert gained["matching"] == asked - empty != 0
    assert gained["default"] == noisy.mean("tiny, default request")["psnr_rgb_db"] - empty
    assert table["photos, none"]["tiny"]["matching"] is None
    lines = gains_markdown(table).splitlines()
    assert len(lines) == 2 + len(DAMAGES)
    assert f"| photos, noise 10 | tiny | {asked - empty:+.2f} | {gained['default']:+.2f} |" in lines
    assert lines[2].startswith("| photos, none | tiny | - | ")
    assert gains_markdown(gains(results, [])) == ""


@pytest.mark.parametrize(("given", "message"), [({"side_px": 510}, "multiple of 4"), ({"num_images": 0}, "1 or more")])
def test_a_setup_that_cannot_be_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        DamagedSetup(**given)


def run_recipe(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["benchmark.py", *map(str, arguments)])
    runpy.run_path(str(RECIPE), run_name="__main__")


def test_the_recipe_writes_tables_and_document(folder, tmp_path, monkeypatch, capsys):
    Upscaler.from_generator(make_generator()).save_pretrained(tmp_path / "plain")
    flags = ["--damage", "--side-px", 128, "--num-images", 1, "--lpips", "none", "--no-dists"]
    run_recipe(monkeypatch, folder, *flags, "--model", tmp_path / "plain", "--out", tmp_path / "out")
    out, err = capsys.readouterr()
    assert (tmp_path / "out/damage.md").read_text() in out
    assert "\n| photos, second order | ours | " in out
    assert err.splitlines()[-1] == "second order: a"
    document = json.loads((tmp_path / "out/damage.json").read_text())
    assert list(document["sets"]["photos, blur 1.2"]["methods"]) == [
        *("bicubic", 'ours ""', 'ours "remove the blur"', "ours, default request")
    ]
    assert set(document["gains_db"]["photos, blur 1.2"]["ours"]) == {"matching", "default"}
    assert list(document["models"]) == ["plain"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--damage", "--prompt", "warmer"], "leave out --prompt, --results and --from-originals"),
        (["--damage", "--from-originals"], "leave out --prompt, --results and --from-originals"),
        (["--side-px", "64"], "go with --damage"),
        (["--no-dists"], "go with --damage"),
        (["--damage", "--side-px", "66"], "multiple of 4"),
    ],
)
def test_the_recipe_refuses_wrong_use_in_one_sentence(folder, flags, message, monkeypatch, capsys):
    with pytest.raises(SystemExit) as caught:
        run_recipe(monkeypatch, folder, "--no-ours", *flags)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


BY_NAME = {damage.name: damage for damage in DAMAGES}


@pytest.fixture(scope="module")
def image():
    return draw_synthetic_image(0, 96)[:80]


def by_pillow(image, quality):
    file = BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))  # noqa: TID251 - what Pillow itself makes


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.name)
def test_it_is_a_function_of_image_and_seed_alone(damage, image):
    before = image.copy()
    np.random.seed(1)  # noqa: NPY002 - the global generator must not matter
    one, again, other = damage(image, 7), damage(image, 7), damage(image, 8)
    assert np.array_equal(image, before)
    assert (one.shape, one.dtype) == (image.shape, np.uint8)
    assert np.array_equal(one, again)
    assert np.array_equal(one, other) == (not any(isinstance(step, Noise) for step in damage.steps))
    assert np.array_equal(one, image) == (damage.name == "none")


@pytest.mark.parametrize("quality", [60, 30])
def test_jpeg_is_what_pillow_makes(quality, image):
    assert np.array_equal(BY_NAME[f"JPEG {quality}"](image, 0), by_pillow(image, quality))


@pytest.mark.parametrize("sigma", [10, 25])
def test_noise_has_its_sigma_in_every_colour_alone(sigma):
    grey = np.full((200, 200, 3), 128, np.uint8)
    noise = BY_NAME[f"noise {sigma}"](grey, 0) - 128.0
    assert noise.std(axis=(0, 1)) == pytest.approx([sigma] * 3, rel=0.02)
    assert noise.mean() == pytest.approx(0, abs=0.3)
    colours = np.corrcoef(noise.reshape(-1, 3).T)
    assert np.abs(colours[~np.eye(3, dtype=bool)]).max() < 0.03
    assert abs(np.corrcoef(noise[:, 1:].ravel(), noise[:, :-1].ravel())[0, 1]) < 0.02


def test_noise_stays_within_8_bits():
    white = np.full((50, 50, 3), 250, np.uint8)
    assert Noise(25)(white, np.random.default_rng(0)).min() > 100  # 280 does not become 24


def test_blur_is_gaussian(image):
    expected = gaussian_filter(image.astype(float), (1.2, 1.2, 0), mode="nearest")
    assert np.abs(BY_NAME["blur 1.2"](image, 0) - expected).max() <= 0.51
    assert image.std() > expected.std() + 1


def test_steps_follow_one_another(image):
    """As the protocol has them: soft and noisy, JPEG 70, shrunk to 0.7 and back, JPEG 60."""
    rng = np.random.default_rng(3)
    soft = Noise(8)(Blur(0.8)(image, rng), rng)
    first = Image.fromarray(by_pillow(soft, 70))
    small = first.resize((round(96 * 0.7), round(80 * 0.7)), Image.Resampling.BICUBIC)
    back = np.asarray(small.resize((96, 80), Image.Resampling.BICUBIC))
    assert np.array_equal(BY_NAME["second order"](image, 3), by_pillow(back, 60))
    assert np.array_equal(ShrinkAndBack(0.7)(np.asarray(first), rng), back)
    rng = np.random.default_rng(3)
    assert np.array_equal(BY_NAME["mix"](image, 3), by_pillow(Noise(10)(Blur(0.8)(image, rng), rng), 50))


def test_names_are_unique_and_remedies_are_operations():
    assert len(BY_NAME) == len(DAMAGES)
    assert {damage.remedy for damage in DAMAGES} - {None} <= set(OPERATIONS)
    assert str(Damage("any", (Blur(0.5), Noise(3), Jpeg(9)))) == (
        "blur of sigma 0.5 px, noise of sigma 3, JPEG of quality 9"
    )
