"""Means with their uncertainty, and rank correlation. numpy in, plain numbers out.

The interval is a percentile bootstrap, or Wilson's for a share of sentences. Where both the images and the sentences
are a sample of all there are, both are drawn anew, independently: the pigeonhole bootstrap (Owen 2007), which errs on
the wide side.
"""

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

NUM_DRAWS = 2000
CONFIDENCE_PERCENT = 95
_NORMAL_QUANTILE = NormalDist().inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)


@dataclass(frozen=True)
class Estimate:
    """A mean and the ends of its confidence interval."""

    mean: float
    low: float
    high: float

    @property
    def percent(self) -> "Estimate":
        """A share in [0, 1] in percent."""
        return Estimate(100 * self.mean, 100 * self.low, 100 * self.high)


def estimate(values: np.ndarray, *units: np.ndarray, seed: int = 0) -> Estimate | None:
    """As ``bootstrap``; None if there are no ``values``."""
    return bootstrap(values, *units, seed=seed) if len(values) else None


def bootstrap(values: np.ndarray, *units: np.ndarray, seed: int = 0) -> Estimate:
    """The mean of ``values`` (S,), at least one.

    ``units``: arrays (S,) of labels; values of one label are drawn together. Without any, every value is on its own.
    """
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


def estimate_grid(values: np.ndarray, *, columns_are_sample: bool = False) -> Estimate:
    """The mean of ``values`` (P, S), S measurements on each of P images; drawn anew are the images, and the columns
    too if they are a sample of all that there are."""
    image, column = (numbers.ravel() for numbers in np.indices(values.shape))
    return bootstrap(values.ravel(), *([image, column] if columns_are_sample else [image]))


def estimate_share(hits: np.ndarray) -> Estimate:
    """The percentage of ``hits`` (S,), booleans of independent sentences, at least one; interval of Wilson (1927).

    A bootstrap of a few hits without a miss would have an interval of no width.
    """
    num, share = len(hits), float(np.mean(hits))
    squared = _NORMAL_QUANTILE**2 / num
    centre = (share + squared / 2) / (1 + squared)
    reach = _NORMAL_QUANTILE * np.sqrt(share * (1 - share) / num + squared / num / 4) / (1 + squared)
    return Estimate(100 * share, 100 * float(centre - reach), 100 * float(centre + reach))


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
