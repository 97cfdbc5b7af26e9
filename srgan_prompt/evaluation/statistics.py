"""Means with their uncertainty, rank correlation, and the Markdown that shows them. numpy in, plain numbers out.

Over images and sentences the interval is a percentile bootstrap, or Wilson's for a share of sentences. Where both the
images and the sentences are a sample of all there are, both are drawn anew, independently: the pigeonhole bootstrap
(Owen 2007), which errs on the wide side. Over the seeds of a study (``SeededRuns``) it is the standard deviation.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np

from srgan_prompt.files import replacing

NUM_DRAWS = 2000
CONFIDENCE_PERCENT = 95
_NORMAL_QUANTILE = NormalDist().inv_cdf(0.5 + CONFIDENCE_PERCENT / 200)

Records = dict[str, list[dict[str, Any]]]  # for each variant the figures of each seed
Columns = Mapping[str, tuple[str, int]]  # a figure's name: its title, and how many decimals are shown


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


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with one line of headings."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def table_of(rows: Sequence[Mapping[str, str]]) -> str:
    """The same of ``rows``, at least one, whose keys are the headings."""
    return table(list(rows[0]), (list(row.values()) for row in rows))


def shown(value: Estimate | None, digits: int) -> str:
    """A mean with its interval, such as "28.60 (27.10 to 30.00)"; "-" for what was not measured."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def cell(text: str) -> str:
    """``text`` as it may stand in a table."""
    return text.replace("|", "\\|")


class SeededRuns:
    """What has been measured so far, kept in the file ``path``: a study that is killed goes on where it was."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.records: Records = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def measure(self, variant: str, seed: int, measurement: Callable[[], dict[str, Any]]) -> None:
        """Take the ``measurement`` of ``variant`` under ``seed``, counted from 0, unless it is known."""
        runs = self.records.setdefault(variant, [])
        if len(runs) > seed:
            return
        runs.append(measurement())
        with replacing(self.path) as file:
            file.write(json.dumps(self.records, indent=1).encode())


def seeded_table(records: Records, title: str, columns: Columns) -> str:
    """Markdown: the mean over all seeds, and their standard deviation where there are several."""
    lines = [f"| {title} | {' | '.join(name for name, _ in columns.values())} |", "|---|" + "---:|" * len(columns)]
    for variant, runs in records.items():
        cells = [_mean_and_spread([run[column] for run in runs], digits) for column, (_, digits) in columns.items()]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _mean_and_spread(values: list[float], digits: int) -> str:
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"
