"""What work past this machine will take: operations and bytes of an image and of a training step, hence time.

Every time is the slower of two limits, divided by the share of it that is reached:

    arithmetic   operations / (operations a second of the device)
    memory       bytes that layers read and write / (bytes a second of the device's memory)

On a CPU a tile's features stay in its caches, and arithmetic decides. ``plan_check`` holds the prediction against
this machine; the figures of a GPU are its data sheet's, and the share reached there is taken over from the CPU.
"""

import math
from dataclasses import dataclass
from typing import NamedTuple

from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.estimate import CONVOLUTION_SHARE, estimate
from srgan_prompt.network_config import GeneratorConfig

SHARE = 0.8  # measured, of one large convolution: .84 and .83 in float32, .81 and .85 in bfloat16, at 128 and 256 px
TRAINING_SHARE = 0.6  # likewise of a step in bfloat16: .58 with the pixel loss alone, .62 with all
GAN_STEP = 1.66  # counted: operations of a step with all losses of recipes/configs/x4.yaml over the generator's own
BYTES_PER_NUMBER = 2  # bfloat16
PNG_PX_PER_CORE_S = 15.6e6  # measured: .017 s of one core for a result of 512 x 512 px, filtering and deflating
FORWARD_AND_BACKWARD = 3  # gradients of inputs and of weights cost one forward pass each
_TENSORS_PER_BLOCK = 9  # convolution 2, PReLU 2, convolution 2, addition 3: none is fused with the next
_TENSORS_PER_COMPOSER = 35  # TIRG likewise: 14 of doubled width, then gate, residual and their sum
_TENSORS_AT_END = 70  # at the large size: shuffle, enlargement, sum and tone, most of them float32


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


def image_cost(config: GeneratorConfig, side_px: int) -> Cost:
    """Upscaling a square image of ``side_px``, mirrored rim and overlaps of tiles counted in."""
    large_px = side_px * config.scale
    cost = estimate(
        NetworkFacts.of(config), (side_px, side_px), (large_px, large_px), flops_per_s=1 / CONVOLUTION_SHARE
    )
    flops = cost.time_s  # of a machine that does one operation a second
    return Cost(flops, flops / flops_per_px(config) * traffic_per_px(config), cost.memory_bytes)


def step_cost(config: GeneratorConfig, patch_px: int, batch: int, *, losses: float = 1.0) -> Cost:
    """One training step of ``batch`` patches; ``losses``: operations of the whole step over the generator's own.

    What the losses add is taken to have the generator's ratio of bytes to operations. Memory: the features that the
    backward pass needs, which are about those that a forward pass writes, and four numbers of float32 for each weight.
    """
    pixels = batch * patch_px**2
    flops = FORWARD_AND_BACKWARD * pixels * flops_per_px(config) * losses
    traffic_bytes = FORWARD_AND_BACKWARD * pixels * traffic_per_px(config) * losses
    return Cost(flops, traffic_bytes, traffic_bytes / 2 / FORWARD_AND_BACKWARD + 16 * num_weights(config))


def flops_per_px(config: GeneratorConfig) -> float:
    """Operations for each input pixel."""
    return float(NetworkFacts.of(config).flops_per_px or 0)


def traffic_per_px(config: GeneratorConfig) -> float:
    """Bytes that the layers read and write for each input pixel, if none is fused with the next."""
    composers = 0 if config.composition == "none" else len(config.compose_after)
    trunk = _TENSORS_PER_BLOCK * config.num_blocks + _TENSORS_PER_COMPOSER * composers
    return BYTES_PER_NUMBER * (trunk * config.channels + _TENSORS_AT_END * 3 * config.scale**2)


def num_weights(config: GeneratorConfig) -> float:
    """About: a convolution's operations for a pixel are two for each weight."""
    return flops_per_px(config) / 2
