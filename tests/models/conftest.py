"""Small networks whose text matters, as if they had been trained."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.network_config import GeneratorConfig

TEXT_DIM = 12
SMALL = {"channels": 8, "num_blocks": 2, "compose_after": (1, 2), "text_dim": TEXT_DIM, "text_channels": 6}


@pytest.fixture(scope="session")
def make_generator() -> Callable[..., Generator]:
    """``make_generator(scale=2, ...)``: a small generator in evaluation mode whose tone head speaks up."""

    def make(**settings: object) -> Generator:
        torch.manual_seed(0)
        generator = build_generator(GeneratorConfig(**{**SMALL, **settings})).eval()
        if hasattr(generator, "tone_head"):
            with torch.no_grad():
                generator.tone_head.to_tone.weight.mul_(20)
        return generator

    return make


@pytest.fixture(scope="session")
def image() -> Tensor:
    """Noise (3, 3, 9, 11): nothing in it is smooth, so every tap of every kernel counts."""
    return torch.rand(3, 3, 9, 11, generator=torch.Generator().manual_seed(1))


@pytest.fixture(scope="session")
def texts() -> Tensor:
    """Three unit vectors (3, 12)."""
    drawn = torch.randn(3, TEXT_DIM, generator=torch.Generator().manual_seed(2))
    return torch.nn.functional.normalize(drawn, dim=1)
