"""The training recipe from the command line, in a child where it is killed: R1, R2, R6, R7, R9 to R13, R17."""

import re
import signal
from functools import partial

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from torch.distributed.run import get_args_parser as torchrun_parser
from training_runs import RECIPE, ROOT, child, records, torchrun, wait_for_step

from srgan_prompt.checkpoints.run import load_newest, run_lock
from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.network_config import Settings

TINY = """
text_steps: 3
pixel_steps: 6
gan_steps: 6
ramp_steps: 3
generator: {channels: 8, num_blocks: 2, compose_after: [1], text_dim: 32, text_channels: 8, dropout: 0.1}
discriminator: {channels: 8, num_strides: 2}
data: {patch_px: 8, margin_px: 4, batch_images: 4}
prompts: {encoder: tiny, num_wordings: 64}
loss: {adversarial_weight: 0.005, intent_sentences: 16}
optim: {accumulate_steps: 2, warmup_steps: 2}
precision: fp32
log_every_steps: 1
save_every_steps: 3
validate_every_steps: 1000
validation_images: 1
"""


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    y, x = np.mgrid[0:256, 0:256] / 40
    for number in range(3):
        waves = np.stack([np.sin(x * (number + 1) + k * y) for k in range(3)], -1)
        Image.fromarray(np.uint8(127.5 + 120 * waves)).save(folder / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory, photos):
    """The flags of a run of twelve steps."""
    path = tmp_path_factory.mktemp("config") / "run.yaml"
    path.write_text(f"{TINY}validation_folder: {photos}\n")
    return ["--config", str(path), "--data.folder", str(photos)]


@pytest.fixture
def train(run_recipe, monkeypatch):
    """Run the recipe in this process: (exit code, stdout, stderr)."""
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    monkeypatch.setenv("COLUMNS", "4000")
    yield partial(run_recipe, RECIPE)
    torch.use_deterministic_algorithms(was_deterministic)
    for number, handler in handlers.items():
        signal.signal(number, handler)


def final(run):
    checkpoint = load_newest(run / "checkpoints")
    assert checkpoint.documents["progress"]["step"] == 12
    return {f"{part}.{name}": value for part, values in checkpoint.tensors.items() for name, value in values.items()}


def test_dry_run_prints_the_settings_and_trains_nothing(train, tmp_path):
    run = tmp_path / "run"
    code, out, _ = train("--dry-run", "--run", run, "--optim.learning-rate", 0.25, "--generator.scale", 3)
    assert code == 0
    assert not run.exists()
    settings = TrainConfig.model_validate(yaml.safe_load(out))
    assert (settings.run, settings.optim.learning_rate, settings.generator.scale) == (run, 0.25, 3)
    tiny = load_train_config(ROOT / "recipes" / "configs" / "tiny.yaml")
    assert settings.model_copy(update={"run": tiny.run, "optim": tiny.optim, "generator": tiny.generator}) == tiny


@pytest.mark.parametrize(
    "flags",
    [("--optim.lerning-rate", "1"), ("--optim.learning-rate", "-1"), ("--generator.scale", "5"), ("--dry",)],
)
def test_wrong_flags_exit_with_2(train, flags):
    code, out, _ = train(*flags)
    assert code == 2
    assert out == ""


def test_a_wrong_config_file_is_one_sentence(train, tmp_path):
    path = tmp_path / "run.yaml"
    path.write_text("optim: {lerning_rate: 1}")
    sentence = f"Error: {path}: unknown key 'optim.lerning_rate'; did you mean 'learning_rate'?\n"
    assert train("--config", path) == (2, "", sentence)


def test_a_folder_without_images_is_one_sentence(train, tiny, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = train(*tiny, "--run", tmp_path / "run", "--data.folder", tmp_path / "empty")
    assert code == 3
    assert err.startswith(f"Error: {tmp_path / 'empty'}: no ")
    assert err.endswith(" files found. Give a folder of photos.\n")


def test_a_loss_that_is_not_finite_is_one_sentence(train, tiny, tmp_path):
    code, _, err = train(*tiny, "--run", tmp_path / "run", "--optim.learning-rate", 1e30)
    assert code == 1
    assert "Traceback" not in err
    assert re.fullmatch(
        r"Error: Step \d+: .* not finite, so the weights stay as they were; resume with .*\.", err.splitlines()[-1]
    )


def test_a_bad_image_is_named_and_left_out(train, tiny, photos, tmp_path):
    folder = tmp_path / "some"
    folder.mkdir()
    for path in photos.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "broken.png").write_bytes(b"\x89PNG")
    flags = (*tiny, "--run", tmp_path / "run", "--data.folder", folder, "--pixel-steps", 1, "--gan-steps", 0)
    code, _, err = train(*flags)
    assert code == 3
    assert "1 of 4 images cannot be used; the first: " in err
    code, _, err = train(*flags, "--data.max-bad-share", 0.5)
    assert code == 0
    assert "skipped: " in err
    assert "broken.png" in err
    assert "3 images, 64 wordings" in err


def test_a_changed_setting_is_refused_unless_allowed(train, tiny, tmp_path):
    flags = (*tiny, "--run", tmp_path / "run", "--gan-steps", 0)
    assert train(*flags, "--pixel-steps", 2)[0] == 0
    code, _, err = train(*flags, "--pixel-steps", 3)
    assert code == 2
    assert "made with other settings (pixel_steps: 2 -> 3); " in err
    code, _, err = train(*flags, "--pixel-steps", 3, "--allow", "pixel_steps")
    assert code == 0
    assert "resumed at step 2" in err
    assert [record["step"] for record in records(tmp_path / "run")] == [1, 2, 3]


