"""A prompt -> what its clauses were read as -> the amounts that steer a network, for networks conditioned on readings.

Clauses of equal weight are one request, as if they had been one sentence; those of other weights are rows of their own.
What one clause forbids, or the negative prompt asks for, is taken out of all clauses exactly. No torch.

What a prompt means to a model: the numbers that steer it, what was read, and what the user should know about it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from srgan_prompt.inference.engine import PromptEmbedding
from srgan_prompt.inference.load import LoadedModel
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, amounts
from srgan_prompt.prompts.prompt import Prompt, shortened
from srgan_prompt.prompts.reading import PromptReader, Reading

UNSURE_BELOW = 0.5  # the reading is more likely wrong than right


class ReadClause(NamedTuple):
    """What a clause, or several of equal ``weight``, was read as."""

    clause: str
    reading: Reading
    weight: float = 1.0

    def __str__(self) -> str:
        return str(self.reading) if self.weight == 1 else f"{self.reading} (weight {self.weight:g})"


@dataclass(frozen=True)
class ReadPrompt:
    """A prompt as it was read; ``notes``: what the user should know about that, in plain sentences."""

    clauses: tuple[ReadClause, ...] = ()
    notes: tuple[str, ...] = ()

    def guidance(self, intents: Sequence[str], strength: float) -> PromptEmbedding | None:
        """What an engine of ``intents`` is run with; None if nothing is asked for."""
        texts = [each.reading.vector(intents) for each in self.clauses]
        weights = [strength * each.weight * text.any() for each, text in zip(self.clauses, texts, strict=True)]
        return PromptEmbedding(np.stack(texts), np.array(weights, np.float32)) if any(weights) else None


def read_clauses(asked: Prompt, reader: PromptReader, intents: Sequence[str]) -> ReadPrompt:
    """``asked`` as a network of ``intents`` can follow it; nothing where nothing acts.

    The default request is known and not read.
    """
    if not asked.acts:
        return ReadPrompt()
    if asked.is_default:
        read = [Reading({name: amount for name, amount in amounts(DEFAULT_REQUEST).items() if name in intents})]
    else:
        read = [_within(each, intents) for each in reader.read([text for text, _ in asked.clauses])]
    negative = _within(reader.read([asked.negative])[0], intents) if asked.negative else Reading()
    taken = {*negative.amounts, *(name for each in read for name in each.forbidden)}
    rows = [ReadClause(text, each, weight) for (text, weight), each in zip(asked.clauses, read, strict=True)]
    merged = [row._replace(reading=row.reading.without(taken)) for row in _merged(rows)]
    return ReadPrompt(tuple(merged), tuple(_notes_on_readings(asked, read, negative, merged)))


def described(clauses: Iterable[ReadClause]) -> str:
    """Such as "brighten .5, not sepia; warm .25 (weight 0.7)"; "" for no clauses."""
    return "; ".join(map(str, clauses))


def as_json(clauses: Sequence[ReadClause]) -> dict[str, Any]:
    """``clauses`` as plain values: in short, and in full."""
    full = [{"clause": each.clause, "weight": each.weight, **asdict(each.reading)} for each in clauses]
    return {"read_as": described(clauses), "readings": full}


def _within(reading: Reading, intents: Sequence[str]) -> Reading:
    """``reading`` without what the network cannot do."""
    known = {name: amount for name, amount in reading.amounts.items() if name in intents}
    return replace(reading, amounts=known, is_complete=reading.is_complete and len(known) == len(reading.amounts))


def _merged(rows: Iterable[ReadClause]) -> list[ReadClause]:
    """One row for every weight, in order; the larger amount where two clauses name an intent."""
    merged: dict[float, ReadClause] = {}
    for row in rows:
        if row.weight not in merged:
            merged[row.weight] = row
            continue
        other = merged[row.weight]
        merged[row.weight] = ReadClause(f"{other.clause}, {row.clause}", _both(other.reading, row.reading), row.weight)
    return list(merged.values())


def _both(one: Reading, other: Reading) -> Reading:
    asked = {**one.amounts, **other.amounts}
    return Reading(
        amounts={name: max(each.amounts.get(name, 0.0) for each in (one, other)) for name in asked},
        forbidden=(*one.forbidden, *other.forbidden),
        confidence=min(one.confidence, other.confidence),
        is_complete=one.is_complete and other.is_complete,
    )


def _notes_on_readings(
    asked: Prompt, read: Sequence[Reading], negative: Reading, rows: Sequence[ReadClause]
) -> Iterator[str]:
    """``read``: the clauses of ``asked`` one by one; ``rows``: what became of them all."""
    asks = any(row.reading.asks for row in rows)
    for (text, _), each in zip(asked.clauses, read, strict=True):
        if not _says_something(each):
            end = "it changes nothing" if asks else "nothing is changed"
            yield f"'{shortened(text)}' asks for nothing that this model can do; {end}."
    understood = list(filter(_says_something, read))
    remarks = list(_doubts([*understood, *filter(_says_something, [negative])]))
    if understood and not asks:
        remarks.append("nothing is changed")
    if remarks:
        yield f"read as: {described(rows)}; {', and '.join(remarks)}."
    if asked.negative and not negative.asks:
        negated = shortened(asked.negative)
        yield f"The negative '{negated}' asks for nothing that this model can do; it takes nothing away."


def _doubts(readings: Sequence[Reading]) -> Iterator[str]:
    if any(each.confidence < UNSURE_BELOW for each in readings):
        yield "this reading is unsure"
    if not all(each.is_complete for each in readings):
        yield "a part of the sentence was not understood and does nothing"


def _says_something(reading: Reading) -> bool:
    return reading.asks or bool(reading.forbidden)


@dataclass(frozen=True)
class Interpretation:
    """``guidance``: what the engine is run with, None if nothing acts. ``readings``: of models that take them."""

    guidance: PromptEmbedding | None = None
    readings: tuple[ReadClause, ...] = ()
    notes: tuple[str, ...] = ()


def interpret(asked: Prompt, model: LoadedModel) -> Interpretation:
    """``asked`` as ``model`` understands it. Raises ModelError where a sentence needs an encoder that is not there."""
    engine = model.engine
    if not engine.facts.takes_prompts:
        is_told = asked.acts and not asked.is_default
        return Interpretation(notes=(f"{engine.facts.why_no_prompts()}; yours was ignored.",) if is_told else ())
    if engine.facts.intents is not None:
        read = read_clauses(asked, model.reader, engine.facts.intents)
        return Interpretation(read.guidance(engine.facts.intents, asked.strength), read.clauses, read.notes)
    guidance = asked.guidance(model.sentences.embed)
    if guidance is None or asked.is_default:
        return Interpretation(guidance)
    return Interpretation(guidance, notes=tuple(_notes(asked, guidance, model)))


def _notes(asked: Prompt, guidance: PromptEmbedding, model: LoadedModel) -> Iterator[str]:
    """Of raw embeddings: the encoder cuts long sentences, and the network says itself whether it knows one."""
    for (text, _), understood in zip(asked.clauses, model.engine.recognises_prompt(guidance.texts), strict=True):
        if cut := model.sentences.num_tokens_cut(text):
            yield f"The prompt is too long: its last {cut} word pieces were not read."
        if not understood:
            yield f"'{shortened(text)}' asks for nothing that this model knows; it may do little."
