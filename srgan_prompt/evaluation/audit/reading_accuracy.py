"""How often a sentence is read as it was meant, on sentences that no grammar made and on people's own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.audit.amounts import TOLERANCE
from srgan_prompt.evaluation.audit.hand_written import HandWritten
from srgan_prompt.evaluation.audit.shown import direction
from srgan_prompt.evaluation.audit.spoken import Sentence
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate_share
from srgan_prompt.prompts.operations import OPERATIONS, amounts, plain_request
from srgan_prompt.prompts.reading import Reading


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


@dataclass(frozen=True)
class HumanReadingScores:
    """On people's own sentences, each of one operation: ``operation_percent``, it and nothing else is read;
    ``direction_percent``, it is read, whatever else is, and nothing that opposes it."""

    num_sentences: int
    operation_percent: Estimate
    direction_percent: Estimate


def score_readings(sentences: Sequence[HandWritten], readings: Sequence[Reading]) -> dict[str, ReadingScores]:
    """Scores by kind, and of "all"."""
    kinds = np.array([each.kind for each in sentences])
    verdicts = np.array([_verdict(*each) for each in zip(sentences, readings, strict=True)])
    asks = np.array([bool(each.asks) for each in sentences])
    return {
        kind: _scores(verdicts[chosen], asks[chosen])
        for kind, chosen in [*((kind, kinds == kind) for kind in dict.fromkeys(kinds.tolist())), ("all", kinds != "")]
    }


def score_human(sentences: Sequence[Sentence], readings: Sequence[Reading]) -> HumanReadingScores | None:
    """None without sentences."""
    if not sentences:
        return None
    meant = [set(amounts(plain_request(sentence.operation))) for sentence in sentences]
    read = [set(reading.amounts) for reading in readings]
    return HumanReadingScores(
        num_sentences=len(sentences),
        operation_percent=estimate_share(np.array([one == other for one, other in zip(meant, read, strict=True)])),
        direction_percent=estimate_share(np.array([_points(*each) for each in zip(meant, read, strict=True)])),
    )


def _verdict(sentence: HandWritten, reading: Reading) -> tuple[bool, bool, bool, bool]:
    """Whether operations, amounts (with operations), forbidden operations and completeness are right."""
    asked = set(reading.amounts) == set(sentence.asks)
    return (
        asked,
        asked and _amounts_are_near(sentence.asks, reading.amounts),
        set(reading.forbidden) == set(sentence.forbids),
        reading.is_complete != sentence.unread,
    )


def _amounts_are_near(meant: Mapping[str, str | float], read: Mapping[str, float]) -> bool:
    wanted = {name: _number(name, amount) for name, amount in meant.items()}
    return all(abs(read[name] - amount) <= TOLERANCE * amount + 1e-6 for name, amount in wanted.items())


def _number(operation: str, amount: str | float) -> float:
    """A degree as the amount that it means for ``operation``."""
    return getattr(OPERATIONS[operation], amount) if isinstance(amount, str) else amount


def _scores(verdicts: np.ndarray, asks: np.ndarray) -> ReadingScores:
    asked, near, forbidden, complete = verdicts.T
    return ReadingScores(
        num_sentences=len(verdicts),
        asked_percent=estimate_share(asked),
        amounts_percent=estimate_share(near[asks]) if asks.any() else None,
        forbidden_percent=estimate_share(forbidden),
        complete_percent=estimate_share(complete),
        all_percent=estimate_share(near & forbidden & complete),
    )


def _points(meant: set[str], read: set[str]) -> bool:
    return meant <= read and not any(direction(wish, other) == -1 for wish in meant for other in read)
