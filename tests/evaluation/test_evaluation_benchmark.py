import hashlib
import json
import runpy
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image
from tiny_models import make_generator

from srgan_prompt.data.pairs import Pair
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.benchmark import (
    SavedResults,
    as_document,
    as_markdown,
    bicubic,
    lanczos,
    ours,
    produce,
    run_benchmark,
)
from srgan_prompt.evaluation.metrics import STANDARD
from srgan_prompt.inference.onnx.export import export_onnx
from srgan_prompt.inference.upscaler import Upscaler

RECIPE = Path(__file__).parents[2] / "recipes/benchmark.py"


@pytest.fixture
def folder(tmp_path):
    """Two originals of smooth waves."""
    path = tmp_path / "waves"
    path.mkdir()
    for name, period_px in (("a", 5), ("b", 20)):
        rows, columns = np.mgrid[0:64, 0:80]
        wave = 128 + 100 * np.sin((rows + columns) * 2 * np.pi / period_px)
        Image.fromarray(wave.round().astype(np.uint8)).convert("RGB").save(path / f"{name}.png")
    return path


WITHOUT_LPIPS = ("lpips", "lpips_vgg")


@pytest.fixture
def columns():
    """The standard ones, with a number in place of LPIPS."""
    given = {"lpips": lambda output, target, scale: 0.25}
    return replace(
        STANDARD,
        columns=tuple(replace(each, measure=given.get(each.key, each.measure)) for each in STANDARD.columns),
    )


@pytest.fixture
def result(folder, columns):
    heard = []
    methods = {"bicubic": bicubic(4), "perfect": SavedResults(folder)}
    result = run_benchmark(folder, methods, columns=columns, on_image=heard.append)
    assert heard == ["a", "b"]
    return result


def test_every_method_is_measured_on_every_image(result):
    scores = result.scores["bicubic"]
    assert scores["a"]["psnr_y_db"] < 15 < scores["b"]["psnr_y_db"]  # x4 cannot keep a wave of 5 px
    mean = result.mean("bicubic")
    assert mean["psnr_y_db"] == pytest.approx((scores["a"]["psnr_y_db"] + scores["b"]["psnr_y_db"]) / 2)
    assert mean["lpips"] == 0.25
    assert result.mean("perfect")["ssim_y"] == pytest.approx(1)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_small_images_of_another_scale_are_made_from_the_originals(folder, scale):
    for path in list(folder.iterdir()):
        Image.new("RGB", (20, 16)).save(folder / f"{path.stem}_LR.png")
        path.rename(folder / f"{path.stem}_HR.png")
    options = {"methods": {"bicubic": bicubic(scale)}, "scale": scale, "without": WITHOUT_LPIPS}
    result = run_benchmark(folder, **options, from_originals=True)
    assert "made from the originals" in result.low_resolution
    assert result.mean("bicubic")["psnr_y_db"] > 16
    with pytest.raises(DataError, match=f"divided by {scale}"):
        run_benchmark(folder, **options)


def test_markdown_shows_means_and_protocol(result):
    table = as_markdown([result], 4, {"x4": "ab" * 32})
    mean = result.mean("bicubic")
    assert f"| waves (2) | bicubic | {mean['psnr_y_db']:.2f} | {mean['ssim_y']:.4f} | 0.2500 | - |" in table
    assert "| waves (2) | perfect | inf | 1.0000 | 0.2500 | - |" in table
    assert "BT.601" in table
    assert "made from the originals" in table
    assert f"x4: sha256 {'ab' * 32}." in table


def test_document_is_strict_json_with_every_image(result):
    document = json.loads(json.dumps(as_document([result], 4), allow_nan=False))
    methods = document["sets"]["waves"]["methods"]
    assert methods["perfect"]["mean"]["psnr_y_db"] is None
    assert set(methods["bicubic"]["images"]) == {"a", "b"}
    assert document["versions"]["torch"]
    assert document["models"] == {}


