"""How well sentences are read: what was found in them against what a person says is in them."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from srgan_prompt.evaluation.audit.hand_written import HandWritten
from srgan_prompt.prompts.operations import OPERATIONS, RESTORE_PARTS
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
