"""Several processes do what one does: the same losses on the same images, whoever is killed, and however many go on."""

import shutil
import signal
import time

import numpy as np
import psutil
import pytest
from accelerate.commands.config.config_args import load_config_from_file
from PIL import Image
from training_runs import ROOT, accelerate, child, records, torchrun, wait_for_step

from srgan_prompt.checkpoints.format import list_checkpoints
from srgan_prompt.data.prepare import prepare
from srgan_prompt.data.selection import Limits

# Dropout is drawn for a process's own images, so with it the losses are alike and not the same.
SMALL = """
text_steps: 2
pixel_steps: 2
gan_steps: 4
ramp_steps: 2
generator: {channels: 8, num_blocks: 2, compose_after: [1], text_channels: 8}
discriminator: {channels: 8, num_strides: 2}
data: {patch_px: 8, margin_px: 4, batch_images: 8, streaming: true}
prompts: {num_wordings: 64}
loss: {adversarial_weight: 0.05, weave_weight: 1.0, intent_sentences: 16}
optim: {accumulate_steps: 2, warmup_steps: 2}
precision: fp32
log_every_steps: 1
save_every_steps: 3
keep_checkpoints: 9
validate_every_steps: 3
validation_images: 1
"""
NUM_STEPS = 6
LAUNCH = ROOT / "recipes" / "launch"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flags(tmp_path_factory):
    """Those of a run on streamed shards, 4 images a batch out of 4."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "photos").mkdir()
    for number in range(12):
        blocks = np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        Image.fromarray(blocks.repeat(12, axis=0).repeat(12, axis=1)).save(folder / "photos" / f"{number}.png")
    prepare([folder / "photos"], folder / "shards", Limits(min_side_px=64), num_shards=4)
    (folder / "run.yaml").write_text(SMALL)
    return ["--config", folder / "run.yaml", "--data.folder", folder / "shards"]


def trained(run, flags, num_processes, *more):
    """``run`` after it was trained to its end by so many processes."""
    launcher = torchrun(num_processes) if num_processes > 1 else ()
    process = child([*flags, "--run-folder", run, *more], launcher)
    _, err = process.communicate(timeout=500)
    assert process.returncode == 0, err
    assert [start["num_processes"] for start in records(run, "start")][-1] == num_processes
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory, flags):
    """The same run by one process and by two."""
    return {number: trained(tmp_path_factory.mktemp(f"by_{number}"), flags, number) for number in (1, 2)}


TIMING = ("time_s", "images_per_s", "share_")


def assert_same_curve(run, wanted, steps, kind="train"):
    """Every number that both runs logged at ``steps`` is the same, to what float32 and six digits allow."""
    now, then = ({record["step"]: record for record in records(each, kind)} for each in (run, wanted))
    for step in steps:
        names = [name for name in then[step] if name != "kind" and not name.startswith(TIMING)]
        assert {name: now[step][name] for name in names} == pytest.approx(
            {name: then[step][name] for name in names}, rel=1e-5, abs=2e-6
        ), step


def test_two_processes_have_the_losses_of_one_and_validate_and_save_once(runs):
    one, two = runs.values()
    assert [record["step"] for record in records(two)] == list(range(1, NUM_STEPS + 1))
    assert {"adversarial", "weave", "discriminator"} <= records(two)[-1].keys()
    assert_same_curve(two, one, range(1, NUM_STEPS + 1))
    assert [record["step"] for record in records(two, "validation")] == [3, 6]
    assert_same_curve(two, one, [3, 6], "validation")
    assert [path.name for path in list_checkpoints(two / "checkpoints")] == ["step_00000006", "step_00000003"]
    assert len(list((two / "samples").iterdir())) == 2


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 1), (2, 4)])
def test_a_checkpoint_goes_on_with_another_number_of_processes(tmp_path, flags, runs, before, after):
    saved = list_checkpoints(runs[before] / "checkpoints")[-1]
    shutil.copytree(saved, tmp_path / "checkpoints" / saved.name)
    trained(tmp_path, flags, after)
    assert [record["step"] for record in records(tmp_path)] == [4, 5, 6]
    assert_same_curve(tmp_path, runs[1], [4, 5, 6])


def test_the_file_for_gpus_starts_two_processes_in_bf16_on_cpus_too(tmp_path, flags, runs):
    launcher = accelerate(2, LAUNCH / "gpus_bf16.yaml")
    process = child([*flags, "--run", tmp_path, "--precision", "bf16", "--gan-steps", 1], launcher)
    _, err = process.communicate(timeout=500)
    assert process.returncode == 0, err
    (start,) = records(tmp_path, "start")
    assert (start["num_processes"], start["device"], start["precision"]) == (2, "cpu", "bf16")
    assert [record["step"] for record in records(tmp_path)] == [1, 2, 3]
    for now, then in zip(records(tmp_path), records(runs[1]), strict=False):
        assert now["loss"] == pytest.approx(then["loss"], rel=0.05)


@pytest.mark.parametrize("path", sorted(LAUNCH.glob("*.yaml")), ids=lambda path: path.name)
def test_accelerate_reads_its_files(path):
    config = load_config_from_file(str(path))
    assert config.distributed_type == "MULTI_GPU"
    assert config.mixed_precision == "bf16"
    assert config.num_processes == 8 * config.num_machines


@pytest.mark.kill
def test_a_killed_process_costs_the_steps_since_the_last_checkpoint_and_nothing_else(tmp_path, flags):
    """First the second process is killed, then the one that writes; the launcher starts both again each time."""
    longer = ("--gan-steps", 38, "--save-every-steps", 5, "--validate-every-steps", 1000)
    run, whole = tmp_path / "killed", trained(tmp_path / "whole", flags, 1, *longer)
    launched = child([*flags, "--run-folder", run, *longer], torchrun(2, "--max-restarts", "2"))
    for count, step in enumerate((7, 17)):
        wait_for_step(launched, run, step)
        writer = int((run / ".lock").read_text())
        ranks = [each for each in psutil.Process(launched.pid).children() if "train_gan.py" in " ".join(each.cmdline())]
        killed = next(each for each in ranks if (each.pid == writer) == bool(count))
        killed.send_signal(signal.SIGKILL)
        while len(records(run, "start")) < count + 2 and launched.poll() is None:
            time.sleep(0.1)
    _, err = launched.communicate(timeout=300)
    assert launched.returncode == 0, err
    starts = [start["step"] for start in records(run, "start")]
    assert len(starts) == 3
    assert [start % 5 for start in starts] == [0, 0, 0]
    assert 5 <= starts[1] < 15 <= starts[2]
    assert_same_curve(run, whole, range(1, 41))
    for again in starts[1:]:  # what was done twice was done alike
        first, *_, second = [record for record in records(run) if record["step"] == again + 1] * 2
        assert second["loss"] == pytest.approx(first["loss"], rel=1e-5)
