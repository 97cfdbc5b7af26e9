"""What the flags do to the images, to their names and to what is printed."""

import json

import numpy as np
import pytest
from cli_makers import make_image, pixels, size_px
from PIL import Image


def words(value: object) -> str:
    return " ".join(value) if isinstance(value, list) else ""


def test_one_image_lands_beside_its_input_and_its_path_on_stdout(upscale, image):
    done = upscale(image, "-p", "")
    assert done == (0, f"{image.with_name('photo_x4.png')}\n", "")
    assert size_px(image.with_name("photo_x4.png")) == (48, 32)


@pytest.mark.parametrize(
    ("flags", "name", "size"),
    [
        (["--scale", "2"], "photo_x2.png", (24, 16)),
        (["--scale", "2.5"], "photo_x2.5.png", (30, 20)),
        (["--width", "60"], "photo_upscaled.png", (60, 40)),
        (["--height", "20"], "photo_upscaled.png", (30, 20)),
        (["--width", "60", "--height", "20"], "photo_upscaled.png", (30, 20)),
        (["--max-side", "36"], "photo_upscaled.png", (36, 24)),
        (["-p", "warmer, twice as big"], "photo_x2.png", (24, 16)),
        (["-p", "twice as big"], "photo_x2.png", (24, 16)),
        (["-p", "make it 90 px wide"], "photo_upscaled.png", (90, 60)),
        (["-p", "twice as big", "--scale", "3"], "photo_x3.png", (36, 24)),
        (["--suffix", "-big"], "photo-big.png", (48, 32)),
        (["--suffix", "", "-o", "out"], "out/photo.png", (48, 32)),
        (["-o", "new/folder/it.jpg"], "new/folder/it.jpg", (48, 32)),
        (["--format", "webp"], "photo_x4.webp", (48, 32)),
    ],
    ids=words,
)
def test_sizes_and_names(upscale, image, flags, name, size):
    done = upscale(image, *flags)
    assert done.code == 0, done.err
    assert size_px(image.parent / name) == size


def test_two_sizes_are_refused(upscale, image):
    assert upscale(image, "--scale", "2", "--width", "50").code == 2
    assert upscale(image, "-p", "twice as big", "-p", "three times as big").code == 2
    assert upscale(image, "--width", "100000").code == 2


def test_a_sentence_of_nothing_but_a_size_leaves_the_default_request(upscale, image):
    done = upscale(image, "--json", "-p", "twice as big")
    plain = upscale(image, "--json")
    assert json.loads(done.out)["prompt"] == json.loads(plain.out)["prompt"] != ""


def test_prompts_steer_and_strength_0_is_no_prompt_bit_for_bit(upscale, image, tmp_path):
    for name, flags in {
        "plain": ["-p", ""],
        "none": ["-p", "warmer", "--strength", "0"],
        "warm": ["-p", "warmer"],
        "both": ["-p", "warmer", "-p", "sharper:0.5"],
        "less": ["-p", "warmer", "--negative", "noise"],
    }.items():
        assert upscale(image, "-o", f"{name}.png", *flags).code == 0
    seen = {name: pixels(tmp_path / f"{name}.png") for name in ("plain", "none", "warm", "both", "less")}
    np.testing.assert_array_equal(seen["plain"], seen["none"])
    assert len({array.tobytes() for array in seen.values()}) == 4


def test_a_region_changes_nothing_outside_it(upscale, image, tmp_path):
    upscale(image, "-p", "", "-o", "plain.png")
    mask = np.zeros((8, 12), np.uint8)
    mask[2:6, 3:9] = 255
    Image.fromarray(mask).save(tmp_path / "where.png")
    white = np.full_like(mask, 255)
    Image.fromarray(np.dstack([white, white, white, mask])).save(tmp_path / "cut_out.png")
    regions = {"box": "3,2,9,6", "polygon": "3,2 9,2 9,6 3,6", "mask": "where.png", "alpha": "cut_out.png"}
    for name, region in regions.items():
        assert upscale(image, "-p", "warmer", "--region", region, "-o", f"{name}.png").code == 0
    plain, box = pixels(tmp_path / "plain.png"), pixels(tmp_path / "box.png")
    inside = np.zeros(plain.shape[:2], bool)
    inside[8:24, 12:36] = True
    np.testing.assert_array_equal(box[~inside], plain[~inside])
    assert (box[inside] != plain[inside]).any()
    for name in ("polygon", "mask", "alpha"):
        np.testing.assert_array_equal(pixels(tmp_path / f"{name}.png"), box)


@pytest.mark.parametrize(("region", "code"), [("nowhere", 2), ("1,2,3", 2), ("50,50,60,60", 2), ("broken.png", 3)])
def test_impossible_regions_are_refused(upscale, image, tmp_path, region, code):
    (tmp_path / "broken.png").write_bytes(b"no image")
    assert upscale(image, "--region", region).code == code


def test_folders_are_mirrored_and_globs_expanded(upscale, tmp_path):
    for name in ("a.png", "b.jpg", "sub/a.png"):
        make_image(tmp_path / "in" / name)
    (tmp_path / "in" / "Thumbs.db").write_bytes(b"junk")
    assert upscale("in", "-o", "out", "--recursive").code == 0
    assert upscale("in/*.png", "-o", "globbed").code == 0
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.glob("[og]*/**/*.*")}
    assert written == {"out/a_x4.png", "out/b_x4.jpg", "out/sub/a_x4.png", "globbed/a_x4.png"}


