"""A prompt as callers write it -> clauses with weights; and, for networks of raw embeddings, the numbers that steer.

None is the documented default request, "" is plain faithful super-resolution, a string may hold several clauses, and a
list gives clauses (and weights) one by one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from srgan_prompt.data.instructions import canonical
from srgan_prompt.errors import UsageError
from srgan_prompt.inference.engine import Guidance
from srgan_prompt.prompts.cleaning import clean_prompt
from srgan_prompt.prompts.operations import DEFAULT_REQUEST
from srgan_prompt.text.clauses import parse_prompt

PromptLike: TypeAlias = str | Sequence[str | tuple[str, float]] | None
Embed: TypeAlias = Callable[[Sequence[str]], np.ndarray]
"""Sentences to their vectors [n, D], float32; zeros for an empty sentence."""

MAX_STRENGTH = 10.0
MAX_CLAUSES = 8


@dataclass(frozen=True)
class Prompt:
    """Cleaned clauses with their weights, all to be multiplied by ``strength``.

    No clause or no strength is the unprompted path, bit for bit. The string is in the syntax of ``text.clauses``.
    """

    clauses: tuple[tuple[str, float], ...] = ()
    strength: float = 1.0
    negative: str = ""
    is_default: bool = False

    @property
    def acts(self) -> bool:
        """Whether the network is steered at all."""
        return bool(self.clauses) and self.strength != 0

    def __str__(self) -> str:
        if [weight for _, weight in self.clauses] == [1]:
            return self.clauses[0][0]
        return ", ".join(f"{text}:{weight:g}" for text, weight in self.clauses)

    def guidance(self, embed: Embed) -> Guidance | None:
        """What an engine of raw embeddings is run with; None if nothing acts. For readings see ``readings``."""
        if not self.acts:
            return None
        vectors = embed([text for text, _ in self.clauses] + ([self.negative] if self.negative else []))
        texts, negative = vectors[: len(self.clauses)], vectors[len(self.clauses) :]
        weights = self.strength * np.array([weight for _, weight in self.clauses]) * texts.any(axis=1)
        return Guidance(texts, weights.astype(np.float32), negative[0] if len(negative) else None)


def read_prompt(prompt: PromptLike, strength: float = 1.0, negative: str | None = None) -> Prompt:
    """``prompt`` as clauses.

    Raises:
        UsageError: a strength or weight is not a number in range, or the prompt is not text.
    """
    if not _is_number(strength) or not 0 <= strength <= MAX_STRENGTH:
        raise UsageError(f"Strength {strength!r} is not a number from 0 (no change) to {MAX_STRENGTH:g}.")
    if negative is not None and not isinstance(negative, str):
        raise UsageError("A negative prompt is one string.")
    cleaned = [(clean_prompt(text), weight) for text, weight in _parse(prompt)]
    acting = tuple((text, weight) for text, weight in cleaned if text and weight)
    if len(acting) > MAX_CLAUSES:  # each costs a run of every composer
        raise UsageError(
            f"The prompt has {len(acting)} weighted clauses and may have {MAX_CLAUSES}; join some of them."
        )
    return Prompt(acting, float(strength), clean_prompt(negative or "") if acting else "", is_default=prompt is None)


def shortened(text: str) -> str:
    """``text`` as it is quoted in a note."""
    return text if len(text) <= 60 else text[:57] + "..."


def _parse(prompt: PromptLike) -> Sequence[tuple[str, float]]:
    """Clauses with weights, as written."""
    if prompt is None:
        return [(canonical(DEFAULT_REQUEST), 1.0)]
    if isinstance(prompt, str):
        return parse_prompt(prompt)
    try:
        pairs = [(each, 1.0) if isinstance(each, str) else tuple(each) for each in prompt]
    except TypeError:
        raise UsageError("A prompt is a string, a list of strings, or a list of (string, weight).") from None
    if not all(len(pair) == 2 and isinstance(pair[0], str) and _is_number(pair[1]) for pair in pairs):
        raise UsageError("Each clause of a prompt list is a string or (string, weight).")
    return [(text, float(weight)) for text, weight in pairs]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(value)
