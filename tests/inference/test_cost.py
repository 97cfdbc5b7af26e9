"""Costs told without torch agree with what torch says and does.

Those of a plan agree with what is counted in the network itself; no time is measured.
"""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.cost import H100, SHARE, Cost, Device, estimate, image_cost, step_cost, traffic_per_px
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.load import resolve
from srgan_prompt.inference.torch_engine import TorchEngine, has_fast_bf16
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import SRGAN, build_generator
from srgan_prompt.network_config import GeneratorConfig

CONFIGS = [
    GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8),
    GeneratorConfig(channels=16, num_blocks=3, compose_after=(1, 2), scale=2, text_channels=8),
    GeneratorConfig(channels=12, num_blocks=2, compose_after=(2,), scale=3, tail="srgan", text_channels=8),
    SRGAN.model_copy(update={"channels": 8, "num_blocks": 2}),
    GeneratorConfig(channels=9, num_blocks=2, compose_after=(1,), tail="refined", text_channels=8),
]


def multiplications(config: GeneratorConfig, side_px: int = 12) -> float:
    """Counted in the running network's convolutions, per input pixel."""
    generator = build_generator(config).eval()
    counted = []

    def count(layer, inputs, output):
        kernel = layer.weight[0].numel()
        counted.append(output.numel() * kernel)

    for name, layer in generator.named_modules():
        if isinstance(layer, torch.nn.Conv2d) and not name.startswith("context_encoder"):
            layer.register_forward_hook(count)
    steering = None if config.composition == "none" else TextConditioning.of(torch.randn(1, config.text_width), 1.0)
    with torch.inference_mode():
        generator(torch.rand(1, 3, side_px, side_px), steering)
    return sum(counted) / side_px**2


@pytest.mark.parametrize("config", CONFIGS, ids=["tiny", "x2", "srgan tail x3", "srgan", "refined tail"])
def test_facts_are_those_of_the_network(config):
    facts, engine = NetworkFacts.of(config), TorchEngine(build_generator(config), "cpu")
    assert facts == engine.facts
    assert facts.receptive_radius_px == engine.generator.receptive_radius_px
    assert facts.flops_per_px == pytest.approx(2 * multiplications(config), rel=0.02)


def test_an_estimate_counts_tiles_and_bytes():
    facts = NetworkFacts.of(CONFIGS[0])
    whole = estimate(facts, (100, 60), (400, 240), tile="off", flops_per_s=1e9)
    tiled = estimate(facts, (100, 60), (400, 240), tile=32, flops_per_s=1e9)
    resized = estimate(facts, (100, 60), (4000, 2400), tile="off")
    assert (whole.num_tiles, whole.tile_px) == (1, None)
    assert (tiled.num_tiles, tiled.tile_px) == (8, 32)
    assert whole.time_s == pytest.approx(112 * 72 * facts.flops_per_px / 0.75e9)
    assert tiled.time_s > whole.time_s  # overlaps are computed twice
    assert tiled.memory_bytes < whole.memory_bytes < resized.memory_bytes
    assert estimate(facts, (100, 60), (400, 240), bytes_per_channel=2).memory_bytes > whole.memory_bytes


def test_an_estimate_knows_the_precision_that_will_run():
    def seconds(precision):
        return estimate(NetworkFacts.of(CONFIGS[0]), (9, 9), (36, 36), precision=precision, flops_per_s=1e9).time_s

    is_fast = has_fast_bf16(torch.device("cpu"))
    assert (seconds("auto") < seconds("fp32")) == (seconds("bf16") < seconds("fp32")) == is_fast
    assert seconds("auto") == (seconds("bf16") if is_fast else seconds("fp32"))


def test_models_that_are_not_here_are_assumed_to_be_like_the_default(tmp_path):
    for source in ("some-owner/some-model", tmp_path / "foreign.pth", tmp_path / "exported.onnx"):
        assert resolve(source).known_facts() is None
    assert resolve("some-owner/some-model").assumed_facts() == NetworkFacts.of(GeneratorConfig())
    assert resolve("foreign.pth").assumed_facts().is_foreign
    with pytest.raises(ModelError):
        resolve("no hub id").known_facts()


@pytest.mark.parametrize("content", ["", "{", '{"chanels": 8}', '{"channels": 8, "channels": 9}'])
def test_broken_settings_are_model_errors(tmp_path, content):
    (tmp_path / "config.json").write_text(content, encoding="utf-8")
    with pytest.raises(ModelError):
        resolve(tmp_path).known_facts()


def test_a_folder_without_settings_is_a_model_error(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json"):
        resolve(tmp_path).known_facts()


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


@pytest.mark.parametrize(("num_blocks", "tail"), [(4, "shuffle"), (12, "shuffle"), (12, "refined")])
def test_layers_read_and_write_what_the_formula_says(num_blocks, tail):
    config = GeneratorConfig(num_blocks=num_blocks, compose_after=(2, 4), tail=tail)
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
