"""Means with their uncertainty, and rank correlation. numpy in, plain numbers out.

The interval is a percentile bootstrap. Where both the pictures and the sentences are a sample of all there are, both
are drawn anew, independently: the pigeonhole bootstrap (Owen 2007), which errs on the wide side.
"""

from dataclasses import dataclass

import numpy as np

NUM_DRAWS = 2000
CONFIDENCE_PERCENT = 95


@dataclass(frozen=True)
class Estimate:
    """A mean and the ends of its confidence interval."""

    mean: float
    low: float
    high: float


def estimate(values: np.ndarray, *units: np.ndarray, seed: int = 0) -> Estimate | None:
    """The mean of ``values`` (S,); None if there are none.

    ``units``: arrays (S,) of labels; values of one label are drawn together. Without any, every value is on its own.
    """
    if not len(values):
        return None
    rng = np.random.default_rng(seed)
    weights = np.ones((NUM_DRAWS, len(values)))
    for unit in units or (np.arange(len(values)),):
        labels, member = np.unique(unit, return_inverse=True)
        times_drawn = rng.multinomial(len(labels), np.full(len(labels), 1 / len(labels)), size=NUM_DRAWS)
        weights *= times_drawn[:, member]
    total = weights.sum(axis=1)
    drawn = total > 0  # with two units, a draw may miss every value
    means = (weights @ np.asarray(values, float))[drawn] / total[drawn]
    low, high = np.percentile(means, [50 - CONFIDENCE_PERCENT / 2, 50 + CONFIDENCE_PERCENT / 2])
    return Estimate(float(np.mean(values)), float(low), float(high))


def spearman(x: np.ndarray, y: np.ndarray) -> float:
    """Rank correlation of ``x`` and ``y`` (n,) in [-1, 1], ties at their mean rank; 0 if either is constant."""
    first, second = _ranks(x), _ranks(y)
    if not first.any() or not second.any():
        return 0.0
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Centred ranks."""
    _, member, count = np.unique(values, return_inverse=True, return_counts=True)
    mean_rank = count.cumsum() - (count + 1) / 2
    return mean_rank[member] - (len(values) - 1) / 2
