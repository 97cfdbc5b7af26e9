"""Config to network: the only place that builds them."""

import torch

from srgan_prompt.config import DiscriminatorConfig, GeneratorConfig
from srgan_prompt.models.discriminator import Discriminator
from srgan_prompt.models.generator import Generator

SRGAN = GeneratorConfig(
    num_blocks=16,
    batch_norm=True,
    first_kernel_px=9,
    tail="srgan",
    image_skip="none",
    composition="none",
    compose_after=(),
    tone=False,
)
"""Ledig et al. 2017: 16 blocks with batch norm, 9x9 ends, two up-sampling convolutions, no text."""


def build_generator(config: GeneratorConfig) -> Generator:
    """A new generator. ``channels_last`` doubles the speed of its convolutions on a CPU."""
    return Generator(config).to(memory_format=torch.channels_last)


def build_discriminator(config: DiscriminatorConfig, text_width: int) -> Discriminator:
    """A new discriminator for texts of ``text_width`` numbers (see ``GeneratorConfig.text_width``)."""
    return Discriminator(config, text_width).to(memory_format=torch.channels_last)
