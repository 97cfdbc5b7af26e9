"""How prompts reach a network: embeddings of clauses, how strongly each acts, and what must not change.

A composer (see ``composition``) returns the change that one text makes; ``TextConditioning.combine`` weighs and adds
the changes of all clauses. An empty prompt is an all-zero embedding: its weight is 0, bit-equal to no prompt.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import torch
from torch import Tensor, nn

TOWER_CHANNELS = 256


@dataclass(frozen=True)
class TextConditioning:
    """``texts`` (B, K, D): K clauses per image. ``weights`` (B, K): 0 = off, 1 = as worded, above 1 extrapolates.

    ``negative`` (B, D) or None: a sentence whose direction is taken out of the change.
    """

    texts: Tensor
    weights: Tensor
    negative: Tensor | None = None

    @classmethod
    def of(cls, texts: Tensor, strength: float = 1.0, negative: Tensor | None = None) -> "TextConditioning":
        """From one embedding per image (B, D) or K clauses (B, K, D), all at ``strength``; zero rows are off."""
        clauses = texts if texts.dim() == 3 else texts[:, None]
        return cls(clauses, strength * clauses.ne(0).any(dim=-1).to(clauses.dtype), negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "TextConditioning":
        """The same with every embedding passed through ``tower``; weights stay."""
        return replace(self, texts=tower(self.texts), negative=None if self.negative is None else tower(self.negative))

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        """Sum over clauses of weight * change(text), with the negative's direction removed."""
        changes = (
            _per_sample(self.weights[:, k], each) * each
            for k, each in enumerate(change(self.texts[:, k]) for k in range(self.texts.shape[1]))
        )
        total = cast("Tensor", sum(changes))  # the 0 that a sum without terms is adds nothing anywhere
        return total if self.negative is None else remove_direction(total, change(self.negative))


def remove_direction(change: Tensor, direction: Tensor) -> Tensor:
    """``change`` without its component along ``direction``; both (B, C, ...), projected over C at each place.

    Only a component of the same sign is removed: what already opposes the direction may stay.
    """
    along = (change * direction).sum(dim=1, keepdim=True).clamp(min=0)
    length = direction.square().sum(dim=1, keepdim=True)
    return change - along / (length + torch.finfo(torch.float32).eps) * direction  # bfloat16's own is no small number


def _per_sample(weights: Tensor, like: Tensor) -> Tensor:
    return weights.view(-1, *[1] * (like.dim() - 1)).to(like.dtype)


class TextTower(nn.Sequential):
    """Readings or unit vectors (..., D) to the text features (..., T) of ONE network: two linear layers.

    The components of a unit vector are about 1/sqrt(D); they are scaled to 1 first, or the first layer would see almost
    nothing and learn as slowly. A reading, with one or two amounts that are not 0, is about as long.
    """

    def __init__(self, text_dim: int, text_channels: int) -> None:
        super().__init__(nn.Linear(text_dim, TOWER_CHANNELS), nn.GELU(), nn.Linear(TOWER_CHANNELS, text_channels))
        self.input_scale = text_dim**0.5

    def forward(self, text: Tensor) -> Tensor:
        """``text`` (..., D) to text features (..., T)."""
        return super().forward(text * self.input_scale)
