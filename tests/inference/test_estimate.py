"""Estimates without torch agree with what torch says and does."""

import pytest
import torch

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.cost import estimate
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.source import resolve
from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import SRGAN, build_generator
from srgan_prompt.network_config import GeneratorConfig

CONFIGS = [
    GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8),
    GeneratorConfig(channels=16, num_blocks=3, compose_after=(1, 2), scale=2, text_channels=8),
    GeneratorConfig(channels=12, num_blocks=2, compose_after=(2,), scale=3, tail="srgan", text_channels=8),
    SRGAN.model_copy(update={"channels": 8, "num_blocks": 2}),
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


@pytest.mark.parametrize("config", CONFIGS, ids=["tiny", "x2", "srgan tail x3", "srgan"])
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


def test_models_that_are_not_here_are_assumed_to_be_like_the_default(tmp_path):
    for source in ("some-owner/some-model", tmp_path / "foreign.pth", tmp_path / "exported.onnx"):
        assert resolve(source).known_facts() is None
    assert resolve("some-owner/some-model").assumed_facts() == NetworkFacts.of(GeneratorConfig())
    assert not resolve("foreign.pth").assumed_facts().takes_prompts
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
