"""A tiny random generator and a text encoder of random vectors, for every room: no weights, no BERT, no network."""

import zlib
from collections.abc import Sequence

import numpy as np
import torch

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.models.factory import build_generator
from srgan_prompt.models.generator import Generator

TINY = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8)


def make_generator(config: GeneratorConfig = TINY) -> Generator:
    """The same weights every time, scaled as if trained: sentences and neighbours matter."""
    torch.manual_seed(0)
    generator = build_generator(config)
    with torch.no_grad():
        generator.tail.to_pixels.weight.mul_(4)
        generator.tone_head.to_tone.weight.mul_(20)
    return generator.eval()


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
