"""A tiny random generator with the tiny text encoder, and small pictures."""

import pytest
import torch

from srgan_prompt.config import GeneratorConfig
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.models.factory import build_generator
from srgan_prompt.text.encoder import TextEncoder


@pytest.fixture
def subject() -> AuditSubject:
    torch.manual_seed(0)
    config = GeneratorConfig(channels=8, num_blocks=2, compose_after=(1,), text_dim=32, text_channels=8)
    generator = build_generator(config)
    with torch.no_grad():  # as if trained: sentences matter
        generator.tone_head.to_tone.weight.mul_(20)
    return AuditSubject(generator, TextEncoder.tiny().encode, "tiny")


@pytest.fixture
def pictures() -> list[torch.Tensor]:
    """Two smooth pictures (1, 3, 48, 48)."""
    coarse = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    smooth = torch.nn.functional.interpolate(coarse, size=(48, 48), mode="bicubic").clamp(0, 1)
    return list(smooth[:, None])
