"""How well a reader understands sentences, and the thresholds at which it does so best.

A ``Reading`` is right if it says what a person says is in the sentence: every operation, amount and prohibition of the
hand-written sentences, the one operation of people's own. ``calibrated`` chooses a reader's thresholds and confidence
by the same verdicts, on sentences that it was never trained on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, Sentence, by_kind
from srgan_prompt.evaluation.audit.model import direction
from srgan_prompt.evaluation.statistics import Estimate, estimate_share
from srgan_prompt.prompts.bert import score_sentence
from srgan_prompt.prompts.operations import amounts, plain_request
from srgan_prompt.prompts.reader import ReaderFile, Thresholds, decide
from srgan_prompt.prompts.reading import PromptReader, Reading

TOLERANCE = 0.2  # of an amount that was asked for: what is read, or shown, within so much of it is right
_GRID = np.linspace(0.05, 0.95, 37)  # of thresholds


def asks_alike(found: Reading, wanted: Reading) -> bool:
    """Whether the same operations are asked for, by whatever amount."""
    return found.amounts.keys() == wanted.amounts.keys()


def amounts_agree(found: Reading, wanted: Reading) -> bool:
    """Whether the same operations are asked for, each within ``TOLERANCE`` of the wanted amount."""
    return asks_alike(found, wanted) and all(
        abs(found.amounts[name] - amount) <= TOLERANCE * amount + 1e-6 for name, amount in wanted.amounts.items()
    )


def forbids_alike(found: Reading, wanted: Reading) -> bool:
    """Whether the same operations are ruled out."""
    return set(found.forbidden) == set(wanted.forbidden)


def as_complete(found: Reading, wanted: Reading) -> bool:
    """Whether the sentence is rightly taken as understood in full, or rightly not."""
    return found.is_complete == wanted.is_complete


def is_right(found: Reading, wanted: Reading) -> bool:
    """Whether ``found`` would do what was meant: amounts and what is forbidden."""
    return amounts_agree(found, wanted) and forbids_alike(found, wanted)


def is_reported(reading: Reading) -> bool:
    """Whether the user is told that the sentence, or a part of it, was not understood."""
    return not reading.is_complete or not reading.asks


_VERDICTS: dict[str, Callable[[Reading, Reading], bool]] = {
    "asks": asks_alike,
    "amounts": amounts_agree,
    "forbids": forbids_alike,
    "complete": as_complete,
    "right": is_right,
}


def _verdicts(sentences: Sequence[HandWritten], readings: Sequence[Reading]) -> dict[str, np.ndarray]:
    """Which sentences each of ``_VERDICTS`` holds for, booleans (S,)."""
    pairs = [(found, sentence.meaning) for sentence, found in zip(sentences, readings, strict=True)]
    return {name: np.array([holds(*pair) for pair in pairs]) for name, holds in _VERDICTS.items()}


def measure_reader(reader: PromptReader, sentences: Sequence[HandWritten]) -> dict[str, dict[str, float]]:
    """By kind of sentence, and for "all": the shares for which each verdict holds, and ``num_sentences``."""
    verdicts = _verdicts(sentences, reader.read([sentence.prompt for sentence in sentences]))
    return {
        kind: {name: float(right[chosen].mean()) for name, right in verdicts.items()}
        | {"num_sentences": int(chosen.sum())}
        for kind, chosen in by_kind(sentences).items()
    }


def share_of_operations(reader: PromptReader, operation_of: Mapping[str, str]) -> float:
    """The share of prompts in which exactly their one operation is found; ``operation_of`` maps prompt to operation."""
    pairs = zip(reader.read(list(operation_of)), operation_of.values(), strict=True)
    return float(np.mean([set(found.amounts) == _parts(operation) for found, operation in pairs]))


def _parts(operation: str) -> set[str]:
    """What a reading names for ``operation``: "restore" is its three parts."""
    return set(amounts(plain_request(operation)))


@dataclass(frozen=True)
class ReadingScores:
    """Of one kind of sentences, in percent: ``asked_percent``, exactly the right operations; ``amounts_percent``, and
    each within a fifth of its amount (None where nothing is asked); ``forbidden_percent``, exactly the right ones;
    ``complete_percent``, rightly taken as understood in full or not; ``all_percent``, all of these."""

    num_sentences: int
    asked_percent: Estimate
    amounts_percent: Estimate | None
    forbidden_percent: Estimate
    complete_percent: Estimate
    all_percent: Estimate


def score_readings(sentences: Sequence[HandWritten], readings: Sequence[Reading]) -> dict[str, ReadingScores]:
    """Scores by kind, and of "all"."""
    right = _verdicts(sentences, readings)
    asks = np.array([bool(each.asks) for each in sentences])
    return {
        kind: ReadingScores(
            num_sentences=int(chosen.sum()),
            asked_percent=estimate_share(right["asks"][chosen]),
            amounts_percent=estimate_share(right["amounts"][chosen & asks]) if (chosen & asks).any() else None,
            forbidden_percent=estimate_share(right["forbids"][chosen]),
            complete_percent=estimate_share(right["complete"][chosen]),
            all_percent=estimate_share((right["right"] & right["complete"])[chosen]),
        )
        for kind, chosen in by_kind(sentences).items()
    }


@dataclass(frozen=True)
class HumanReadingScores:
    """On people's own sentences, each of one operation: ``operation_percent``, it and nothing else is read;
    ``direction_percent``, it is read, whatever else is, and nothing that opposes it."""

    num_sentences: int
    operation_percent: Estimate
    direction_percent: Estimate


def score_human(sentences: Sequence[Sentence], readings: Sequence[Reading]) -> HumanReadingScores | None:
    """None without sentences."""
    if not sentences:
        return None
    pairs = [(_parts(meant.operation), set(read.amounts)) for meant, read in zip(sentences, readings, strict=True)]
    return HumanReadingScores(
        num_sentences=len(sentences),
        operation_percent=estimate_share(np.array([meant == read for meant, read in pairs])),
        direction_percent=estimate_share(np.array([_same_direction(*pair) for pair in pairs])),
    )


def _same_direction(meant: set[str], read: set[str]) -> bool:
    return meant <= read and not any(direction(wish, other) == -1 for wish in meant for other in read)


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
