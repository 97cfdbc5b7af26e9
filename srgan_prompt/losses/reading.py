"""How wrong a reader is on a batch of sentences."""

import torch
import torch.nn.functional as F
from torch import Tensor


def levels_loss(levels: Tensor, is_right: Tensor, has_number: Tensor, number_levels: tuple[int, int]) -> Tensor:
    """Scalar: minus the log probability that a right level is said, summed over intents, mean over sentences.

    ``levels``: (B, N, L) logits. ``is_right``: (B, N, L) bool, at least one in each row. ``has_number``: (B) bool; the
    ``number_levels`` of other sentences are impossible.
    """
    columns = torch.zeros(levels.shape[-1], dtype=torch.bool)
    columns[list(number_levels)] = True
    levels = levels.masked_fill(columns & ~has_number[:, None, None], -1e4)
    right = levels.masked_fill(~is_right, -torch.inf)
    return (levels.logsumexp(-1) - right.logsumexp(-1)).sum(1).mean()


def pointer_loss(pointers: Tensor, is_right: Tensor, is_number: Tensor) -> Tensor:
    """Scalar: minus the log probability of pointing at a right number, mean over all intents that mean a number.

    ``pointers``: (B, N, T) logits. ``is_right``: (B, N, T) bool. ``is_number``: (B, T) bool.
    """
    meant = is_right.any(-1)
    if not meant.any():
        return pointers.new_zeros(())
    among = pointers.masked_fill(~is_number[:, None], -1e4)[meant]
    right = among.masked_fill(~is_right[meant], -torch.inf)
    return (among.logsumexp(-1) - right.logsumexp(-1)).mean()


def complete_loss(complete: Tensor, is_complete: Tensor) -> Tensor:
    """Scalar: cross-entropy of the logits ``complete`` (B) against ``is_complete`` (B), 0 or 1."""
    return F.binary_cross_entropy_with_logits(complete, is_complete)


def states_loss(states: Tensor, wanted: Tensor, is_compared: Tensor) -> Tensor:
    """Scalar: mean over wordpieces of 1 - the cosine between ``states`` and the teacher's ``wanted``, both (B, T, D).

    ``is_compared``: (B, T) bool, the wordpieces that count.
    """
    return (1 - F.cosine_similarity(states, wanted, dim=-1))[is_compared].mean()
