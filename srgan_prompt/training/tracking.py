"""What a run says about itself: ``log.jsonl`` always, TensorBoard on request, a progress line for people.

What a run computes on. Launchers fall back to one process, or to a CPU, without a word; so the log says both.
"""

import json
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from rich.console import Console


class Stopwatch:
    """Seconds spent under each name since the last ``read``. To a profiler, they are spans of these names."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = defaultdict(float)
        self._since = time.perf_counter()

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        with torch.profiler.record_function(name):
            yield
        self._seconds[name] += time.perf_counter() - start

    def read(self) -> tuple[float, dict[str, float]]:
        """Seconds since the last reading, and the share of them under each name; starts anew."""
        now = time.perf_counter()
        elapsed, shares = now - self._since, dict(self._seconds)
        self._since, self._seconds = now, defaultdict(float)
        return elapsed, {name: seconds / elapsed for name, seconds in shares.items()}


class Tracker:
    """Writes records of one run. Only the main process has one that is ``active``."""

    def __init__(self, folder: Path, *, active: bool, tensorboard: bool) -> None:
        self._active = active
        self._console = Console(stderr=True)
        self._tensorboard = None
        if not active:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "log.jsonl"
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._tensorboard = SummaryWriter(str(folder / "tensorboard"))

    def record(self, kind: str, step: int, values: Mapping[str, float | str]) -> None:
        """One line of the log: ``kind`` is "start" (of this process), "train" or "validation"."""
        if not self._active:
            return
        line = {"kind": kind, "step": step, "time_s": round(time.time(), 1)} | {
            name: value if isinstance(value, str | int) else float(f"{value:.6g}") for name, value in values.items()
        }
        try:
            with self._path.open("a") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:  # a line less is no reason to lose the run; saving says when the disk stays full
            self.say(f"{self._path}: cannot be written ({error.strerror}); step {step} is missing from the log.")
        if self._tensorboard is not None:
            for name, value in values.items():
                if not isinstance(value, str):
                    self._tensorboard.add_scalar(f"{kind}/{name}", value, step)

    def image(self, step: int, pixels: np.ndarray) -> None:
        """A sheet of samples (H, W, 3) uint8 for TensorBoard."""
        if self._tensorboard is not None:
            self._tensorboard.add_image("samples", pixels, step, dataformats="HWC")

    def say(self, text: str) -> None:
        """A line on stderr."""
        if self._active:
            self._console.print(text, highlight=False)


def progress_line(step: int, num_steps: int, values: Mapping[str, float], images_per_s: float, step_s: float) -> str:
    """Losses, images per second and the time left, on one line."""
    minutes, seconds = divmod(round((num_steps - step) * step_s), 60)
    losses = "  ".join(f"{name} {value:.4f}" for name, value in values.items())
    return f"step {step}/{num_steps}  {losses}  {images_per_s:.1f} images/s  {minutes}:{seconds:02} left"


Machine = dict[str, str | int]


def machine_of(accelerator: Accelerator) -> Machine:
    """Number of processes, and of one of them its device, CPU threads and number format."""
    device = accelerator.device
    card = f" ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else ""
    return {
        "num_processes": accelerator.num_processes,
        "device": f"{device.type}{card}",
        "num_threads": torch.get_num_threads(),
        "precision": {"no": "fp32"}.get(accelerator.mixed_precision, accelerator.mixed_precision),
    }


def machine_sentence(machine: Machine) -> str:
    """Such as "2 processes, each on cpu with 4 threads, fp32"."""
    count = machine["num_processes"]
    who = "1 process," if count == 1 else f"{count} processes, each"
    threads = "1 thread" if machine["num_threads"] == 1 else f"{machine['num_threads']} threads"
    return f"{who} on {machine['device']} with {threads}, {machine['precision']}"
