"""What the user wrote becomes a ``Prompt``: cleaned clauses with their weights, and the size that they name.

    None                            the documented default request
    ""                              plain faithful super-resolution
    "make it warmer"                one clause of weight 1
    "denoise:0.7, warmer:0.3"       two clauses, each with its weight
    "make it warm, then sharpen"    one clause: commas split only where weights are written
    ["sharper", ("warmer", 0.3)]    clauses one by one, with or without their weights

A weight is a number directly between a colon and a comma, a semicolon or the end. After a digit the colon belongs to
the sentence, as in "shot at 10:30" or "ratio 4:3". The command line and Python come through here alike.
"""

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias, TypeGuard

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, canonical
from srgan_prompt.prompts.sizes import TargetSize, size_from_sentence

WeightedText: TypeAlias = tuple[str, float]
"""A clause and how much of its effect to apply: 1 as asked, 0 none, negative the opposite; at most 2 either way."""

MAX_CLAUSES = 8  # each costs a run of every composer
MAX_WEIGHT = 2.0
MAX_STRENGTH = 2.0
"""Beyond it, everything that networks here learned is exaggerated into noise."""
_WEIGHT = re.compile(r"(?<!\d):([-+]?(?:\d+\.?\d*|\.\d+))\s*(?:[,;]|$)")


@dataclass(frozen=True)
class Prompt:
    """Cleaned clauses with their weights, all to be multiplied by ``strength``.

    No clause or no strength is the unprompted path, bit for bit. The string is in the syntax of ``split_clauses``.
    ``size``: what the sentences say of it; they are without it. ``unread_sizes``: what looks like one and is not known.
    """

    clauses: tuple[WeightedText, ...] = ()
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


Written: TypeAlias = str | Sequence[str | tuple[str, float]] | None
"""A prompt as users write it."""
PromptLike: TypeAlias = Written | Prompt


def read_prompt(prompt: PromptLike, strength: float = 1.0, negative: str | None = None) -> Prompt:
    """``prompt`` as clauses; one that names nothing but a size leaves the default request.

    A ``Prompt`` was read before and stays as it is, with its own strength and negative.

    Raises:
        UsageError: a strength or weight is not a number in range, the prompt is not text, or its sizes contradict each
            other or are impossible.
    """
    if isinstance(prompt, Prompt):
        return prompt
    _refuse_unfit(strength, negative)
    written: list[WeightedText] = []
    sizes: set[TargetSize] = set()
    unread_sizes: dict[str, None] = {}  # a set that keeps its order
    for text, weight in _items(prompt):
        wish = size_from_sentence(text)
        if wish.size is not None:
            sizes.add(wish.size)
        unread_sizes |= dict.fromkeys(wish.unread)
        if weight is None:
            written += split_clauses(wish.rest)
        elif wish.rest.strip():
            written.append((wish.rest, weight))
    if len(sizes) > 1:
        raise UsageError("The prompts ask for different sizes; keep one of them.")
    is_default = prompt is None or (not written and bool(sizes))
    if is_default:
        written = [(canonical(DEFAULT_REQUEST), 1.0)]
    cleaned = [(clean_prompt(text), weight) for text, weight in written]
    acting = tuple((text, weight) for text, weight in cleaned if text and weight)
    if len(acting) > MAX_CLAUSES:
        raise UsageError(
            f"The prompt has {len(acting)} weighted clauses and may have {MAX_CLAUSES}; join some of them."
        )
    taken_out = clean_prompt(negative or "") if acting else ""
    return Prompt(acting, float(strength), taken_out, is_default, next(iter(sizes), None), tuple(unread_sizes))


def _refuse_unfit(strength: float, negative: str | None) -> None:
    if not _is_number(strength) or not 0 <= strength <= MAX_STRENGTH:
        raise UsageError(f"Strength {strength!r} is not a number from 0 (no change) to {MAX_STRENGTH:g}.")
    if negative is not None and not isinstance(negative, str):
        raise UsageError("A negative prompt is one string.")


def split_clauses(text: str) -> list[WeightedText]:
    """The weighted clauses written in ``text``; [] if it is blank.

    Raises ``UsageError`` for a weight without a text or outside [-2, 2].
    """
    clauses, start = [], 0
    for match in _WEIGHT.finditer(text):
        clause, number = text[start : match.start()].strip(), match[1]
        if not clause:
            raise UsageError(f'In the prompt "{text}" a weight has no text before it; write it as "denoise:0.7".')
        if abs(float(number)) > MAX_WEIGHT:
            raise UsageError(
                f'In the prompt "{text}" the weight {number} is outside [-{MAX_WEIGHT:g}, {MAX_WEIGHT:g}]; '
                "choose a smaller one, or put a space after the colon if it is no weight."
            )
        clauses.append((clause, float(number)))
        start = match.end()
    rest = text[start:].strip()
    return [*clauses, (rest, 1.0)] if rest else clauses


def _items(prompt: Written) -> list[tuple[str, float | None]]:
    """Text and weight of every item; None for a string, which may hold weights itself."""
    if prompt is None:
        return []
    if isinstance(prompt, str):
        return [(prompt, None)]
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


def clean_prompt(prompt: str) -> str:
    """``prompt`` on one line: white space and control characters become single spaces, lone surrogates vanish.

    Letters, accents, scripts and emoji stay as they are. So any string that a user may paste is safe for a tokenizer.
    """
    return " ".join("".join(_clean(prompt)).split())


def _clean(prompt: str) -> Iterator[str]:
    for character in prompt:
        match unicodedata.category(character):
            case "Cc":  # control characters, NUL among them
                yield " "
            case "Cs":  # half of a surrogate pair, which UTF-8 cannot encode
                pass
            case _:
                yield character


def normalise_prompt(prompt: str) -> str:
    """The form in which prompts are compared: cleaned, lower case, without a final dot."""
    return clean_prompt(prompt).casefold().removesuffix(".").rstrip()


def shortened(text: str) -> str:
    """``text`` as it is quoted in a note."""
    return text if len(text) <= 60 else text[:57] + "..."


def _is_number(value: object) -> bool:
    """NumPy's numbers are ``Real`` as well."""
    return isinstance(value, Real) and math.isfinite(value)
