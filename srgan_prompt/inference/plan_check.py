"""The formulas of ``plan`` against the CPU of this machine, on one thread."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence

import torch

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.plan import Device, image_cost
from srgan_prompt.inference.tiling import RIM_PX
from srgan_prompt.inference.torch_engine import TorchEngine, has_fast_bf16
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.prompt import read_prompt

_CHANNELS, _SIDE_PX, _REPEATS = 64, 128, 5


@torch.inference_mode()
def predicted_over_measured(sides_px: Sequence[int]) -> Iterator[tuple[str, int, float]]:
    """For float32, and bfloat16 where the processor has it: precision, side in pixels, predicted over measured time.

    Each is the median of five, every run beside a convolution whose speed is the limit. What counts is the CPU time of
    this thread, which other work on the machine changes little; so torch is set to one thread.
    """
    torch.set_num_threads(1)
    upscaler = Upscaler.from_pretrained(device="cpu", precision="fp32")
    shipped = upscaler.model.engine
    if not isinstance(shipped, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; the formulas are of one.")
    prompt = upscaler.interpret(read_prompt(None)).embedding
    for precision in ("fp32", "bf16") if has_fast_bf16(torch.device("cpu")) else ("fp32",):
        engine = TorchEngine(shipped.generator, "cpu", precision)
        convolution = _convolution(torch.bfloat16 if precision == "bf16" else torch.float32)
        for side_px in sides_px:
            image = torch.rand(1, side_px + 2 * RIM_PX, side_px + 2 * RIM_PX, 3).permute(0, 3, 1, 2).numpy()
            cost = image_cost(shipped.generator.config, side_px)
            ratios = []
            for _ in range(1 + _REPEATS):  # the first does not count
                limit = 2 * 9 * _CHANNELS**2 * _SIDE_PX**2 / _cpu_s(convolution)
                seconds = _cpu_s(lambda: engine.run(image, prompt, engine.global_features(image)))  # noqa: B023
                ratios.append(cost.seconds(Device("here", limit)) / seconds)
            yield precision, side_px, statistics.median(ratios[1:])


def _convolution(dtype: torch.dtype) -> Callable[[], object]:
    """One large 3x3 convolution of 64 channels."""
    layer = torch.nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, dtype=dtype).to(memory_format=torch.channels_last)
    x = torch.rand(1, _CHANNELS, _SIDE_PX, _SIDE_PX).to(dtype=dtype, memory_format=torch.channels_last)
    return lambda: layer(x)


def _cpu_s(run: Callable[[], object]) -> float:
    start_s = time.thread_time()
    run()
    return time.thread_time() - start_s
