"""Small checkpoints to break."""

from typing import Any

import pytest
import torch


@pytest.fixture
def tensors() -> dict[str, dict[str, torch.Tensor]]:
    generator = torch.Generator().manual_seed(0)
    return {
        "generator": {"conv.weight": torch.randn(4, 3, 3, 3, generator=generator), "conv.bias": torch.zeros(4)},
        "ema": {"conv.weight": torch.randn(4, 3, 3, 3, generator=generator)},
        "rng": {"torch": torch.get_rng_state()},
    }


@pytest.fixture
def documents() -> dict[str, Any]:
    return {"config": {"lr": 1e-4, "steps": 10}, "progress": {"epoch": 3, "name": "früh", "best": 0.1 + 0.2}}