def test_a_changed_setting_is_refused_before_anything_is_built(train, tiny, tmp_path):
    flags = (*tiny, "--run", tmp_path / "run", "--pixel-steps", 1, "--gan-steps", 0)
    assert train(*flags)[0] == 0
    code, _, err = train(*flags, "--data.folder", tmp_path / "missing")
    assert code == 2
    assert "data.folder: " in err
    assert "no such folder" not in err


def test_r13_a_second_run_in_one_folder_is_refused(train, tiny, tmp_path):
    with run_lock(tmp_path / "run"):
        code, _, err = train(*tiny, "--run", tmp_path / "run")
    assert code == 6
    assert "is in use by process" in err
    assert "Traceback" not in err


@pytest.mark.kill
def test_stopped_among_the_sentences_it_leaves_quietly(tiny, tmp_path):
    stopped = child([*tiny, "--run", tmp_path / "run", "--text-steps", 1_000_000])
    said = ""
    while "wordings" not in said:
        said = stopped.stderr.readline()
        assert said
    stopped.terminate()
    _, err = stopped.communicate()
    assert stopped.returncode == 143
    assert "Traceback" not in err


@pytest.mark.kill
def test_killed_and_stopped_runs_end_as_if_they_had_run_through(train, tiny, tmp_path):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    assert train(*tiny, "--run", whole)[0] == 0

    killed = child([*tiny, "--run", broken])
    wait_for_step(killed, broken, 5)  # a step after the save of step 3, at whatever moment
    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    killed.stderr.close()
    assert load_newest(broken / "checkpoints").documents["progress"]["step"] >= 3

    stopped = child([*tiny, "--run", broken])
    wait_for_step(stopped, broken, 8)
    done = records(broken)[-1]["step"]
    stopped.terminate()
    _, err = stopped.communicate()
    assert stopped.returncode == 143, err
    saved = load_newest(broken / "checkpoints").documents["progress"]["step"]
    assert 8 <= done <= saved < 12
    assert f"stopped after step {saved}; the same command goes on from here" in " ".join(err.split())

    code, _, err = train(*tiny, "--run", broken)
    assert code == 0, err
    assert f"resumed at step {saved}" in err
    one, other = final(whole), final(broken)
    assert one.keys() == other.keys()
    assert [name for name in one if not torch.equal(one[name], other[name])] == []


@pytest.mark.slow
def test_a_newcomers_run_learns_and_obeys_within_its_first_steps(train, tmp_path):
    flags = ("--pixel-steps", 300, "--gan-steps", 10, "--validation-images", 2, "--validate-every-steps", 1000)
    code, _, err = train("--run", tmp_path, *flags)
    assert code == 0, err
    (scores,) = records(tmp_path, "validation")
    assert scores["psnr"] > scores["psnr_bicubic"] + 0.1
    assert scores["right_minus_wrong_tone"] > 5
    assert scores["prompt_ignored"] == 0
    assert "WARNING" not in err


def setting_flags(settings=TrainConfig, prefix="--"):
    for name, field in settings.model_fields.items():
        flag = prefix + name.replace("_", "-")
        is_section = isinstance(field.annotation, type) and issubclass(field.annotation, Settings)
        yield from setting_flags(field.annotation, f"{flag}.") if is_section else [flag]


def test_torchrun_hands_every_flag_on(capsys):
    """Its parser takes what it can for a short form of a flag of its own, behind the script's name too."""
    lost = []
    for flag in ("--config", "--run-folder", "--dry-run", "--allow", *setting_flags()):
        try:
            passed = torchrun_parser().parse_args([str(RECIPE), flag, "x"]).training_script_args
        except SystemExit:
            passed = []
        lost += [flag] if passed != [flag, "x"] else []
    assert lost == ["--run"]  # for which there is --run-folder


def test_a_run_folder_is_a_run(train, tmp_path):
    code, out, _ = train("--dry-run", "--run-folder", tmp_path / "mine")
    assert code == 0
    assert yaml.safe_load(out)["run"] == str(tmp_path / "mine")


@pytest.mark.slow
def test_r17_two_processes_start_where_one_does_and_one_goes_on(train, tiny, tmp_path):
    flags = [*tiny, "--pixel-steps", 1, "--gan-steps", 2, "--ramp-steps", 1, "--generator.dropout", 0]
    assert train(*flags, "--run", tmp_path / "one")[0] == 0
    two = child([*flags, "--run-folder", tmp_path / "two"], torchrun(2))  # torchrun itself trips over --run
    _, err = two.communicate(timeout=300)
    assert two.returncode == 0, err
    assert "2 processes, each on cpu" in " ".join(err.split())
    assert [start["num_processes"] for start in records(tmp_path / "two", "start")] == [2]
    one, other = records(tmp_path / "one"), records(tmp_path / "two")
    assert [record["step"] for record in other] == [1, 2, 3]
    for name in ("loss", "pixel", "intent", "gradient"):
        assert other[0][name] == pytest.approx(one[0][name], rel=1e-5), name
    assert {"adversarial", "discriminator"} <= other[2].keys()  # the ramp begins at 0

    # R10: what two processes saved, one goes on with; each step of two is one step of the same images.
    code, _, err = train(*flags, "--gan-steps", 3, "--allow", "gan_steps", "--run", tmp_path / "two")
    assert code == 0, err
    assert "resumed at step 3" in err
    assert "1 process, on cpu" in err
    assert [start["num_processes"] for start in records(tmp_path / "two", "start")] == [2, 1]
    assert [record["step"] for record in records(tmp_path / "two")] == [1, 2, 3, 4]
