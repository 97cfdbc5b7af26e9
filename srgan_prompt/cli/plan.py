"""``srgan-prompt plan``: what a job past this machine takes, by formulas; ``--check`` holds them against this one."""

import math
from argparse import Namespace
from typing import TYPE_CHECKING

from srgan_prompt.cli.console import CommandParser, give, number, whole
from srgan_prompt.cli.dry_run import duration

if TYPE_CHECKING:
    from srgan_prompt.config import TrainConfig
    from srgan_prompt.inference.cost import Cost, Device
    from srgan_prompt.network_config import GeneratorConfig

_DESCRIPTION = """\
Say how many operations, bytes, hours and processors a job takes: upscaling, or with --epochs training. Nothing is run
but with --check. GPU figures come from a data sheet and were not measured: docs/explanation/scaling.md.
"""
_CHECK_SIZES_PX = (128, 256)


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("plan", "plan [--images N] [--size PX] [--gpus N] [options]", _DESCRIPTION)
    command.add_argument("--images", type=number(1, 1e15), default=1e6, metavar="N", help="how many (default 1e6)")
    command.add_argument("--size", type=whole(8, 65_000), default=1024, metavar="PX", help="side before (default 1024)")
    command.add_argument("--gpus", type=whole(1, 100_000), default=8, metavar="N", help="processors (default 8)")
    command.add_argument(
        "--epochs", type=number(0.001, 1e6), metavar="N", help="train instead: passes over the images, a patch of each"
    )
    command.add_argument(
        "--batch", type=whole(1, 10**6), default=1024, metavar="N", help="patches a GPU (default 1024)"
    )
    command.add_argument(
        "--tflops", type=number(1e-3, 1e6), metavar="N", help="dense bf16 TFLOP/s of a GPU (default 989: H100 SXM)"
    )
    command.add_argument(
        "--bandwidth", type=number(1e-3, 1e6), metavar="N", help="TB/s of its memory (default 3.35: H100 SXM)"
    )
    command.add_argument("--price", type=number(0, 1e6), metavar="N", help="of one GPU for an hour, any currency")
    command.add_argument("--check", action="store_true", help="hold the formulas against this machine's CPU, a minute")
    return command


def run(args: Namespace) -> int:
    """Print the plan; returns the exit code."""
    from srgan_prompt.config import TrainConfig
    from srgan_prompt.network_config import SHIPPED

    if args.check:
        return _check()
    config = TrainConfig(generator=SHIPPED)
    lines = _upscaling(args, SHIPPED) if args.epochs is None else _training(args, config)
    width = max(map(len, lines))
    title = lines.pop("")
    give("\n".join([title, *(f"  {name:<{width}}  {value}" for name, value in lines.items())]) + "\n")
    return 0


def _upscaling(args: Namespace, config: "GeneratorConfig") -> dict[str, str]:
    from srgan_prompt.inference.cost import PNG_PX_PER_CORE_S, SHARE, image_cost

    device, cost, large_px = _device(args), image_cost(config, args.size), args.size * config.scale
    encode_s = large_px**2 / PNG_PX_PER_CORE_S
    result_bytes = 3 * large_px**2
    return {
        "": f"{args.images:g} images, {args.size} x {args.size} px to {large_px} x {large_px} px, {_who(args, device)}",
        **_costs("an image", cost, device, SHARE),
        **_totals(args, cost.seconds(device) * args.images, device),
        "results": f"{_bytes(result_bytes)} an image uncompressed, {_bytes(result_bytes * args.images)} in all",
        "writing PNG": f"{encode_s:.2g} s of one core an image: {encode_s / cost.seconds(device) * args.gpus:.0f} cores"
        " keep up with the network",
    }


def _training(args: Namespace, config: "TrainConfig") -> dict[str, str]:
    from srgan_prompt.inference.cost import GAN_STEP, TRAINING_SHARE, step_cost

    device, batch, patch_px = _device(args), args.batch, config.data.patch_px
    cost = step_cost(config.generator, patch_px, batch, losses=GAN_STEP)
    steps = args.images * args.epochs / (batch * args.gpus)
    return {
        "": f"{args.epochs:g} x {args.images:g} images, {batch} patches of {patch_px} px a GPU and step, "
        + _who(args, device),
        "steps": f"{steps:.3g}, all losses in each",
        **_costs("a step", cost, device, TRAINING_SHARE),
        **_totals(args, cost.seconds(device, TRAINING_SHARE) * steps * args.gpus, device),
    }


def _costs(what: str, cost: "Cost", device: "Device", share: float) -> dict[str, str]:
    arithmetic_s, memory_s = cost.flops / device.flops_per_s, cost.traffic_bytes / device.bytes_per_s
    limit, needed_ms = "arithmetic" if arithmetic_s > memory_s else "memory", 1000 * cost.seconds(device, share)
    return {
        "operations": f"{cost.flops / 1e12:.3g} TFLOP {what}: {1000 * arithmetic_s:.3g} ms",
        "read and written": f"{_bytes(cost.traffic_bytes)} {what} by the layers: {1000 * memory_s:.3g} ms",
        "memory": f"about {_bytes(cost.memory_bytes)}",
        "limit": f"{limit}, of which {share:.0%} were reached on a CPU: {needed_ms:.3g} ms {what}",
    }


def _totals(args: Namespace, one_gpu_s: float, device: "Device") -> dict[str, str]:
    hours = one_gpu_s / 3600
    price = "" if args.price is None else f", {hours * args.price:.4g} at {args.price:g} an hour"
    return {"time": f"{duration(one_gpu_s / args.gpus)} on {args.gpus} GPUs, {hours:.3g} GPU-hours{price}"}


def _device(args: Namespace) -> "Device":
    from srgan_prompt.inference.cost import H100, Device

    if args.tflops is None and args.bandwidth is None:
        return H100
    flops_per_s = H100.flops_per_s if args.tflops is None else args.tflops * 1e12
    bytes_per_s = H100.bytes_per_s if args.bandwidth is None else args.bandwidth * 1e12
    return Device(f"GPU of {flops_per_s / 1e12:g} TFLOP/s and {bytes_per_s / 1e12:g} TB/s", flops_per_s, bytes_per_s)


def _who(args: Namespace, device: "Device") -> str:
    return f"{args.gpus} x {device.name}, bf16"


def _bytes(count: float) -> str:
    power = min(max(int(math.log10(max(count, 1))) // 3, 0), 5)
    return f"{count / 1000**power:.3g} {('B', 'kB', 'MB', 'GB', 'TB', 'PB')[power]}"


def _check() -> int:
    """Each precision and size: what the formulas say over what is measured."""
    from srgan_prompt.inference.cost import predicted_over_measured

    for precision, side_px, ratio in predicted_over_measured(_CHECK_SIZES_PX):
        give(f"{precision}, {side_px} px: predicted / measured {ratio:.2f}\n")
    return 0
