"""Weights made of other weights: the moving average that is validated and shipped, interpolation, a further tail."""

import copy
from collections.abc import Mapping
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.layers import RefinedTail

M = TypeVar("M", bound=nn.Module)


class Ema(Generic[M]):
    """Exponential moving average of a module's weights and buffers.

    The decay is warmed up as min(decay, (1 + n) / (10 + n)) after n updates, so that early averages are not stuck at
    the random start.
    """

    def __init__(self, module: M, decay: float) -> None:
        self.decay = decay
        self.num_updates = 0
        self.module = copy.deepcopy(module).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average one step towards ``module``."""
        decay = min(self.decay, (1 + self.num_updates) / (10 + self.num_updates))
        self.num_updates += 1
        pairs = list(zip(self.module.state_dict().values(), module.state_dict().values(), strict=True))
        counters = [pair for pair in pairs if not pair[0].is_floating_point()]
        for average, current in counters:
            average.copy_(current)
        # All in one kernel: a GPU would take longer to be asked a hundred times than to average.
        averages, currents = zip(*(pair for pair in pairs if pair[0].is_floating_point()), strict=True)
        get_ema_multi_avg_fn(decay)(averages, currents, self.num_updates)


def weights_for(generator: Generator, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """``weights`` as those of ``generator``: where it has a refined tail and they have none, one that adds nothing.

    They draw what they drew. Whether they fit otherwise is for ``load_strict`` to say.
    """
    if not isinstance(generator.tail, RefinedTail):
        return dict(weights)
    return {f"tail.refine.{name}": each for name, each in generator.tail.silent().items()} | dict(weights)


def interpolate_weights(ours: Mapping[str, Tensor], others: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """``share * ours + (1 - share) * others``, by name; ``share`` in [0, 1].

    Raises UsageError for another share, ModelError if the two belong to different networks.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"A share of {share:g} is not possible; give a number from 0 to 1.")
    if {name: each.shape for name, each in ours.items()} != {name: each.shape for name, each in others.items()}:
        raise ModelError("Weights of different networks cannot be averaged; give two of the same settings.")
    return {name: torch.lerp(others[name], tensor, share) for name, tensor in ours.items()}
