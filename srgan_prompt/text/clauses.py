"""The user's prompt syntax: one ``--prompt`` value in, its weighted prompts out.

    "make it warmer"              one prompt of weight 1
    "denoise:0.7, warmer:0.3"     two prompts, each with its weight
    "make it warm, then sharpen"  one prompt: commas split only where weights are written

A weight is a number directly between a colon and a comma, a semicolon or the end. After a digit the colon belongs to
the sentence, as in "shot at 10:30" or "ratio 4:3".
"""

import re
from typing import NamedTuple

from srgan_prompt.errors import UsageError

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
