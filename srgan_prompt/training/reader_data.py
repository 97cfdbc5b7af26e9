"""Sentences as the reader is trained on them: wordpieces with all that is right to say of each, in batches."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.grammar.phrases import Level
from srgan_prompt.grammar.reader_sentences import Wording
from srgan_prompt.prompts.bert import Vocabulary, Wordpieces
from srgan_prompt.prompts.operations import (
    DEFAULT_REQUEST,
    INTENTS,
    OPERATIONS,
    RESTORE_PARTS,
    Clause,
    Request,
    canonical,
)
from srgan_prompt.prompts.reader import LEVELS

_TOLERANCE = 0.006  # a third is .33 in a request
_TYPO_RATE = 0.12
_BARE_RATE = 0.1  # of sentences without any punctuation
_POOL_BATCHES = 50
_LONG_WORD = re.compile(r"[A-Za-z]{4,}")
_DOCUMENTED_LEVELS = ("slight", "plain", "strong", "number", "number")


def draw_documented(num_wordings: int, rng: random.Random) -> list[Wording]:
    """``num_wordings`` canonical wordings: one operation at any amount, one forbidden, both, or the default request.

    Whoever copies an example from the documentation must be read right.
    """
    return [_draw_documented(rng) for _ in range(num_wordings)]


def _draw_documented(rng: random.Random) -> Wording:
    match rng.choice(("one", "one", "one", "forbidden", "forbidden", "both", "default")):
        case "one":
            return _documented(Request((_draw_clause(rng.choice(list(OPERATIONS)), rng),)))
        case "forbidden":
            return _documented(Request(keep=(rng.choice(list(OPERATIONS)),)))
        case "both":
            asked, kept = rng.sample(list(OPERATIONS.values()), 2)
            if asked.family == kept.family:  # "remove the noise, but keep the flaws" has no meaning
                return _documented(Request((_draw_clause(asked.name, rng),)))
            return _documented(Request((_draw_clause(asked.name, rng),), keep=(kept.name,)))
    return _documented(DEFAULT_REQUEST)


def _draw_clause(name: str, rng: random.Random) -> Clause:
    level = rng.choice(_DOCUMENTED_LEVELS)
    amount = rng.randint(1, 199) / 200 if level == "number" else getattr(OPERATIONS[name], level)
    return Clause(name, amount)


def _documented(request: Request) -> Wording:
    return Wording(canonical(request), request, {clause.operation: _level_of(clause) for clause in request.clauses})


def _level_of(clause: Clause) -> Level:
    """As ``canonical`` words it: plain wins a tie, strong is next."""
    operation = OPERATIONS[clause.operation]
    levels: dict[float, Level] = {operation.slight: "slight", operation.strong: "strong", operation.plain: "plain"}
    return levels.get(clause.amount, "number")


@dataclass(frozen=True)
class Example:
    """One sentence of T wordpieces.

    ``levels``: (N, L) bool, which of ``LEVELS`` are right for each intent. ``pointers``: (N, T) bool, which wordpieces
    hold the right number; no row is set where no number is meant. ``is_free``: not from the grammar.
    """

    pieces: Wordpieces
    levels: np.ndarray
    pointers: np.ndarray
    complete: bool
    is_free: bool = False


@dataclass(frozen=True)
class Batch:
    """B examples, padded to T wordpieces: ``ids``, ``mask`` (B, T) int64; ``levels`` (B, N, L), ``pointers`` (B, N, T),
    ``is_number`` (B, T), ``is_free`` (B) bool; ``complete`` (B) float32."""

    ids: Tensor
    mask: Tensor
    levels: Tensor
    pointers: Tensor
    is_number: Tensor
    is_free: Tensor
    complete: Tensor


def example_of(wording: Wording, vocabulary: Vocabulary, *, is_free: bool = False) -> Example:
    """``wording`` with its labels: a level is right if it is worded so, or if it leads to exactly that amount."""
    pieces = vocabulary.split(wording.sentence)
    levels = np.zeros((len(INTENTS), len(LEVELS)), bool)
    pointers = np.zeros((len(INTENTS), len(pieces.ids)), bool)
    for clause in wording.request.clauses:
        level = wording.levels[clause.operation]
        for row in _rows(clause.operation):
            if level in ("slight", "number"):
                _mark_numbers(clause.amount, pieces, levels[row], pointers[row])
            if level != "number" or not levels[row].any():
                levels[row, LEVELS.index("plain" if level == "number" else level)] = True
    for operation in wording.request.keep:
        levels[_rows(operation), LEVELS.index("forbidden")] = True
    levels[~levels.any(axis=1), LEVELS.index("absent")] = True
    return Example(pieces, levels, pointers, wording.complete, is_free)


def free_example(sentence: str, vocabulary: Vocabulary) -> Example:
    """Any text that is no request: it asks for nothing that an operation does."""
    return example_of(Wording(sentence, complete=False), vocabulary, is_free=True)


def roughened(sentence: str, rng: random.Random) -> str:
    """``sentence``, now and then with one more mistyped word or without punctuation."""
    if rng.random() < _BARE_RATE:
        sentence = re.sub(r"(?<!\d)[.,;:!?](?!\d)", "", sentence)
    words = list(_LONG_WORD.finditer(sentence))
    if not words or rng.random() > _TYPO_RATE:
        return sentence
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    here, after = sentence[at], sentence[at + 1]
    return sentence[:at] + rng.choice((after + here, here + here + after, after, here)) + sentence[at + 2 :]


def batches(examples: Sequence[Example], batch_size: int, rng: random.Random) -> Iterator[Batch]:
    """Every example once, in random order; sentences of like length share a batch, so that little is padding."""
    order = rng.sample(range(len(examples)), len(examples))
    pool_size = batch_size * _POOL_BATCHES
    for start in range(0, len(order), pool_size):
        pool = sorted(order[start : start + pool_size], key=lambda index: len(examples[index].pieces.ids))
        firsts = list(range(0, len(pool), batch_size))
        rng.shuffle(firsts)
        for first in firsts:
            yield collate([examples[index] for index in pool[first : first + batch_size]])


def collate(examples: Sequence[Example]) -> Batch:
    """``examples`` side by side."""
    length = max(len(example.pieces.ids) for example in examples)
    ids = torch.zeros(len(examples), length, dtype=torch.int64)
    mask, is_number = torch.zeros_like(ids), torch.zeros_like(ids, dtype=torch.bool)
    pointers = torch.zeros(len(examples), len(INTENTS), length, dtype=torch.bool)
    for row, example in enumerate(examples):
        own = len(example.pieces.ids)
        ids[row, :own] = torch.from_numpy(example.pieces.ids)
        mask[row, :own] = 1
        pointers[row, :, :own] = torch.from_numpy(example.pointers)
        is_number[row, list(example.pieces.values)] = True
    return Batch(
        ids,
        mask,
        torch.from_numpy(np.stack([example.levels for example in examples])),
        pointers,
        is_number,
        torch.tensor([example.is_free for example in examples]),
        torch.tensor([float(example.complete) for example in examples]),
    )


def _rows(operation: str) -> list[int]:
    return [INTENTS.index(name) for name in (RESTORE_PARTS if operation == "restore" else (operation,))]


def _mark_numbers(amount: float, pieces: Wordpieces, levels: np.ndarray, pointers: np.ndarray) -> None:
    """Note in ``levels`` and ``pointers`` where and how ``amount`` stands among the numbers of the sentence."""
    for position, value in pieces.values.items():
        for level, said in (("by", value), ("to", abs(1 - value))):
            if abs(min(said, 1.0) - amount) < _TOLERANCE:
                levels[LEVELS.index(level)] = True
                pointers[position] = True
