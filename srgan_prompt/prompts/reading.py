"""What a sentence was read as: the only thing that a network conditioned on readings is told of it.

Paraphrases that are read alike act alike, to the bit. What is forbidden or not understood is simply not asked for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from srgan_prompt.prompts.operations import INTENTS, RESTORE_PARTS

UNSURE_BELOW = 0.5  # the reading is more likely wrong than right


@dataclass(frozen=True)
class Reading:
    """The request that one sentence makes.

    ``amounts``: the intents that are asked for, each with its amount in (0, 1] (see ``operations``).
    ``forbidden``: intents that the sentence rules out; none of them has an amount.
    ``confidence``: how likely it is, in [0, 1], that the two above are what was meant.
    ``is_complete``: False where the sentence, or a part of it, asks for something that no operation does.
    """

    amounts: Mapping[str, float] = field(default_factory=dict)
    forbidden: tuple[str, ...] = ()
    confidence: float = 1.0
    is_complete: bool = True

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        return bool(self.amounts)

    @property
    def says_something(self) -> bool:
        """Whether anything is asked for or ruled out."""
        return bool(self.amounts or self.forbidden)

    def within(self, intents: Iterable[str]) -> "Reading":
        """The same request without what is none of ``intents``; a network that knows no more than those can do no more.

        What was left out leaves it incomplete.
        """
        known = {name: amount for name, amount in self.amounts.items() if name in intents}
        return replace(self, amounts=known, is_complete=self.is_complete and len(known) == len(self.amounts))

    def without(self, intents: Iterable[str]) -> "Reading":
        """The same request with ``intents`` taken out of it and forbidden."""
        taken = set(intents)
        amounts = {name: amount for name, amount in self.amounts.items() if name not in taken}
        forbidden = tuple(name for name in INTENTS if name in taken or name in self.forbidden)
        return Reading(amounts, forbidden, self.confidence, self.is_complete)

    def joined(self, other: "Reading") -> "Reading":
        """Both requests as one, with the larger amount where both name an intent."""
        asked = {**self.amounts, **other.amounts}
        return Reading(
            amounts={name: max(each.amounts.get(name, 0.0) for each in (self, other)) for name in asked},
            forbidden=(*self.forbidden, *other.forbidden),
            confidence=min(self.confidence, other.confidence),
            is_complete=self.is_complete and other.is_complete,
        )

    def vector(self, intents: Sequence[str] = INTENTS) -> np.ndarray:
        """The amount of each of ``intents``, float32 [len(intents)]; what a network does not know is left out."""
        return np.array([self.amounts.get(name, 0.0) for name in intents], np.float32)

    def __str__(self) -> str:
        """Such as "restore 1, brighten .5, not sepia"; "nothing" if nothing is asked or forbidden."""
        amounts = dict(self.amounts)
        parts = {amounts.get(name) for name in RESTORE_PARTS}
        part = parts.pop() if len(parts) == 1 else None
        if part is not None:
            amounts = {"restore": part} | {k: v for k, v in amounts.items() if k not in RESTORE_PARTS}
        asked = [f"{name} {_short(amount)}" for name, amount in amounts.items()]
        return ", ".join(asked + [f"not {name}" for name in self.forbidden]) or "nothing"


class ReadClause(NamedTuple):
    """What a clause, or several of equal ``weight``, was read as."""

    clause: str
    reading: Reading
    weight: float = 1.0

    def joined(self, other: "ReadClause") -> "ReadClause":
        """Both as one request of this weight."""
        return ReadClause(f"{self.clause}, {other.clause}", self.reading.joined(other.reading), self.weight)

    def __str__(self) -> str:
        return str(self.reading) if self.weight == 1 else f"{self.reading} (weight {self.weight:g})"


def merged(rows: Iterable[ReadClause]) -> list[ReadClause]:
    """One row for every weight, in order."""
    rows_of: dict[float, ReadClause] = {}
    for row in rows:
        other = rows_of.get(row.weight)
        rows_of[row.weight] = row if other is None else other.joined(row)
    return list(rows_of.values())


def doubts(readings: Iterable[Reading]) -> list[str]:
    """What is to be told of ``readings`` that may be wrong or not all, in half sentences."""
    readings = list(readings)
    found = []
    if any(each.confidence < UNSURE_BELOW for each in readings):
        found.append("this reading is unsure")
    if not all(each.is_complete for each in readings):
        found.append("a part of the sentence was not understood and does nothing")
    return found


def described(readings: Iterable[ReadClause]) -> str:
    """Such as "brighten .5, not sepia; warm .25 (weight 0.7)"; "" for no clauses."""
    return "; ".join(map(str, readings))


def as_json(readings: Sequence[ReadClause]) -> dict[str, Any]:
    """``readings`` as plain values: in short, and in full."""
    full = [{"clause": each.clause, "weight": each.weight, **asdict(each.reading)} for each in readings]
    return {"read_as": described(readings), "readings": full}


class PromptReader(Protocol):
    """Whatever turns sentences into readings."""

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """One reading for each of ``prompts``; an empty prompt asks for nothing and is complete."""


class PackagedReader:
    """The reader in the package, which needs no network; loaded at the first sentence."""

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """See ``PromptReader.read``."""
        from srgan_prompt.prompts.reader import load_reader

        return load_reader().read(prompts)


def reading_vectors(reader: PromptReader, prompts: Sequence[str], intents: Sequence[str] = INTENTS) -> np.ndarray:
    """What ``reader`` makes of each of ``prompts``, as a network takes it: float32 [n, len(intents)]."""
    return np.stack([reading.vector(intents) for reading in reader.read(prompts)])


def _short(amount: float) -> str:
    return f"{amount:.2f}".rstrip("0").rstrip(".").removeprefix("0") or "0"
