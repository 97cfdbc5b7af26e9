"""A reader's thresholds and confidence, chosen on sentences that it was never trained on."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten
from srgan_prompt.evaluation.audit.reading import as_complete, asks_alike, forbids_alike, is_right
from srgan_prompt.prompts.bert import score_sentence
from srgan_prompt.prompts.reader import ReaderFile, Thresholds, decide
from srgan_prompt.prompts.reading import Reading

_GRID = np.linspace(0.05, 0.95, 37)


def calibrated(file: ReaderFile, sentences: Sequence[HandWritten]) -> Thresholds:
    """The thresholds at which ``file`` reads most of ``sentences`` right, and an honest confidence at them."""
    pieces = [file.vocabulary.split(sentence.prompt) for sentence in sentences]
    scores = [score_sentence(file.weights, each.ids) for each in pieces]
    wanted = [sentence.meaning for sentence in sentences]

    def read(thresholds: Thresholds) -> list[Reading]:
        return [decide(each, own.values, thresholds) for each, own in zip(scores, pieces, strict=True)]

    def best(thresholds: Thresholds, name: str, holds: Callable[[Reading, Reading], bool]) -> Thresholds:
        counts = [sum(map(holds, read(replace(thresholds, **{name: float(value)})), wanted)) for value in _GRID]
        # To overlook a prohibition is no safer than to imagine one.
        tolerated = 0.0 if name == "forbid" else len(sentences) / 100
        return replace(thresholds, **{name: cautious(_GRID, counts, tolerated)})

    chosen = best(Thresholds(), "ask", asks_alike)
    chosen = best(chosen, "forbid", forbids_alike)
    chosen = best(chosen, "complete", as_complete)
    readings = read(chosen)
    log_odds = np.array([np.log(each.confidence / (1 - each.confidence)) for each in readings])
    is_so = np.array([is_right(found, want) for found, want in zip(readings, wanted, strict=True)])
    slope, offset = fit_logistic(log_odds, is_so)
    return replace(chosen, slope=slope, offset=offset)


def fit_logistic(x: np.ndarray, is_so: np.ndarray, num_steps: int = 25) -> tuple[float, float]:
    """Slope and offset of the logistic curve through (x, is_so), (n,) each, by Newton's method.

    Targets are drawn in by one pseudo-count on either side, so that a perfect score gives a finite curve (Platt 1999).
    """
    high, low = (is_so.sum() + 1) / (is_so.sum() + 2), 1 / ((~is_so).sum() + 2)
    target = np.where(is_so, high, low)
    design = np.stack([x, np.ones_like(x)], axis=1)
    curve = np.zeros(2)
    for _ in range(num_steps):
        chance = 1 / (1 + np.exp(-np.clip(design @ curve, -30, 30)))
        slopes = design.T * (chance * (1 - chance) + 1e-6)
        curve += np.linalg.solve(slopes @ design + 1e-3 * np.eye(2), design.T @ (target - chance))
    return float(curve[0]), float(curve[1])


def cautious(values: np.ndarray, num_right: Sequence[int], tolerated: float) -> float:
    """The highest of ``values`` at which at most ``tolerated`` fewer sentences are read right than at the best of them.

    A wish that is not carried out can be said again; what nobody asked for spoils an image.
    """
    good_enough = np.array(num_right) >= max(num_right) - tolerated
    return float(np.round(values[good_enough].max(), 3))
