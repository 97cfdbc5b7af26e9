"""What neighbourhood attention costs on a CPU: three ways to compute it, and its share of small networks.

    python recipes/studies/attention_cost.py                                                        a minute on one core

CPU time of one thread, the quickest of several runs, in the number format that training takes here.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.files import replacing
from srgan_prompt.models.attention import NeighbourhoodAttention
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import AttentionConfig, GeneratorConfig
from srgan_prompt.training.build import mixed_precision

BASE = GeneratorConfig(channels=32, num_blocks=6, composition="none", compose_after=(), tone=False)
VARIANTS = {
    "6 blocks": {},
    "6 blocks, attention after 3": {"attention": AttentionConfig(after=(3,))},
    "9 blocks": {"num_blocks": 9},
}
PATCHES = (16, 24)  # images of a training batch, and their side in px


def loop_over_shifts(query: Tensor, key: Tensor, value: Tensor, kernel_px: int) -> Tensor:
    """Neighbourhood attention of one head as a sum over k * k shifted images, (B, d, h, w); temperature 1, no bias."""
    radius_px, (height, width) = kernel_px // 2, query.shape[-2:]
    keys = F.pad(key, (radius_px,) * 4)
    values = F.pad(torch.cat([value, torch.ones_like(value[:, :1])], 1), (radius_px,) * 4)
    total: Tensor | float = 0.0
    for top in range(kernel_px):
        for left in range(kernel_px):
            part = (..., slice(top, top + height), slice(left, left + width))
            total = total + (query * keys[part]).sum(1, keepdim=True).exp() * values[part]
    return total[:, :-1] / total[:, -1:]


def unfold(query: Tensor, key: Tensor, value: Tensor, kernel_px: int) -> Tensor:
    """The same by copying each pixel's k * k neighbours."""
    values = torch.cat([value, torch.ones_like(value[:, :1])], 1)
    keys, values = (
        F.unfold(each, kernel_px, padding=kernel_px // 2).unflatten(1, (-1, kernel_px**2)) for each in (key, values)
    )
    weights = (query.flatten(2)[:, :, None] * keys).sum(1, keepdim=True).exp()
    total = (weights * values).sum(2)
    return (total[:, :-1] / total[:, -1:]).unflatten(-1, query.shape[-2:])


def seconds(work: Callable[[], object], repeats: int) -> float:
    """CPU time of the quickest of ``repeats`` runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def cost(form: Callable[[Tensor], Tensor], channels: int, side_px: int, repeats: int) -> dict[str, float]:
    """Milliseconds of a training pass over a batch of patches, and of upscaling a large image."""
    batch, large = (
        torch.rand(count, channels, side, side).to(memory_format=torch.channels_last)
        for count, side in (PATCHES, (1, side_px))
    )
    with torch.autocast("cpu", torch.bfloat16, enabled=mixed_precision("auto") == "bf16"):
        step = seconds(lambda: form(batch.requires_grad_()).float().mean().backward(), repeats)
        with torch.inference_mode():
            forward = seconds(lambda: form(large), repeats)
    return {"step_ms": 1e3 * step, "forward_ms": 1e3 * forward}


def costs(side_px: int, repeats: int) -> dict[str, dict[str, float]]:
    """Of the three ways to compute the same attention, and of the whole networks."""
    config, draw = AttentionConfig(after=(3,)), torch.nn.Conv2d(BASE.channels, 48, 1)
    ways = {
        way.__name__.replace("_", " "): lambda x, way=way: way(*draw(x).float().chunk(3, 1), config.kernel_px)
        for way in (loop_over_shifts, unfold)
    } | {"blocks (used)": NeighbourhoodAttention(BASE.channels, config)}
    networks = {name: build_generator(BASE.model_copy(update=changes)) for name, changes in VARIANTS.items()}
    found = {name: cost(form, BASE.channels, side_px, repeats) for name, form in ways.items()}
    return found | {name: cost(network, 3, side_px, repeats) for name, network in networks.items()}


def as_table(found: dict[str, dict[str, float]]) -> str:
    lines = ["| computed | training pass (ms) | forward (ms) |", "|---|---|---|"]
    lines += [f"| {name} | {each['step_ms']:.0f} | {each['forward_ms']:.0f} |" for name, each in found.items()]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7, help="runs of which the quickest counts")
    parser.add_argument("--side-px", type=int, default=256, help="side of the image to upscale")
    parser.add_argument("--run", type=Path, default=Path("runs/attention"), help="folder for results")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    found = costs(arguments.side_px, arguments.repeats)
    for name, content in (("costs.json", json.dumps(found, indent=1)), ("costs.md", as_table(found))):
        with replacing(arguments.run / name) as file:
            file.write(content.encode())
    print(as_table(found), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        main()
