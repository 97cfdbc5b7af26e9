"""The formulas of a plan against the network itself: operations and bytes are counted, no time is measured."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from srgan_prompt.inference.cost import H100, SHARE, Cost, Device, image_cost, step_cost, traffic_per_px
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import build_generator
from srgan_prompt.network_config import GeneratorConfig

VIEWS = (
    "view",
    "permute",
    "expand",
    "slice",
    "select",
    "split",
    "unsqueeze",
    "detach",
    "t.",
    "alias",
    "chunk",
    "empty",
)


class Traffic(TorchDispatchMode):
    """Sums the bytes of all tensors that operators take and give; views move none."""

    num_bytes = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        if not any(name in str(func).removeprefix("aten.") for name in VIEWS):
            flat = [item for each in (*args, result) for item in (each if isinstance(each, list | tuple) else [each])]
            self.num_bytes += sum(each.nbytes for each in flat if isinstance(each, torch.Tensor))
        return result


@pytest.mark.parametrize("num_blocks", [4, 12])
def test_layers_read_and_write_what_the_formula_says(num_blocks):
    config = GeneratorConfig(num_blocks=num_blocks, compose_after=(2, 4))
    generator, side_px = build_generator(config).eval(), 96
    image = torch.rand(1, 3, side_px, side_px).to(memory_format=torch.channels_last)
    conditioning = TextConditioning.of(torch.rand(1, config.text_width))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        features = generator.global_features(image)
        weights = sum(
            2 * each.nbytes for each in generator.parameters()
        )  # read in float32, written and read in bfloat16
        with Traffic() as traffic:
            generator(image, conditioning, features)
    assert traffic_per_px(config) == pytest.approx((traffic.num_bytes - weights) / side_px**2, rel=0.2)


def test_the_slower_limit_decides():
    device = Device("slow", flops_per_s=100.0, bytes_per_s=10.0)
    assert Cost(100, 1, 0).seconds(device) == pytest.approx(1 / SHARE)
    assert Cost(100, 50, 0).seconds(device, share=0.5) == pytest.approx(10)
    assert Cost(100, 1e9, 0).seconds(Device("cached", 100.0)) == pytest.approx(1 / SHARE)


def test_images_and_steps_are_sums_over_pixels():
    config = GeneratorConfig()
    flops_per_px = NetworkFacts.of(config).flops_per_px
    assert image_cost(config, 128).flops == pytest.approx(140**2 * flops_per_px)
    assert image_cost(config, 4096).flops > 4096**2 * flops_per_px, "overlaps of tiles are computed twice"
    step = step_cost(config, 24, 16)
    assert step.flops == pytest.approx(69.2e9, rel=0.01), "counted by torch in a step with the pixel loss alone"
    assert step_cost(config, 24, 32).flops == 2 * step.flops
    assert step.memory_bytes < H100.memory_bytes
