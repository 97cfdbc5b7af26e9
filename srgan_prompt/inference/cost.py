"""What work will cost, told without loading weights or torch: on this machine now, and on others by their data sheets.

Here: what is known of a network and the size of an image come in; tiles, bytes and seconds go out (``estimate``).
Seconds are rough: floating point operations over the speed at which this machine multiplies matrices now, times what
bfloat16 was measured to gain.

Elsewhere: operations and bytes of an image and of a training step, hence time. Every time is the slower of two limits,
divided by the share of it that is reached:

    arithmetic   operations / (operations a second of the device)
    memory       bytes that layers read and write / (bytes a second of the device's memory)

On a CPU a tile's features stay in its caches, and arithmetic decides. ``predicted_over_measured`` holds the prediction
against this machine; the figures of a GPU are its data sheet's, and the share reached there is taken over from the CPU.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.tiling import RIM_PX, Plan, Span, choose_tiling, tile_budget_bytes

if TYPE_CHECKING:
    from srgan_prompt.network_config import GeneratorConfig

RUNTIME_BYTES = 450 * 2**20  # measured: Python with torch and the shipped weights
CONVOLUTION_SHARE = 0.75  # measured: convolutions run at 0.7 to 0.9 of the speed of one large matrix product
_PROBE_SIDE = 512
_BF16_GAINS = {"amx_bf16": 3.1, "avx512_bf16": 2.0}  # measured, over float32: docs/explanation/speed.md
_BF16_GAIN_WITHOUT = 0.11  # likewise, where the processor has neither
SHARE = 0.8  # measured, of one large convolution: .84 and .83 in float32, .81 and .85 in bfloat16, at 128 and 256 px
TRAINING_SHARE = 0.6  # likewise of a step in bfloat16: .58 with the pixel loss alone, .62 with all
GAN_STEP = 1.60  # operations of a step with all losses over the generator's own: docs/explanation/scaling.md
BYTES_PER_NUMBER = 2  # bfloat16
PNG_PX_PER_CORE_S = 20e6  # measured: .013 s of one core for a result of 512 x 512 px, filtering and deflating
FORWARD_AND_BACKWARD = 3  # gradients of inputs and of weights cost one forward pass each
_TENSORS_PER_BLOCK = 9  # convolution 2, PReLU 2, convolution 2, addition 3: none is fused with the next
_TENSORS_PER_COMPOSER = 35  # TIRG likewise: 14 of doubled width, then gate, residual and their sum
_TENSORS_AT_END = 70  # at the large size: shuffle, enlargement, sum and tone, most of them float32
_TENSORS_OF_REFINEMENT = 25  # at twice the input's size, where it has half the channels: as if of the trunk
_CHANNELS, _SIDE_PX, _REPEATS = 64, 128, 5  # of the convolution whose speed is the limit, and of measuring


@dataclass(frozen=True)
class Estimate:
    """Of one image. ``tile_px`` None: the whole image at once. ``memory_bytes`` is the process's peak."""

    result_size_px: tuple[int, int]
    network_scale: int
    tile_px: int | None
    num_tiles: int
    memory_bytes: int
    time_s: float


