"""The training recipe as processes of its own, on runs that are small enough to repeat."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import torch

ROOT = Path(__file__).parents[2]
RECIPE = ROOT / "recipes" / "train_gan.py"


def child(arguments, launcher=()):
    """The recipe as a process of its own, with as many threads as this one has, so that it computes the same."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "OMP_NUM_THREADS": str(torch.get_num_threads()),
        "ACCELERATE_USE_CPU": "true",
        "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1",
    }
    command = [sys.executable, *launcher, str(RECIPE), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def accelerate(num_processes, config):
    """accelerate's launcher with one of our files for it."""
    launcher = ["-m", "accelerate.commands.accelerate_cli", "launch", "--config_file", str(config)]
    return [*launcher, "--num_processes", str(num_processes)]


def torchrun(num_processes, *flags):
    """The launcher of so many processes on this machine."""
    return ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(num_processes), *flags]


def records(run, kind="train"):
    """The lines of one kind of a run's log; the last may still be in the making."""
    path = run / "log.jsonl"
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return [each for each in (json.loads(line) for line in lines if line.endswith("\n")) if each["kind"] == kind]


def wait_for_step(process, run, step):
    """Until the run in ``process`` has logged ``step``."""
    while process.poll() is None and not any(record["step"] >= step for record in records(run)):
        time.sleep(0.05)
    assert process.poll() is None, process.stderr.read()
