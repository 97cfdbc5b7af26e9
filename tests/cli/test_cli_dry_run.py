"""--dry-run says what the run does, without loading torch or weights."""

import json
import subprocess
import sys

import pytest
from cli_makers import make_image


def test_sizes_names_tiles_memory_and_time_are_those_of_the_run(upscale, tmp_path):
    make_image(tmp_path / "in" / "small.png")
    make_image(tmp_path / "in" / "wide.png", 90, 40)
    flags = ("in", "-o", "out", "--tile", "32", "-p", "warmer, twice as big", "--json")
    planned = [json.loads(line) for line in upscale(*flags, "--dry-run").out.splitlines()]
    assert not (tmp_path / "out").exists()
    done = [json.loads(line) for line in upscale(*flags).out.splitlines()]
    for key in ("input", "output", "input_size_px"):
        assert [line[key] for line in planned] == [line[key] for line in done]
    assert [line["result_size_px"] for line in planned] == [line["size_px"] for line in done] == [[24, 16], [180, 80]]
    assert [line["num_tiles"] for line in planned] == [1, 6]
    assert all(0 < line["time_s"] < 5 and line["memory_bytes"] > 10**8 for line in planned)


def test_a_self_ensemble_takes_eight_times_as_long(upscale, image):
    def planned_s(*flags):
        return json.loads(upscale(image, "--json", "--dry-run", *flags).out)["time_s"]

    assert planned_s("--self-ensemble") == pytest.approx(8 * planned_s(), rel=0.02)
    assert json.loads(upscale(image, "--json", "--self-ensemble").out)["engine"].endswith("mean of 8 views")


def test_it_reads_for_people_too(upscale, image):
    done = upscale(image, "-n")
    assert "12 x 8 -> 48 x 32, network x4, 1 tile, about" in done.out
    assert done.err.startswith("1 to do; about")


def test_bad_files_and_refusals_are_those_of_the_run(upscale, image, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no image")
    assert upscale("bad.png", "-n").code == 3
    done = upscale("bad.png", image, "-n")
    assert done.code == 1
    assert "1 that cannot be done" in done.err
    make_image(tmp_path / "photo_x4.png")
    assert upscale(image, "-n").code == 5
    assert "1 skipped" in upscale(image, "-n", "--skip-existing").err


def test_stdin_is_not_read_for_a_plan(upscale):
    assert upscale("-", "-n").code == 3


def test_a_model_that_is_not_here_is_assumed_and_a_broken_one_refused(command, image, tmp_path):
    done = command("upscale", image, "-n", "--model", "some-owner/some-model")
    assert done.code == 0
    assert "the default network is assumed" in done.err
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text('{"chanels": 8}', encoding="utf-8")
    assert command("upscale", image, "-n", "--model", "model").code == 4


def test_of_another_project_the_scale_is_assumed_and_prompts_are_not_read(command, image):
    done = command("upscale", image, "-n", "--model", "theirs.pth", "-p", "warmer")
    assert "another project" in done.err
    assert "x4.png" in done.out
    assert "read as" not in done.out


def test_torch_and_weights_are_not_loaded(image, model):
    program = "import sys; from srgan_prompt.cli.app import main; code = main(sys.argv[1:])"
    program += "; sys.exit(code or sorted({'torch', 'transformers', 'onnxruntime', 'rich'} & set(sys.modules)) or 0)"
    arguments = ["upscale", str(image), "--dry-run", "-q", "--model", str(model)]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_of_a_network_with_several_scales_it_says_which_one_runs(command, image, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text('{"more_scales": [1, 2]}', encoding="utf-8")
    planned = {
        flags: json.loads(command("upscale", image, "-n", "--json", "--model", "model", *flags).out)
        for flags in ((), ("--scale", "2"), ("-p", "restore it, 1.5x"), ("--scale", "1"), ("--scale", "8"))
    }
    assert [line["network_scale"] for line in planned.values()] == [4, 2, 2, 1, 4]
    assert planned["--scale", "2"]["memory_bytes"] < planned["--scale", "8"]["memory_bytes"]
    exported = command("upscale", image, "-n", "--json", "--model", "model", "--engine", "onnx", "--scale", "2")
    assert json.loads(exported.out)["network_scale"] == 4  # a file has one
