"""Convolutions of AlexNet's shapes with random weights, so that LPIPS can be tested without the real ones."""

import numpy as np
import torch

SHAPES = ((64, 3, 11, 11), (192, 64, 5, 5), (384, 192, 3, 3), (256, 384, 3, 3), (256, 256, 3, 3))


def random_alexnet_state() -> dict[str, torch.Tensor]:
    """Weights (OIHW) and biases as ``find_alexnet`` names them."""
    rng = np.random.default_rng(0)
    state = {}
    for number, shape in enumerate(SHAPES, 1):
        scale = (2 / np.prod(shape[1:])) ** 0.5
        state[f"conv{number}.weight"] = torch.from_numpy((rng.normal(size=shape) * scale).astype(np.float32))
        state[f"conv{number}.bias"] = torch.from_numpy((rng.normal(size=shape[0]) * 0.1).astype(np.float32))
    return state
