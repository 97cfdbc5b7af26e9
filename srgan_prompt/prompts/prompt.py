"""A prompt as callers write it -> clauses with weights and the wanted size; and, for networks of raw embeddings, the
numbers that steer.

None is the documented default request, "" is plain faithful super-resolution, a string may hold several clauses, and a
list gives strings, or clauses with their weights, one by one. The command and Python come through here alike.

The user's prompt syntax: one ``--prompt`` value in, its weighted prompts out.

    "make it warmer"              one prompt of weight 1
    "denoise:0.7, warmer:0.3"     two prompts, each with its weight
    "make it warm, then sharpen"  one prompt: commas split only where weights are written

A weight is a number directly between a colon and a comma, a semicolon or the end. After a digit the colon belongs to
the sentence, as in "shot at 10:30" or "ratio 4:3".

Any string a user may paste, made safe for a tokenizer: no control characters, no broken Unicode.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias, TypeGuard

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.inference.engine import PromptEmbedding
from srgan_prompt.prompts.operations import DEFAULT_REQUEST
from srgan_prompt.prompts.sizes import TargetSize, size_from_sentence

PromptLike: TypeAlias = str | Sequence[str | tuple[str, float]] | None
Embed: TypeAlias = Callable[[Sequence[str]], np.ndarray]
"""Sentences to their vectors [n, D], float32; zeros for an empty sentence."""

MAX_CLAUSES = 8


@dataclass(frozen=True)
class Prompt:
    """Cleaned clauses with their weights, all to be multiplied by ``strength``.

    No clause or no strength is the unprompted path, bit for bit. The string is in the syntax of ``parse_prompt``.
    ``size``: what the sentences say of it; they are without it. ``unread_sizes``: what looks like one and is not known.
    """

    clauses: tuple[tuple[str, float], ...] = ()
    strength: float = 1.0
    negative: str = ""
    is_default: bool = False
    size: TargetSize | None = None
    unread_sizes: tuple[str, ...] = ()

    @property
    def acts(self) -> bool:
        """Whether the network is steered at all."""
        return bool(self.clauses) and self.strength != 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know about the size, in plain sentences."""
        return tuple(
            f"'{shortened(each)}' looks like a size and was not understood; say it as 'twice as big', '1920x1080' or"
            " '2000 px wide'."
            for each in self.unread_sizes
        )

    def __str__(self) -> str:
        if [weight for _, weight in self.clauses] == [1]:
            return self.clauses[0][0]
        return ", ".join(f"{text}:{weight:g}" for text, weight in self.clauses)

    def guidance(self, embed: Embed) -> PromptEmbedding | None:
        """What an engine of raw embeddings is run with; None if nothing acts. For readings see ``readings``."""
        if not self.acts:
            return None
        vectors = embed([text for text, _ in self.clauses] + ([self.negative] if self.negative else []))
        texts, negative = vectors[: len(self.clauses)], vectors[len(self.clauses) :]
        weights = self.strength * np.array([weight for _, weight in self.clauses]) * texts.any(axis=1)
        return PromptEmbedding(texts, weights.astype(np.float32), negative[0] if len(negative) else None)


def read_prompt(prompt: PromptLike, strength: float = 1.0, negative: str | None = None) -> Prompt:
    """``prompt`` as clauses; one that names nothing but a size leaves the default request.

    Raises:
        UsageError: a strength or weight is not a number in range, the prompt is not text, or its sizes contradict each
            other or are impossible.
    """
    if not _is_number(strength) or not 0 <= strength <= MAX_STRENGTH:
        raise UsageError(f"Strength {strength!r} is not a number from 0 (no change) to {MAX_STRENGTH:g}.")
    if negative is not None and not isinstance(negative, str):
        raise UsageError("A negative prompt is one string.")
    worded = _parse(prompt)
    is_default = prompt is None or (not worded.clauses and worded.size is not None)
    clauses = [(canonical(DEFAULT_REQUEST), 1.0)] if is_default else worded.clauses
    cleaned = [(clean_prompt(text), weight) for text, weight in clauses]
    acting = tuple((text, weight) for text, weight in cleaned if text and weight)
    if len(acting) > MAX_CLAUSES:  # each costs a run of every composer
        raise UsageError(
            f"The prompt has {len(acting)} weighted clauses and may have {MAX_CLAUSES}; join some of them."
        )
    minus = clean_prompt(negative or "") if acting else ""
    return Prompt(acting, float(strength), minus, is_default, worded.size, worded.unread_sizes)


def is_one_prompt(prompt: PromptLike | Sequence[PromptLike]) -> TypeGuard[PromptLike]:
    """Whether ``prompt`` is one for any number of images: no list, or one of clauses with weights."""
    if prompt is None or isinstance(prompt, str) or not isinstance(prompt, Sequence):
        return True
    return not prompt or any(isinstance(each, tuple) and len(each) == 2 and _is_number(each[1]) for each in prompt)


