"""How well sentences are read: what was found in them against what a person says is in them.

How often a sentence is read as it was meant, on sentences that no grammar made and on people's own.

Whether the request is understood from the sentence alone: BERT and what may stand in its place, on equal terms.

A reader is a function from a sentence to an operation, or to None where it understands nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, Sentence
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.audit.statistics import Estimate, bootstrap, estimate_share
from srgan_prompt.evaluation.audit.tone_wishes import TOLERANCE, direction
from srgan_prompt.evaluation.confusion import REQUESTS, Obedience
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import OPERATIONS, RESTORE_PARTS, amounts, plain_request
from srgan_prompt.prompts.reading import PromptReader, Reading

AMOUNT_TOLERANCE = 0.2  # of the wanted amount


def wanted_reading(sentence: HandWritten) -> Reading:
    """The reading that ``sentence`` deserves."""
    amounts = {
        name: getattr(OPERATIONS[name], amount) if isinstance(amount, str) else float(amount)
        for name, amount in sentence.asks.items()
    }
    return Reading(amounts, sentence.forbids, is_complete=not sentence.unread)


def asks_alike(found: Reading, wanted: Reading) -> bool:
    """Whether the same intents are asked for, by whatever amount."""
    return found.amounts.keys() == wanted.amounts.keys()


def amounts_agree(found: Reading, wanted: Reading) -> bool:
    """Whether the same intents are asked for, each within ``AMOUNT_TOLERANCE`` of the wanted amount."""
    return asks_alike(found, wanted) and all(
        abs(found.amounts[name] - amount) <= AMOUNT_TOLERANCE * amount + 1e-6 for name, amount in wanted.amounts.items()
    )


def forbids_alike(found: Reading, wanted: Reading) -> bool:
    """Whether the same intents are ruled out."""
    return set(found.forbidden) == set(wanted.forbidden)


def is_right(found: Reading, wanted: Reading) -> bool:
    """Whether ``found`` would do what was meant: amounts and what is forbidden."""
    return amounts_agree(found, wanted) and forbids_alike(found, wanted)


_MEASURES: dict[str, Callable[[Reading, Reading], bool]] = {
    "asks": asks_alike,
    "amounts": amounts_agree,
    "forbids": forbids_alike,
    "complete": lambda found, wanted: found.is_complete == wanted.is_complete,
    "right": is_right,
}


def measure_reader(reader: PromptReader, sentences: Sequence[HandWritten]) -> dict[str, dict[str, float]]:
    """By kind of sentence, and for "all": the shares of ``_MEASURES`` that hold, and ``num_sentences``."""
    found = reader.read([sentence.prompt for sentence in sentences])
    pairs = [(sentence.kind, each, wanted_reading(sentence)) for sentence, each in zip(sentences, found, strict=True)]
    kinds = dict.fromkeys(kind for kind, _, _ in pairs)
    by_kind = {kind: [(ours, theirs) for own, ours, theirs in pairs if own == kind] for kind in kinds}
    return {kind: _shares(some) for kind, some in [*by_kind.items(), ("all", [pair[1:] for pair in pairs])]}


def share_of_operations(reader: PromptReader, operation_of: Mapping[str, str]) -> float:
    """The share of prompts in which exactly their one operation is found; ``operation_of`` maps prompt to operation."""
    parts = {"restore": RESTORE_PARTS}
    wanted = [Reading(dict.fromkeys(parts.get(name, (name,)), 1.0)) for name in operation_of.values()]
    found = reader.read(list(operation_of))
    return _mean(asks_alike(ours, theirs) for ours, theirs in zip(found, wanted, strict=True))


def _shares(pairs: Sequence[tuple[Reading, Reading]]) -> dict[str, float]:
    shares = {name: _mean(holds(*pair) for pair in pairs) for name, holds in _MEASURES.items()}
    return shares | {"num_sentences": len(pairs)}


def _mean(values: Iterable[bool]) -> float:
    values = list(values)
    return sum(values) / len(values)


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
    verdicts = np.array([_reading_verdict(*each) for each in zip(sentences, readings, strict=True)])
    asks = np.array([bool(each.asks) for each in sentences])
    return {
        kind: _reading_scores(verdicts[chosen], asks[chosen])
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


def _reading_verdict(sentence: HandWritten, reading: Reading) -> tuple[bool, bool, bool, bool]:
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


def _reading_scores(verdicts: np.ndarray, asks: np.ndarray) -> ReadingScores:
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


Reader = Callable[[str], str | None]
_NUMBER: dict[str | None, int] = {request.clauses[0].operation: number for number, request in enumerate(REQUESTS)}


@torch.inference_mode()
def read_by_bert(subject: AuditModel, prompts: Sequence[str]) -> dict[str, str | None]:
    """The operation whose intents point most nearly where those that the generator reads in each prompt do.

    None where no intent reaches the amount at which the upscaler reports a sentence as not understood.
    """
    if not prompts:
        return {}
    amounts = subject.intents(prompts)
    meanings = as_tensors(list(map(plain_request, OPERATIONS))).intents(subject.generator.config.intents)
    likeness = F.cosine_similarity(amounts[:, None], meanings[None], dim=-1)
    understood = (amounts >= NOT_UNDERSTOOD_BELOW).any(dim=1).tolist()
    names = [list(OPERATIONS)[number] for number in likeness.argmax(dim=1).tolist()]
    return {prompt: name if known else None for prompt, name, known in zip(prompts, names, understood, strict=True)}


@dataclass(frozen=True)
class IntentScores:
    """On one set of sentences: the share that each reader understands rightly, and BERT's lead over each of the others
    in percentage points."""

    accuracy: dict[str, Estimate]
    lead_points: dict[str, Estimate]
    num_sentences: int


def score_readers(readers: Mapping[str, Reader], sentences: Sequence[tuple[str, str | None]]) -> IntentScores | None:
    """Accuracy of every reader, among them "BERT", on ``sentences``, each with the operation that it means or None;
    None without sentences."""
    if not sentences:
        return None
    right = {
        name: np.array([reader(prompt) == operation for prompt, operation in sentences], float)
        for name, reader in readers.items()
    }
    leads = {name: bootstrap(100 * (right["BERT"] - hits)) for name, hits in right.items() if name != "BERT"}
    return IntentScores({name: bootstrap(hits) for name, hits in right.items()}, leads, len(sentences))


def stand_in_db(obedience: Obedience, sentences: Sequence[Sentence], reader: Reader) -> np.ndarray:
    """PSNR in dB (S,) of the output if ``reader`` chose the documented wording to give to the network, or none.

    It needs no run: those outputs were measured as rivals of each sentence.
    """
    chosen = [_NUMBER.get(reader(sentence.prompt)) for sentence in sentences]
    return np.array(
        [obedience.empty[row] if number is None else obedience.rivals[row, number] for row, number in enumerate(chosen)]
    )
