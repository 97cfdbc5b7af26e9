"""Tiny random generators, a text encoder of random vectors and a reader of few words, for every room: no weights, no
BERT, no network.

One generator is conditioned on raw embeddings, its twin on readings.
"""

import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import nn

from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.models.layers import RefinedTail
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.prompts.reading import Reading

TINY = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_channels=8, text_features="raw")
TINY_READING = TINY.model_copy(update={"text_features": "reading"})


def make_generator(config: GeneratorConfig = TINY) -> Generator:
    """The same weights every time, scaled as if trained: sentences and neighbours matter."""
    torch.manual_seed(0)
    generator = build_generator(config)
    with torch.no_grad():
        generator.tail.to_pixels.weight.mul_(4)
        generator.tone_head.to_tone.weight.mul_(20)
    return generator.eval()


def let_refine(network: nn.Module, std: float = 1.0) -> None:
    """As if trained: every refined tail in ``network``, which begins at zero, adds noise to what is drawn."""
    for each in network.modules():
        if isinstance(each, RefinedTail):
            nn.init.normal_(each.refine[-2].weight, std=std)


class FewWordsReader:
    """Reads the sentences that it was given, and nothing else; ``num_calls``: how often it was asked."""

    def __init__(self, readings: Mapping[str, Reading]) -> None:
        self._readings, self.num_calls = readings, 0

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        self.num_calls += 1
        unknown = Reading(is_complete=False)
        return [self._readings.get(prompt, unknown if prompt else Reading()) for prompt in prompts]


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
