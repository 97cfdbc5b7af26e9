"""What a run computes on. Launchers fall back to one process, or to a CPU, without a word; so the log says both."""

import torch
from accelerate import Accelerator

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


def as_sentence(machine: Machine) -> str:
    """Such as "2 processes, each on cpu with 4 threads, fp32"."""
    count = machine["num_processes"]
    who = "1 process," if count == 1 else f"{count} processes, each"
    threads = "1 thread" if machine["num_threads"] == 1 else f"{machine['num_threads']} threads"
    return f"{who} on {machine['device']} with {threads}, {machine['precision']}"
