"""What a prompt means to a network: the numbers that steer it, and what the user should know about them. No torch.

A network conditioned on readings is told the amounts that were read in each clause. Clauses of equal weight are one
request, as if they had been one sentence; those of other weights are rows of their own. What one clause forbids, or the
negative prompt asks for, is taken out of all clauses exactly.

A network of raw embeddings is given the vector of each clause, and says itself whether it knows what that asks for.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from srgan_prompt.prompts.operations import DEFAULT_REQUEST, amounts
from srgan_prompt.prompts.prompt import Prompt, shortened
from srgan_prompt.prompts.reading import PromptReader, ReadClause, Reading, described, doubts, merged

if TYPE_CHECKING:
    from srgan_prompt.prompts.prompt_encoder import PromptEncoder

Embed: TypeAlias = Callable[[Sequence[str]], np.ndarray]
"""Sentences to their vectors [n, D], float32; zeros for an empty sentence."""


@dataclass(frozen=True)
class PromptEmbedding:
    """What a prompt became: ``texts`` [K, D], one row a clause, ``weights`` [K], ``negative`` [D] or None; float32.

    A row is a raw embedding, or a reading as amounts (see ``NetworkFacts.intents``), which needs no negative.
    A weight of 0 turns a clause off, 1 is as worded, above 1 extrapolates, below 0 opposes.
    """

    texts: np.ndarray
    weights: np.ndarray
    negative: np.ndarray | None = None

    def as_rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Texts [N, D] with the negative as the last, weights [N] (0 for the negative), 1 where negative [N]."""
        if self.negative is None:
            return self.texts, self.weights, np.zeros_like(self.weights)
        texts = np.concatenate([self.texts, self.negative[None]])
        return texts, np.append(self.weights, np.float32(0)), np.append(np.zeros_like(self.weights), np.float32(1))


@dataclass(frozen=True)
class Interpretation:
    """``embedding``: what the network is run with, None if nothing acts. ``readings``: of networks that take them.

    ``notes``: what the user should know about it, in plain sentences.
    """

    embedding: PromptEmbedding | None = None
    readings: tuple[ReadClause, ...] = ()
    notes: tuple[str, ...] = ()


class PromptFacts(Protocol):
    """What is known of a network and its prompts; see ``inference.engine.NetworkFacts``."""

    @property
    def takes_prompts(self) -> bool:
        """Whether a prompt changes anything."""

    @property
    def intents(self) -> tuple[str, ...] | None:
        """The amounts that make up its texts; None where a text is a raw embedding."""

    def why_no_prompts(self) -> str:
        """Half a sentence, for one that takes none."""


class PromptedNetwork(Protocol):
    """A network as far as prompts go; see ``inference.engine.Engine``."""

    @property
    def facts(self) -> PromptFacts:
        """What is known of it."""

    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """Whether each of ``texts`` [K, D], raw embeddings, asks for anything that it knows."""


def interpret(
    prompt: Prompt, network: PromptedNetwork, reader: PromptReader, encoder: "PromptEncoder"
) -> Interpretation:
    """``prompt`` as ``network`` understands it: by ``reader`` if it takes readings, else by ``encoder``.

    Raises ModelError where a sentence needs an encoder that is not there.
    """
    facts = network.facts
    if not facts.takes_prompts:
        is_told = prompt.acts and not prompt.is_default
        return Interpretation(notes=(f"{facts.why_no_prompts()}; yours was ignored.",) if is_told else ())
    if facts.intents is not None:
        return interpret_readings(prompt, reader, facts.intents)
    embedding = embed_clauses(prompt, encoder.embed)
    if embedding is None or prompt.is_default:
        return Interpretation(embedding)
    notes = []
    for (text, _), is_known in zip(prompt.clauses, network.recognises_prompt(embedding.texts), strict=True):
        if cut := encoder.num_tokens_cut(text):
            notes.append(f"The prompt is too long: its last {cut} word pieces were not read.")
        if not is_known:
            notes.append(f"'{shortened(text)}' asks for nothing that this model knows; it may do little.")
    return Interpretation(embedding, notes=tuple(notes))


def embed_clauses(prompt: Prompt, embed: Embed) -> PromptEmbedding | None:
    """The vectors of ``prompt`` for a network of raw embeddings; None if nothing acts."""
    if not prompt.acts:
        return None
    vectors = embed([text for text, _ in prompt.clauses] + ([prompt.negative] if prompt.negative else []))
    texts, negative = vectors[: len(prompt.clauses)], vectors[len(prompt.clauses) :]
    weights = _weights(prompt, [weight for _, weight in prompt.clauses], texts)
    return PromptEmbedding(texts, weights, negative[0] if len(negative) else None)


def interpret_readings(prompt: Prompt, reader: PromptReader, intents: Sequence[str]) -> Interpretation:
    """``prompt`` as a network of ``intents`` can follow it; nothing where nothing acts.

    The default request is known and not read.
    """
    if not prompt.acts:
        return Interpretation()
    if prompt.is_default:
        read = [Reading({name: amount for name, amount in amounts(DEFAULT_REQUEST).items() if name in intents})]
    else:
        read = [each.within(intents) for each in reader.read([text for text, _ in prompt.clauses])]
    negative = reader.read([prompt.negative])[0].within(intents) if prompt.negative else Reading()
    taken = {*negative.amounts, *(name for each in read for name in each.forbidden)}
    rows = [ReadClause(text, each, weight) for (text, weight), each in zip(prompt.clauses, read, strict=True)]
    acting = tuple(row._replace(reading=row.reading.without(taken)) for row in merged(rows))
    texts = np.stack([row.reading.vector(intents) for row in acting])
    weights = _weights(prompt, [row.weight for row in acting], texts)
    embedding = PromptEmbedding(texts, weights) if weights.any() else None
    return Interpretation(embedding, acting, tuple(_notes(prompt, read, negative, acting)))


def _weights(prompt: Prompt, weights: Sequence[float], texts: np.ndarray) -> np.ndarray:
    """``weights`` [K] times the prompt's strength, float32; 0 for the rows of ``texts`` [K, D] that say nothing."""
    return (prompt.strength * np.array(weights) * texts.any(axis=1)).astype(np.float32)


def _notes(prompt: Prompt, read: Sequence[Reading], negative: Reading, rows: Sequence[ReadClause]) -> Iterator[str]:
    """``read``: the clauses of ``prompt`` one by one; ``rows``: what became of them all."""
    asks = any(row.reading.amounts for row in rows)
    says = [each.says_something for each in (*read, negative)]
    for (text, _), is_said in zip(prompt.clauses, says[:-1], strict=True):
        if not is_said:
            end = "it changes nothing" if asks else "nothing is changed"
            yield f"'{shortened(text)}' asks for nothing that this model can do; {end}."
    remarks = doubts(each for each, is_said in zip((*read, negative), says, strict=True) if is_said)
    if any(says[:-1]) and not asks:
        remarks.append("nothing is changed")
    if remarks:
        yield f"read as: {described(rows)}; {', and '.join(remarks)}."
    if prompt.negative and not negative.amounts:
        yield (
            f"The negative '{shortened(prompt.negative)}' asks for nothing that this model can do; it takes nothing"
            " away."
        )