def estimate(
    facts: NetworkFacts,
    size_px: tuple[int, int],
    result_size_px: tuple[int, int],
    *,
    bytes_per_channel: int = 1,
    tile: int | str = "auto",
    overlap_px: int | None = None,
    num_views: int = 1,
    num_results: int = 1,
    precision: str = "fp32",
    flops_per_s: float | None = None,
) -> Estimate:
    """What upscaling an image of (width, height) ``size_px`` takes; ``tile`` and overlap are as for ``Upscaler``.

    ``num_views``: how often the network sees every tile. ``num_results``: how many are made and kept, 2 with a receipt.
    ``precision``: "auto", "fp32" or "bf16", as for ``load.load``, on the CPU.
    ``flops_per_s``: the speed of a matrix product in float32, by default what this machine does now.
    """
    width_px, height_px = size_px
    facts = facts.reaching(size_px, result_size_px)
    tiling = choose_tiling(facts, height_px, width_px, tile, overlap_px, budget_bytes=tile_budget_bytes())
    plan = tiling.plan(facts, height_px, width_px)
    input_bytes = width_px * height_px * 3 * bytes_per_channel
    output_bytes = input_bytes * facts.scale**2
    resized = result_size_px != (width_px * facts.scale, height_px * facts.scale)
    result_bytes = result_size_px[0] * result_size_px[1] * 3 * bytes_per_channel if resized else 0
    tile_bytes = _longest(plan.rows) * _longest(plan.columns) * facts.bytes_per_px
    flops = num_results * num_views * _pixels_read(plan) * (facts.flops_per_px or 0)
    kept_bytes = (num_results - 1) * (result_bytes or output_bytes)
    return Estimate(
        result_size_px=result_size_px,
        network_scale=facts.scale,
        tile_px=tiling.tile_px,
        num_tiles=plan.num_tiles,
        memory_bytes=RUNTIME_BYTES + input_bytes + kept_bytes + output_bytes + max(tile_bytes, result_bytes),
        time_s=flops / (CONVOLUTION_SHARE * (flops_per_s or _measured_flops_per_s()) * _gain(precision)),
    )


def _longest(spans: Iterable[Span]) -> int:
    return max(span.read_stop - span.read_start for span in spans)


def _pixels_read(plan: Plan) -> int:
    """Pixels that go through the network, overlaps counted as often as they are computed."""
    rows, columns = (sum(span.read_stop - span.read_start for span in spans) for spans in (plan.rows, plan.columns))
    return rows * columns


def _gain(precision: str) -> float:
    """How many times as fast as float32 it is on this processor."""
    if precision == "fp32":
        return 1.0
    gains = (gain for flag, gain in _BF16_GAINS.items() if flag in _processor_flags())
    return next(gains, 1.0 if precision == "auto" else _BF16_GAIN_WITHOUT)


@cache
def _processor_flags() -> frozenset[str]:
    """What the processor can do, as Linux calls it; empty elsewhere."""
    try:
        return frozenset(Path("/proc/cpuinfo").read_text("utf-8").partition("\nflags")[2].partition("\n")[0].split())
    except OSError:
        return frozenset()


@cache
def _measured_flops_per_s() -> float:
    """What this machine does now: the best of a few matrix products, some hundredths of a second in all."""
    matrix = np.ones((_PROBE_SIDE, _PROBE_SIDE), np.float32)
    times_s = []
    for _ in range(4):
        start_s = time.perf_counter()
        matrix @ matrix
        times_s.append(time.perf_counter() - start_s)
    return 2 * _PROBE_SIDE**3 / min(times_s)


@dataclass(frozen=True)
class Device:
    """Dense bfloat16 operations and bytes of memory a second; ``bytes_per_s`` is inf where caches hold the features."""

    name: str
    flops_per_s: float
    bytes_per_s: float = math.inf
    memory_bytes: float = math.inf


H100 = Device("H100 SXM (data sheet)", 989e12, 3.35e12, 80e9)


class Cost(NamedTuple):
    """Of one image or one training step: operations, bytes that layers read and write, and bytes held at once."""

    flops: float
    traffic_bytes: float
    memory_bytes: float

    def seconds(self, device: Device, share: float = SHARE) -> float:
        """On one ``device`` that reaches ``share`` of its limits."""
        return max(self.flops / device.flops_per_s, self.traffic_bytes / device.bytes_per_s) / share


def image_cost(config: "GeneratorConfig", side_px: int) -> Cost:
    """Upscaling a square image of ``side_px``, mirrored rim and overlaps of tiles counted in."""
    large_px = side_px * config.scale
    cost = estimate(
        NetworkFacts.of(config), (side_px, side_px), (large_px, large_px), flops_per_s=1 / CONVOLUTION_SHARE
    )
    flops = cost.time_s  # of a machine that does one operation a second
    return Cost(flops, flops / flops_per_px(config) * traffic_per_px(config), cost.memory_bytes)