@pytest.mark.parametrize("tile", ["auto", "off", "16"])
def test_tiles_do_not_change_the_result(upscale, tmp_path, tile):
    photo = make_image(tmp_path / "wide.png", 40, 33)
    done = upscale(photo, "-p", "warmer", "--tile", tile, "-o", f"{tile}.png", "--json")
    assert json.loads(done.out)["tile_px"] == (16 if tile == "16" else None)
    upscale(photo, "-p", "warmer", "-o", "whole.png")
    difference = pixels(tmp_path / f"{tile}.png").astype(int) - pixels(tmp_path / "whole.png")
    assert np.abs(difference).max() <= 1


def test_json_tells_everything_on_one_line_a_file(upscale, image):
    done = upscale(image, "--json", "-p", "warmer", "--strength", "1.5")
    line = json.loads(done.out)
    assert line["status"] == "done"
    assert line["input"] == str(image)
    assert line["output"] == str(image.with_name("photo_x4.png"))
    assert (line["input_size_px"], line["size_px"]) == ([12, 8], [48, 32])
    assert (line["prompt"], line["strength"], line["exit_code"], line["error"]) == ("warmer", 1.5, 0, None)
    assert line["engine"].startswith("torch")
    assert set(line["timings"]) >= {"read", "text", "network", "finish", "total"}


def test_quiet_and_verbose(upscale, image):
    assert "12 x 8 -> 48 x 32" in upscale(image, "-v").err
    assert upscale(image, "-v", "-q", "--overwrite").code == 2
    assert upscale(image, "-q", "-p", "warm " * 300, "--overwrite").err == ""


def test_a_prompt_that_is_cut_or_not_understood_is_told_once(upscale, tmp_path, monkeypatch):
    from srgan_prompt.inference.torch_engine import TorchEngine

    monkeypatch.setattr(TorchEngine, "recognises_prompt", lambda self, texts: [False] * len(texts))
    for name in ("a.png", "b.png"):
        make_image(tmp_path / name)
    done = upscale("a.png", "b.png", "-p", "warm " * 300)
    assert done.code == 0
    assert done.err.count("a.png: The prompt is too long: its last 50 word pieces were not read.") == 1
    assert done.err.count("asks for nothing that this model knows") == 2  # once for a.png, once in the sum
    assert "2 files in all: The prompt is too long" in done.err


def test_a_comparison_shows_both_side_by_side(upscale, image, tmp_path):
    done = upscale(image, "-p", "", "--compare", "sheet.png")
    assert done.out == f"{image.with_name('photo_x4.png')}\n"
    sheet, result = pixels(tmp_path / "sheet.png"), pixels(tmp_path / "photo_x4.png")
    assert sheet.shape == (32, 96, 3)
    np.testing.assert_array_equal(sheet[:, :48], pixels(image).repeat(4, axis=0).repeat(4, axis=1))
    np.testing.assert_array_equal(sheet[:, 48:], result)


def test_a_comparison_has_a_row_for_every_image_up_to_a_limit(upscale, tmp_path):
    for index in range(18):
        make_image(tmp_path / "in" / f"{index:02}.png")
    done = upscale("in", "-o", "out", "--compare", "sheet.png")
    assert size_px(tmp_path / "sheet.png") == (96, 16 * 32 + 15 * 8)
    assert "2 results had no room" in done.err


@pytest.mark.parametrize(("sheet", "code"), [("photo.png", 5), ("photo_x4.png", 5), ("old.png", 5)])
def test_a_comparison_overwrites_nothing(upscale, image, tmp_path, sheet, code):
    make_image(tmp_path / "old.png")
    before = (tmp_path / "photo.png").read_bytes(), (tmp_path / "old.png").read_bytes()
    assert upscale(image, "--compare", sheet).code == code
    assert ((tmp_path / "photo.png").read_bytes(), (tmp_path / "old.png").read_bytes()) == before
    assert not (tmp_path / "photo_x4.png").exists()


def test_a_model_of_another_scale_names_its_results_so(command, image, tmp_path, monkeypatch):
    import torch

    from srgan_prompt.inference.upscaler import Upscaler
    from srgan_prompt.models.generator import build_generator
    from srgan_prompt.network_config import GeneratorConfig

    torch.manual_seed(0)
    config = GeneratorConfig(scale=2, channels=8, num_blocks=2, compose_after=(1,), text_channels=8)
    Upscaler.from_generator(build_generator(config)).save_pretrained(tmp_path / "x2")
    assert command("upscale", image, "-p", "", "--model", "x2").out.endswith("photo_x2.png\n")


@pytest.mark.parametrize(
    ("flags", "code"),
    [
        (["--model", "nowhere"], 4),
        (["--model", "no/such/model"], 4),
        (["--device", "abacus"], 2),
        (["--engine", "onnx"], 2),
        (["-p", "denoise:9"], 2),
        ([], 2),
    ],
    ids=words,
)
def test_what_cannot_be_is_refused_in_one_sentence(command, image, model, flags, code):
    arguments = ["--model", model, *flags, *([image] if flags else [])]
    done = command("upscale", *arguments)
    assert done.code == code
    assert done.err.count("\n") == 1
    assert not image.with_name("photo_x4.png").exists()


def test_threads_are_set(upscale, image):
    import torch

    before = torch.get_num_threads()
    try:
        assert upscale(image, "--threads", "1").code == 0
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