def test_without_lpips_no_weights_are_needed(folder, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
    result = run_benchmark(folder, {"bicubic": bicubic(4)}, without=WITHOUT_LPIPS)
    assert result.mean("bicubic")["lpips"] is None
    assert "| - |" in as_markdown([result], 4)


def test_a_pipe_in_a_prompt_does_not_break_the_table(folder):
    result = run_benchmark(folder, {'ours "a|b"': bicubic(4)}, without=WITHOUT_LPIPS)
    assert 'ours "a\\|b"' in as_markdown([result], 4)


def run_recipe(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["benchmark.py", *map(str, arguments)])
    runpy.run_path(str(RECIPE), run_name="__main__")


def test_the_recipe_writes_table_and_document(folder, tmp_path, monkeypatch, capsys):
    run_recipe(
        monkeypatch, folder, "--no-ours", "--lpips", "none", "--results", f"mine={folder}", "--out", tmp_path / "out"
    )
    assert (tmp_path / "out/benchmark.md").read_text() in capsys.readouterr().out
    document = json.loads((tmp_path / "out/benchmark.json").read_text())
    assert list(document["sets"]["waves"]["methods"]) == ["bicubic", "lanczos", "mine"]


def test_the_recipe_reports_mistakes_in_one_line(folder, monkeypatch, capsys):
    mistakes = [
        (["--results", "mine"], 2, "NAME=FOLDER"),
        (["--results", "mine=absent"], 3, "no such folder"),
        ([folder], 2, "share the name waves"),
    ]
    for extra, code, message in mistakes:
        with pytest.raises(SystemExit) as caught:
            run_recipe(monkeypatch, folder, "--no-ours", "--lpips", "none", *extra)
        assert caught.value.code == code
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1


def test_models_of_every_kind_are_compared_side_by_side(folder, tmp_path, monkeypatch):
    folder_model, baked = tmp_path / "plain", tmp_path / "baked.onnx"
    Upscaler.from_generator(make_generator()).save_pretrained(folder_model)
    export_onnx(Upscaler.from_pretrained(folder_model), baked, "", bake=True)
    models = ("--model", folder_model, "--model", baked)
    run_recipe(monkeypatch, folder, *models, "--prompt", "natural detail", "--lpips", "none", "--out", tmp_path / "out")
    document = json.loads((tmp_path / "out/benchmark.json").read_text())
    assert list(document["sets"]["waves"]["methods"]) == ["bicubic", "lanczos", 'plain "natural detail"', "baked.onnx"]
    assert document["models"]["baked.onnx"] == hashlib.sha256(baked.read_bytes()).hexdigest()
    assert set(document["models"]) == {"plain", "baked.onnx"}
    run_recipe(monkeypatch, folder, *models[2:], "--self-ensemble", "--lpips", "none", "--out", tmp_path / "out")
    document = json.loads((tmp_path / "out/benchmark.json").read_text())
    assert list(document["sets"]["waves"]["methods"])[2:] == ["ours, mean of 8 views"]
    with pytest.raises(SystemExit):
        run_recipe(monkeypatch, folder, *models, "--model", folder_model, "--lpips", "none")


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    low = rng.integers(0, 256, (10, 12, 3), dtype=np.uint8)
    return Pair("baby", low, np.zeros((40, 48, 3), np.uint8))


def test_filters_upscale_by_scale(pair):
    assert produce(bicubic(4), pair).shape == produce(lanczos(4), pair).shape == (40, 48, 3)
    assert not np.array_equal(bicubic(4)(pair.low), lanczos(4)(pair.low))


def test_bicubic_has_the_kernel_of_the_tables():
    """Keys' cubic with a = -0.5 at +-1/8 px and so on: the weights of MATLAB's imresize at x4."""
    low = np.zeros((9, 9, 3), np.uint8)
    low[4, 4] = 200
    row = bicubic(4)(low)[17, :, 0] / bicubic(4)(low)[17, 17, 0]
    distances = np.abs((np.arange(36) + 0.5) / 4 - 4.5)
    near = 1.5 * distances**3 - 2.5 * distances**2 + 1
    far = -0.5 * distances**3 + 2.5 * distances**2 - 4 * distances + 2
    kernel = np.where(distances <= 1, near, np.where(distances < 2, far, 0)).clip(0)
    np.testing.assert_allclose(row, kernel / kernel[17], atol=0.01)


def test_ours_passes_the_prompt(pair):
    seen = []

    def upscaler(low, *, prompt, scale, self_ensemble):
        seen.append((low.shape, prompt, scale, self_ensemble))
        return SimpleNamespace(image=Image.new("RGBA", (48, 40), "red"))

    output = produce(ours(upscaler, "make it red"), pair)
    assert output[0, 0].tolist() == [255, 0, 0]
    produce(ours(upscaler, "", self_ensemble=True), pair)
    produce(ours(upscaler, None, scale=4), pair)
    assert [each[1:] for each in seen] == [("make it red", None, False), ("", None, True), (None, 4, False)]
    assert {each[0] for each in seen} == {(10, 12, 3)}


def test_saved_results_are_found_by_name(tmp_path, pair):
    Image.new("RGB", (48, 40), "blue").save(tmp_path / "baby_x4.png")
    results = SavedResults(tmp_path)
    assert produce(results, pair)[0, 0].tolist() == [0, 0, 255]
    with pytest.raises(DataError, match=r"no result for bird; expected bird\.png"):
        results.of("bird")


def test_a_result_of_the_wrong_size(tmp_path, pair):
    Image.new("RGB", (24, 20)).save(tmp_path / "baby.png")
    with pytest.raises(DataError, match="baby is 24 x 20 pixels, but its original is 48 x 40"):
        produce(SavedResults(tmp_path), pair)