def step_cost(config: "GeneratorConfig", patch_px: int, batch: int, *, losses: float = 1.0) -> Cost:
    """One training step of ``batch`` patches; ``losses``: operations of the whole step over the generator's own.

    What the losses add is taken to have the generator's ratio of bytes to operations. Memory: the features that the
    backward pass needs, which are about those that a forward pass writes, and four numbers of float32 for each weight.
    """
    pixels = batch * patch_px**2
    flops = FORWARD_AND_BACKWARD * pixels * flops_per_px(config) * losses
    traffic_bytes = FORWARD_AND_BACKWARD * pixels * traffic_per_px(config) * losses
    return Cost(flops, traffic_bytes, traffic_bytes / 2 / FORWARD_AND_BACKWARD + 16 * num_weights(config))


def flops_per_px(config: "GeneratorConfig") -> float:
    """Operations for each input pixel."""
    return float(NetworkFacts.of(config).flops_per_px or 0)


def traffic_per_px(config: "GeneratorConfig") -> float:
    """Bytes that the layers read and write for each input pixel, if none is fused with the next."""
    composers = 0 if config.composition == "none" else len(config.compose_after)
    trunk = _TENSORS_PER_BLOCK * config.num_blocks + _TENSORS_PER_COMPOSER * composers
    trunk += _TENSORS_OF_REFINEMENT * (config.tail == "refined")
    return BYTES_PER_NUMBER * (trunk * config.channels + _TENSORS_AT_END * 3 * config.scale**2)


def num_weights(config: "GeneratorConfig") -> float:
    """About: a convolution's operations for a pixel are two for each weight."""
    return flops_per_px(config) / 2


def predicted_over_measured(sides_px: Sequence[int]) -> Iterator[tuple[str, int, float]]:
    """For float32, and bfloat16 where the processor has it: precision, side in pixels, predicted over measured time.

    Each is the median of five, every run beside a convolution whose speed is the limit. What counts is the CPU time of
    this thread, which other work on the machine changes little; so torch is set to one thread.
    """
    import torch

    from srgan_prompt.inference.torch_engine import TorchEngine, has_fast_bf16
    from srgan_prompt.inference.upscaler import Upscaler
    from srgan_prompt.prompts.prompt import read_prompt

    torch.set_num_threads(1)
    upscaler = Upscaler.from_pretrained(device="cpu", precision="fp32")
    shipped = upscaler.model.engine
    if not isinstance(shipped, TorchEngine):
        raise UsageError(f"{upscaler.model.name} is no torch model of srgan_prompt; the formulas are of one.")
    prompt = upscaler.interpret(read_prompt(None)).embedding
    for precision in ("fp32", "bf16") if has_fast_bf16(torch.device("cpu")) else ("fp32",):
        engine = TorchEngine(shipped.generator, "cpu", precision)
        dtype = torch.bfloat16 if precision == "bf16" else torch.float32
        layer = torch.nn.Conv2d(_CHANNELS, _CHANNELS, 3, padding=1, dtype=dtype).to(memory_format=torch.channels_last)
        convolve = torch.inference_mode()(layer)
        features = torch.rand(1, _CHANNELS, _SIDE_PX, _SIDE_PX).to(dtype=dtype, memory_format=torch.channels_last)
        for side_px in sides_px:
            image = torch.rand(1, side_px + 2 * RIM_PX, side_px + 2 * RIM_PX, 3).permute(0, 3, 1, 2).numpy()
            cost = image_cost(shipped.generator.config, side_px)
            ratios = []
            for _ in range(1 + _REPEATS):  # the first does not count
                limit = 2 * 9 * _CHANNELS**2 * _SIDE_PX**2 / _cpu_s(lambda: convolve(features))  # noqa: B023
                seconds = _cpu_s(lambda: engine.run(image, prompt, engine.global_features(image)))  # noqa: B023
                ratios.append(cost.seconds(Device("here", limit)) / seconds)
            yield precision, side_px, statistics.median(ratios[1:])


def _cpu_s(run: Callable[[], object]) -> float:
    start_s = time.thread_time()
    run()
    return time.thread_time() - start_s
