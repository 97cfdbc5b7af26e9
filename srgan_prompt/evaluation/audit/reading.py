"""How well sentences are read, from the sentence alone.

First, whether a ``Reading`` says what a person says is in the sentence: every operation, amount and prohibition of the
hand-written sentences, the one operation of people's own. Then, whether that takes BERT: it and the simpler
``baselines`` are compared on equal terms, as functions from a sentence to one operation.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, Sentence, by_kind
from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.audit.statistics import Estimate, bootstrap, estimate_share
from srgan_prompt.evaluation.audit.tone_wishes import TOLERANCE, direction
from srgan_prompt.evaluation.confusion import NAMES, PromptScores
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import OPERATIONS, amounts, plain_request
from srgan_prompt.prompts.reading import PromptReader, Reading


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


OperationReader = Callable[[str], str | None]
"""From a sentence to the operation that it asks for, or to None where nothing is understood."""


@torch.inference_mode()
def read_by_bert(model: AuditModel, prompts: Sequence[str]) -> dict[str, str | None]:
    """The operation whose intents point most nearly where those that the generator reads in each prompt do.

    None where no intent reaches the amount at which the upscaler reports a sentence as not understood.
    """
    if not prompts:
        return {}
    found = model.intents(prompts)
    meanings = as_tensors(list(map(plain_request, OPERATIONS))).intents(model.generator.config.intents)
    likeness = F.cosine_similarity(found[:, None], meanings[None], dim=-1)
    understood = (found >= NOT_UNDERSTOOD_BELOW).any(dim=1).tolist()
    names = [list(OPERATIONS)[number] for number in likeness.argmax(dim=1).tolist()]
    return {prompt: name if known else None for prompt, name, known in zip(prompts, names, understood, strict=True)}


@dataclass(frozen=True)
class IntentScores:
    """On one set of sentences: the share that each reader understands rightly, and BERT's lead over each of the others
    in percentage points."""

    accuracy: dict[str, Estimate]
    lead_points: dict[str, Estimate]
    num_sentences: int


def compare_readers(
    readers: Mapping[str, OperationReader], sentences: Sequence[tuple[str, str | None]]
) -> IntentScores | None:
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


def baseline_db(scores: PromptScores, sentences: Sequence[Sentence], reader: OperationReader) -> np.ndarray:
    """PSNR in dB (S,) of the output if ``reader`` chose the documented wording to give to the network, or none.

    It needs no run: what each documented wording makes of the same image is among the ``scores``.
    """
    chosen = [reader(sentence.prompt) for sentence in sentences]
    return np.array(
        [
            scores.other_prompt_psnr[row, NAMES.index(name)] if name in NAMES else scores.empty[row]
            for row, name in enumerate(chosen)
        ]
    )
