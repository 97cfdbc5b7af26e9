"""A tiny random generator and a text encoder of random vectors: no weights, no BERT, no network."""

import zlib
from collections.abc import Sequence

import numpy as np
import pytest
import torch

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.factory import build_generator
from srgan_prompt.models.generator import Generator


class RandomSentences:
    """Every sentence has its own random unit vector; a blank one has zeros."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(prompt) for prompt in prompts])

    def num_tokens_cut(self, prompt: str) -> int:
        return max(0, len(prompt.split()) - 250)

    def _vector(self, prompt: str) -> np.ndarray:
        if not prompt.strip():
            return np.zeros(384, np.float32)
        vector = np.random.default_rng(zlib.crc32(prompt.encode())).standard_normal(384)
        return (vector / np.linalg.norm(vector)).astype(np.float32)


@pytest.fixture(scope="session")
def tiny_config() -> GeneratorConfig:
    return GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8)


def make_generator(tiny_config: GeneratorConfig) -> Generator:
    torch.manual_seed(0)
    generator = build_generator(tiny_config)
    with torch.no_grad():  # as if trained: sentences and neighbours matter
        generator.tail.to_pixels.weight.mul_(4)
        generator.tone_head.to_tone.weight.mul_(20)
    return generator.eval()


@pytest.fixture
def tiny_generator(tiny_config: GeneratorConfig) -> Generator:
    return make_generator(tiny_config)


@pytest.fixture(scope="module")
def module_upscaler(tiny_config: GeneratorConfig) -> Upscaler:
    """For tests that export, which takes seconds, and leave it as it is."""
    return Upscaler.from_generator(make_generator(tiny_config), RandomSentences())


@pytest.fixture
def upscaler(tiny_generator: Generator) -> Upscaler:
    return Upscaler.from_generator(tiny_generator, RandomSentences())


@pytest.fixture
def photo() -> np.ndarray:
    """Smooth colours with noise, uint8 [61, 83, 3]."""
    rng = np.random.default_rng(0)
    rows, columns = np.mgrid[:61, :83]
    smooth = np.stack([rows * 3, columns * 2, rows + columns], axis=-1)
    return np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8)
