"""One network out of two of the same family: the mean of a fine-tuned one and its start (Wortsman et al. 2022).

Between weights that training has moved only a little, the mean is often better than both: it gives back what
fine-tuning forgot, and keeps most of what it learnt.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from srgan_prompt.errors import ModelError, UsageError


def average_weights(ours: Mapping[str, Tensor], others: Mapping[str, Tensor], share: float) -> dict[str, Tensor]:
    """``share * ours + (1 - share) * others``, by name; ``share`` in [0, 1].

    Raises UsageError for another share, ModelError if the two belong to different networks.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"A share of {share:g} is not possible; give a number from 0 to 1.")
    if {name: each.shape for name, each in ours.items()} != {name: each.shape for name, each in others.items()}:
        raise ModelError("Weights of different networks cannot be averaged; give two of the same settings.")
    return {name: torch.lerp(others[name], tensor, share) for name, tensor in ours.items()}
