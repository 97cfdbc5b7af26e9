"""A sentence to the wordpieces that the reader sees, with the numbers taken out of it and kept.

WordPiece in BERT's own normalisation (Devlin et al. 2019), by the ``tokenizers`` library. Every number that may be an
amount, as in "by 30 %", "a third", "contrast +20" or "twice", is one placeholder token, which a user cannot type: so
37 % is read as well as 30 % and always exactly. Too much is found rather than too little: whether a number is an amount
at all ("shot at 50 mm, 20 % brighter") the reader tells from the words around it.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from srgan_prompt.prompts.prompt import clean_prompt

MAX_TOKENS = 128
_START, _END, _PLACEHOLDER, _UNKNOWN = "[CLS]", "[SEP]", "[unused1]", "[UNK]"


class Wordpieces(NamedTuple):
    """``ids``: (T,) int64, [CLS] first and [SEP] last. ``values``: the number that stands at a position, not negative.

    ``num_cut``: how many wordpieces at the end had no place.
    """

    ids: np.ndarray
    values: Mapping[int, float]
    num_cut: int = 0


class Vocabulary:
    """Splits sentences into wordpieces of ``words``; the number of a wordpiece is its place in that list."""

    def __init__(self, words: Sequence[str]):
        self.words = tuple(words)
        numbers = {word: index for index, word in enumerate(words)}
        self._start, self._end, self._number = (numbers[word] for word in (_START, _END, _PLACEHOLDER))
        self._tokenizer = Tokenizer(WordPiece(numbers, unk_token=_UNKNOWN, max_input_chars_per_word=100))
        self._tokenizer.normalizer = BertNormalizer(lowercase=True)
        self._tokenizer.pre_tokenizer = BertPreTokenizer()

    def split(self, prompt: str) -> Wordpieces:
        """The wordpieces of any string whatever, at most ``MAX_TOKENS``; an empty one is [CLS] and [SEP]."""
        ids: list[int] = [self._start]
        values: dict[int, float] = {}
        for piece in split_at_numbers(clean_prompt(prompt)):
            if isinstance(piece, float):
                values[len(ids)] = piece
                ids.append(self._number)
            else:
                ids += self._tokenizer.encode(piece, add_special_tokens=False).ids
        kept = ids[: MAX_TOKENS - 1]
        values = {position: value for position, value in values.items() if position < len(kept)}
        return Wordpieces(np.array([*kept, self._end]), values, len(ids) - len(kept))


_DECADES = ("ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred")
_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_WORDS = {word: 10.0 * (index + 1) for index, word in enumerate(_DECADES)} | {"fifteen": 15.0, "twelve": 12.0}
_WORDS |= {word: 1.0 * (index + 1) for index, word in enumerate(_UNITS)}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fifth": 5, "tenth": 10}
_RATIOS = {"twice": 2.0, "double": 2.0, "doubled": 2.0, "triple": 3.0, "half": 0.5, "halve": 0.5, "halved": 0.5}
_RATIOS |= {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}

_PERCENT = r"\s?(?:[%％٪]|percent\b|per\s?cents?\b|pct\b)"
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_SPELLED = rf"(?:{'|'.join(_WORDS)})(?:[\s-](?:{'|'.join(_UNITS)}))?"
# What makes a number a measure of something else: "a third of a stop", "+1 EV", "at 50 mm", "to 4k", "20 years".
_MEASURES = r"(?:f-?)?stops?|ev|mm|px|pixels?|[kp]|mp|megapixels?|dpi|iso|years?|am|pm"
_NO_MEASURE = rf"(?!\s*-?(?:of\s+)?(?:a\s+)?(?:{_MEASURES})\b)(?![\w:/])"
_PATTERNS = (
    rf"(?<![\w.,])(?P<percent>{_NUMBER}){_PERCENT}",
    rf"\b(?:an?\s+)?(?P<spelled>{_SPELLED}){_PERCENT}",
    r"(?<![\w./])(?P<times>\d(?:[.,]\d+)?)\s?(?:x|×|times\b|-?fold\b)(?!\s?\d)(?!\w)",
    rf"(?<![\w./])(?P<parts>\d)\s?/\s?(?P<whole>\d\d?){_NO_MEASURE}(?![.,]\d)",
    rf"\b(?P<count>an?|one|two|three|four|five)[\s-](?P<part>third|quarter|fifth|tenth)s?{_NO_MEASURE}",
    rf"(?<!\w)(?P<ratio>{'|'.join(_RATIOS)}){_NO_MEASURE}(?!-)",
    rf"(?<![\w.,:/])(?P<decimal>[01]?[.,]\d+){_NO_MEASURE}(?!\.?\d)",
    rf"(?<!iso )(?<![\w.,:/])(?P<points>\d{{1,3}}){_NO_MEASURE}(?!{_PERCENT}|\s?[x×]|\stimes|[.,]?\d)",
)


def split_at_numbers(sentence: str) -> list[str | float]:
    """``sentence`` in pieces: text, and between it the value of each number that may be an amount.

    "30 %" is 0.3, "+20" is "+" and 0.2, "two thirds" is 2/3, "twice" and "2x" are 2.0. Empty texts are left out.
    """
    pieces: list[str | float] = []
    end = 0
    for match in _pattern().finditer(sentence):
        pieces += [sentence[end : match.start()], _value(match)]
        end = match.end()
    return [piece for piece in [*pieces, sentence[end:]] if piece != ""]


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile("|".join(_PATTERNS), re.IGNORECASE)


def _value(match: re.Match[str]) -> float:
    kind = match.lastgroup or ""  # every pattern is a named group
    if kind == "spelled":
        return sum(_WORDS[word] for word in re.split(r"[\s-]", match[kind].lower())) / 100
    if kind == "whole":
        return _decimal(match["parts"]) / max(1.0, _decimal(match["whole"]))
    if kind == "part":
        return _WORDS.get(match["count"].lower(), 1.0) / _PARTS[match["part"].lower()]
    if kind == "ratio":
        return _RATIOS[match[kind].lower()]
    value = _decimal(match[kind])
    return value / 100 if kind in ("percent", "points") else value


def _decimal(digits: str) -> float:
    return float(digits.replace(",", "."))
