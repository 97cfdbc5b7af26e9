"""Optimisers and the learning-rate schedule. The schedule is a pure function of the step: nothing to save."""

import math

import torch
from torch import nn

from srgan_prompt.config import OptimConfig


def build_optimizer(module: nn.Module, learning_rate: float, config: OptimConfig) -> torch.optim.Adam:
    """Adam over all parameters; the fused form is one kernel and works on CPU and CUDA."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, betas=config.betas, fused=True)


def schedule(step: int, num_steps: int, config: OptimConfig) -> float:
    """The share of the full learning rate at ``step``: linear warm-up, then half a cosine down to ``final_share``."""
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, step / max(1, num_steps)))
    return warm * (config.final_share + (1 - config.final_share) * cosine)


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Give every parameter group ``learning_rate``."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate
