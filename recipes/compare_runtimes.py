"""Is there a faster runtime than the engines? The network in those that are none, beside torch as ``upscale`` runs it.

    python recipes/compare_runtimes.py --sizes 64 128 256

Cost: five minutes on two cores, of which torch.compile and bf16 take most. Compare numbers of one run only. Runtimes
not installed are left out with a word (pip install openvino). The engines among themselves: benchmark_speed.py.
"""

import argparse
import sys
import timeit
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from srgan_prompt.errors import UsageError, exit_on_user_error
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.prompt import read_prompt

BATCH, TILE_PX = 4, 128
Run = Callable[[], np.ndarray]
Inputs = tuple[Tensor, Tensor]  # an image [1, 3, h, w] in [0, 1] and its global features


class Prompted(nn.Module):
    """(image, global features) -> result, with the prompt as a constant."""

    def __init__(self, generator: Generator, conditioning: TextConditioning) -> None:
        super().__init__()
        self.generator, self.conditioning = generator, conditioning

    def forward(self, image: Tensor, features: Tensor) -> Tensor:
        return self.generator(image, self.conditioning, features)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder or hub id; none: the shipped weights")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 128, 256], help="sides of the input, px")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = parser.parse_args()
    torch.set_grad_enabled(False)
    network = prompted(Upscaler.from_pretrained(args.model, device="cpu", threads=args.threads))
    print(f"| {args.threads} threads |" + "".join(f" {side_px} px |" for side_px in args.sizes))
    print("|---" * (1 + len(args.sizes)) + "|")
    for name, prepare in RUNTIMES.items():
        cells = [measured(prepare, network, inputs_of(network, side_px), args.threads) for side_px in args.sizes]
        print(f"| {name} | {' | '.join(cells)} |", flush=True)
    single = inputs_of(network, TILE_PX)
    at_once = tuple(torch.cat([each] * BATCH) for each in single)
    seconds = [measured(channels_last, network, inputs, args.threads) for inputs in (single, at_once)]
    print(f"\nTorch, {TILE_PX} px: one image {seconds[0]}, {BATCH} at once {seconds[1]}.")


def prompted(upscaler: Upscaler) -> Prompted:
    """The network with the default request."""
    engine, prompt = upscaler.model.engine, upscaler.interpret(read_prompt(None)).embedding
    if not isinstance(engine, TorchEngine) or prompt is None:
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt that takes prompts.")
    return Prompted(engine.generator, engine.steering(prompt, 1)).eval()


def inputs_of(network: Prompted, side_px: int) -> Inputs:
    """A random image and its global features."""
    image = torch.rand(1, 3, side_px, side_px, generator=torch.Generator().manual_seed(0))
    return image, network.generator.global_features(image)


def channels_last(network: nn.Module, inputs: Inputs, threads: int) -> Run:
    """Torch as ``upscale`` runs it."""
    network.to(memory_format=torch.channels_last)
    image = inputs[0].to(memory_format=torch.channels_last)
    return lambda: network(image, inputs[1]).numpy()


def default_layout(network: nn.Module, inputs: Inputs, threads: int) -> Run:
    """Torch, images channel by channel."""
    network.to(memory_format=torch.contiguous_format)
    return lambda: network(*inputs).numpy()


def compiled(network: nn.Module, inputs: Inputs, threads: int) -> Run:
    """``torch.compile`` for this size."""
    torch.compiler.reset()
    return channels_last(torch.compile(network), inputs, threads)


def openvino(precision: str, network: nn.Module, inputs: Inputs, threads: int) -> Run:
    """OpenVINO, from the traced network: its reader of ONNX crashes on our export (2026.4)."""
    import openvino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing is for one size, and that is all we want
        traced = torch.jit.trace(network, inputs, check_trace=False)
    model = openvino.convert_model(traced, example_input=inputs)
    options = {"INFERENCE_NUM_THREADS": threads, "INFERENCE_PRECISION_HINT": precision}
    ready, arrays = openvino.Core().compile_model(model, "CPU", options), [each.numpy() for each in inputs]
    return lambda: ready(arrays)[0]


RUNTIMES = {
    "torch, channels_last": channels_last,
    "torch, default layout": default_layout,
    "torch.compile": compiled,
    "OpenVINO": partial(openvino, "f32"),
    "OpenVINO, bf16": partial(openvino, "bf16"),
}


def measured(prepare: Callable[..., Run], network: Prompted, inputs: Inputs, threads: int) -> str:
    """The fastest of three runs after a first one, or why there is none."""
    try:
        run = prepare(network, inputs, threads)
    except ImportError as error:
        print(f"left out: {error}", file=sys.stderr)
        return "-"
    run()
    return f"{min(timeit.repeat(run, number=1, repeat=3)):.3f} s"


if __name__ == "__main__":
    with exit_on_user_error():
        main()
