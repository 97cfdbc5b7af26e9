"""Losses of retrieval (Vo et al. 2019, section 4): query i of a batch must be nearest to target i.

``similarities`` (B, B): row i has how alike query i is to each target of the batch, and its own is on the diagonal.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from srgan_prompt.types import PerSample


def batch_softmax_loss(similarities: Tensor) -> PerSample:
    """Cross-entropy of the right target among all of the batch: equation 5, K = B, of the paper."""
    return F.cross_entropy(similarities, torch.arange(len(similarities), device=similarities.device), reduction="none")


def soft_triplet_loss(similarities: Tensor) -> PerSample:
    """Mean over the wrong targets of log(1 + exp(wrong - right)): equation 6, K = 2 and M = B - 1."""
    right = similarities.diagonal()[:, None]
    is_wrong = ~torch.eye(len(similarities), dtype=torch.bool, device=similarities.device)
    return (F.softplus(similarities - right) * is_wrong).sum(dim=1) / (len(similarities) - 1)