def one_for_each(prompts: Sequence[PromptLike], num_images: int) -> Sequence[PromptLike]:
    """``prompts``, one for each image. Raises UsageError if there are more or fewer."""
    if len(prompts) != num_images:
        raise UsageError(
            f"There are {num_images} images and {len(prompts)} prompts; give one prompt for all, or one for each."
        )
    return prompts


def shortened(text: str) -> str:
    """``text`` as it is quoted in a note."""
    return text if len(text) <= 60 else text[:57] + "..."


class _Worded(NamedTuple):
    """Clauses with weights, as written, without the sizes that the sentences name."""

    clauses: Sequence[tuple[str, float]]
    size: TargetSize | None = None
    unread_sizes: tuple[str, ...] = ()


def _parse(prompt: PromptLike) -> _Worded:
    if prompt is None:
        return _Worded(())
    clauses: list[tuple[str, float]] = []
    sizes: set[TargetSize] = set()
    unread: list[str] = []
    for text, weight in [(prompt, None)] if isinstance(prompt, str) else _pairs(prompt):
        wish = size_from_sentence(text)
        if wish.size is not None:
            sizes.add(wish.size)
        unread += [each for each in wish.unread if each not in unread]
        clauses += parse_prompt(wish.rest) if weight is None else [(wish.rest, weight)] if wish.rest.strip() else []
    if len(sizes) > 1:
        raise UsageError("The prompts ask for different sizes; keep one of them.")
    return _Worded(clauses, next(iter(sizes), None), tuple(unread))


def _pairs(prompt: Sequence[str | tuple[str, float]]) -> list[tuple[str, float | None]]:
    """Text and weight of every item of a list; None for a string, which may hold weights itself."""
    try:
        pairs: list[tuple[Any, ...]] = [(each, None) if isinstance(each, str) else tuple(each) for each in prompt]
    except TypeError:
        raise UsageError("A prompt is a string, a list of strings, or a list of (string, weight).") from None
    for pair in pairs:
        if len(pair) != 2 or not isinstance(pair[0], str) or not (pair[1] is None or _is_number(pair[1])):
            raise UsageError("Each clause of a prompt list is a string or (string, weight).")
        if pair[1] is not None and abs(pair[1]) > MAX_WEIGHT:
            raise UsageError(
                f"The weight {pair[1]:g} of '{shortened(pair[0])}' is outside [-{MAX_WEIGHT:g}, {MAX_WEIGHT:g}];"
                " choose a smaller one."
            )
    return [(text, None if weight is None else float(weight)) for text, weight in pairs]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | np.number) and math.isfinite(value)


MAX_WEIGHT = 2.0
MAX_STRENGTH = 2.0
"""Beyond it, everything that networks here learned is exaggerated into noise."""
_WEIGHT = re.compile(r"(?<!\d):([-+]?(?:\d+\.?\d*|\.\d+))\s*(?:[,;]|$)")


class WeightedPrompt(NamedTuple):
    """A prompt and how much of its effect to apply: 1 as asked, 0 none, negative the opposite; at most 2 either way."""

    text: str
    weight: float = 1.0


def parse_prompt(value: str) -> list[WeightedPrompt]:
    """The weighted prompts written in ``value``; [] if it is blank.

    Raises ``UsageError`` for a weight without a prompt or outside [-2, 2].
    """
    prompts = []
    start = 0
    for match in _WEIGHT.finditer(value):
        prompts.append(WeightedPrompt(_text_of(value[start : match.start()], value), _weight_of(match[1], value)))
        start = match.end()
    rest = value[start:].strip()
    return [*prompts, WeightedPrompt(rest)] if rest else prompts


def _text_of(text: str, value: str) -> str:
    if not text.strip():
        raise UsageError(f'In the prompt "{value}" a weight has no text before it; write it as "denoise:0.7".')
    return text.strip()


def _weight_of(number: str, value: str) -> float:
    weight = float(number)
    if abs(weight) > MAX_WEIGHT:
        raise UsageError(
            f'In the prompt "{value}" the weight {number} is outside [-{MAX_WEIGHT:g}, {MAX_WEIGHT:g}]; '
            "choose a smaller one, or put a space after the colon if it is no weight."
        )
    return weight


def clean_prompt(prompt: str) -> str:
    """``prompt`` on one line: white space and control characters become single spaces, lone surrogates vanish.

    Letters, accents, scripts and emoji stay as they are.
    """
    return " ".join("".join(map(_clean_character, prompt)).split())


def _clean_character(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":  # control characters, NUL among them
            return " "
        case "Cs":  # half of a surrogate pair, which UTF-8 cannot encode
            return ""
        case _:
            return character


def normalise_prompt(prompt: str) -> str:
    """The form in which prompts are compared: cleaned, lower case, without a final dot."""
    return clean_prompt(prompt).casefold().removesuffix(".").rstrip()
