"""A generator as modules that can be traced for ONNX: one picture, and the clauses along the batch axis.

The generator takes any number of clauses per picture as a loop; a graph needs that number to stay open.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from srgan_prompt.inference.engine import PromptEmbedding
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.steering import Steering, remove_direction


@dataclass(frozen=True)
class ClausesAsBatch(Steering):
    """For one picture: ``texts`` (K, D), ``weights`` (K,), ``negative`` (K,), 1 where a text must not act, else 0.

    A negative text has weight 0. What does not depend on the text is computed once.
    """

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "ClausesAsBatch":
        """See ``Steering.map_texts``: ``tower`` (K, D) -> (K, T) on texts and negatives alike."""
        return ClausesAsBatch(tower(self.texts), self.weights, self.negative)

    def combine(self, change: Callable[[Tensor], Tensor]) -> Tensor:
        """The weighted sum (1, ...) of the changes (K, ...) that ``change`` makes, without what a negative asks for."""
        each = change(self.texts)
        total = _sum(self.weights, each)
        return total if self.negative is None else remove_direction(total, _sum(self.negative, each))


class Projected(ClausesAsBatch):
    """The same after the text tower, which then stays out of the graph."""

    @classmethod
    def by(cls, generator: Generator, guidance: PromptEmbedding) -> "Projected":
        """``guidance`` through the text tower of ``generator``; no negative costs nothing."""
        texts, weights, negative = (torch.from_numpy(each) for each in guidance.as_rows())
        return cls(generator.text_tower(texts), weights, None if guidance.negative is None else negative)

    def map_texts(self, tower: Callable[[Tensor], Tensor]) -> "Projected":
        """Nothing is left to do."""
        return self


class Steerable(nn.Module):
    """(image, texts, weights, negative, context) -> result."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, image: Tensor, texts: Tensor, weights: Tensor, negative: Tensor, context: Tensor) -> Tensor:
        """Image (1, 3, h, w), texts (K, D), weights and negative (K,), context (1, C) or NaN to (1, 3, s*h, s*w)."""
        return _steer(self.generator, image, ClausesAsBatch(texts, weights, negative), context)


class Baked(nn.Module):
    """(image, context) -> result. ``steering`` None is the unprompted path."""

    def __init__(self, generator: Generator, steering: Steering | None) -> None:
        super().__init__()
        self.generator, self.steering = generator, steering

    def forward(self, image: Tensor, context: Tensor) -> Tensor:
        """Image (1, 3, h, w) and context (1, C), NaN for the image's own, to (1, 3, s*h, s*w)."""
        return _steer(self.generator, image, self.steering, context)


class Intent(nn.Module):
    """Texts (K, D) to how much of each operation they ask for (K, operations)."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.tower, self.head = generator.text_tower, generator.intent_head

    def forward(self, texts: Tensor) -> Tensor:
        """One row a text; see ``Generator.intent``."""
        return self.head(self.tower(texts))


def _steer(generator: Generator, image: Tensor, steering: Steering | None, context: Tensor) -> Tensor:
    if steering is None:
        return generator(image)
    if generator.config.tone:
        context = torch.where(context.isnan(), generator.context(image), context)
    return generator(image, steering, context.expand(steering.texts.shape[0], -1))


def _sum(weights: Tensor, each: Tensor) -> Tensor:
    return (weights.view(-1, *[1] * (each.dim() - 1)) * each).sum(dim=0, keepdim=True)
