"""The small BERT behind the reader, without torch: a sentence to wordpieces, and these to scores of every intent.

WordPiece in BERT's own normalisation (Devlin et al. 2019), by the ``tokenizers`` library. Every number that may be an
amount, as in "by 30 %", "a third", "contrast +20" or "twice", is one placeholder token, which a user cannot type: so
37 % is read as well as 30 % and always exactly. Too much is found rather than too little: whether a number is an amount
at all ("shot at 50 mm, 20 % brighter") the reader tells from the words around it.

The network's equations are those of BERT, with two changes: word embeddings are a product of two matrices (Lan et al.,
ALBERT, 2020), and the head is one cross-attention layer in which each intent asks its own question.
``training.reader`` is the same network in torch, with the same names of weights.
One sentence at a time, so there is no padding and no mask, and a batch gives to the bit what its sentences give alone.
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

Weights = Mapping[str, np.ndarray]

MAX_TOKENS = 128
_START, _END, _PLACEHOLDER, _UNKNOWN = "[CLS]", "[SEP]", "[unused1]", "[UNK]"
HEADS_OF_BERT = 12
HEADS_OF_READER = 8
_EPSILON = 1e-12


class Wordpieces(NamedTuple):
    """``ids``: (T,) int64, [CLS] first and [SEP] last. ``values``: the number that stands at a position, not negative.

    ``num_cut``: how many wordpieces at the end had no place. ``text``: the sentence, cleaned.
    """

    ids: np.ndarray
    values: Mapping[int, float]
    num_cut: int = 0
    text: str = ""


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
        text = clean_prompt(prompt)
        ids: list[int] = [self._start]
        values: dict[int, float] = {}
        for piece in split_at_numbers(text):
            if isinstance(piece, float):
                values[len(ids)] = piece
                ids.append(self._number)
            else:
                ids += self._tokenizer.encode(piece, add_special_tokens=False).ids
        kept = ids[: MAX_TOKENS - 1]
        values = {position: value for position, value in values.items() if position < len(kept)}
        return Wordpieces(np.array([*kept, self._end]), values, len(ids) - len(kept), text)


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


class Scores(NamedTuple):
    """What the network says of one sentence of T wordpieces and N intents; all of it as logits, float32.

    ``levels``: (N, number of levels). ``pointers``: (N, T), from each intent to the wordpiece that is its number.
    ``complete``: scalar.
    """

    levels: np.ndarray
    pointers: np.ndarray
    complete: np.ndarray


def score_sentence(weights: Weights, ids: np.ndarray) -> Scores:
    """Scores of the sentence whose wordpieces are ``ids``, (T,) integers, [CLS] first and [SEP] last."""
    return _ask(weights, token_states(weights, ids))


def token_states(weights: Weights, ids: np.ndarray) -> np.ndarray:
    """What the head is asked about: the last layer's state of each wordpiece in ``ids``, (T, D) float32."""
    states = _embed(weights, ids)
    for index in range(_num_layers(weights)):
        states = _layer(weights, f"bert.encoder.layer.{index}", states)
    return states


def _embed(weights: Weights, ids: np.ndarray) -> np.ndarray:
    """(T, D): word + place + type, normalised."""
    place = "bert.embeddings"
    words = _linear(weights, "widen", weights["words.weight"][ids])
    places = weights[f"{place}.position_embeddings.weight"][: len(ids)]
    return _normalised(weights, f"{place}.LayerNorm", words + places + weights[f"{place}.token_type_embeddings.weight"])


def _layer(weights: Weights, name: str, states: np.ndarray) -> np.ndarray:
    """(T, D) -> (T, D): self-attention and a two-layer network, each added to its input and normalised."""
    query, key, value = (
        _linear(weights, f"{name}.attention.self.{part}", states) for part in ("query", "key", "value")
    )
    context = _linear(weights, f"{name}.attention.output.dense", _attend(query, key, value, HEADS_OF_BERT))
    states = _normalised(weights, f"{name}.attention.output.LayerNorm", states + context)
    hidden = _gelu(_linear(weights, f"{name}.intermediate.dense", states))
    return _normalised(weights, f"{name}.output.LayerNorm", states + _linear(weights, f"{name}.output.dense", hidden))


def _ask(weights: Weights, states: np.ndarray) -> Scores:
    """Row n of ``questions`` looks for intent n in the wordpieces; the last looks for wishes that nothing grants."""
    questions = weights["questions"]
    answers = _attend(questions, _linear(weights, "key", states), _linear(weights, "value", states), HEADS_OF_READER)
    hidden = _gelu(_linear(weights, "answer", answers) + weights["topics"])
    levels = np.einsum("nd,nld->nl", hidden[:-1], weights["levels"]) + weights["level_bias"]
    number = _linear(weights, "number_key", states)
    pointers = _linear(weights, "number_query", hidden[:-1]) @ number.T / np.float32(np.sqrt(number.shape[1]))
    return Scores(levels, pointers, _linear(weights, "complete", hidden[-1])[0])


def _attend(query: np.ndarray, key: np.ndarray, value: np.ndarray, num_heads: int) -> np.ndarray:
    """softmax(Q K' / sqrt(d)) V in each head: (Q, D), (T, D), (T, D) -> (Q, D) (Vaswani et al. 2017)."""
    query, key, value = (each.reshape(len(each), num_heads, -1).swapaxes(0, 1) for each in (query, key, value))
    scores = query @ key.swapaxes(1, 2) / np.float32(np.sqrt(query.shape[-1]))
    return (softmax(scores) @ value).swapaxes(0, 1).reshape(query.shape[1], -1)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _linear(weights: Weights, name: str, inputs: np.ndarray) -> np.ndarray:
    return inputs @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _normalised(weights: Weights, name: str, states: np.ndarray) -> np.ndarray:
    """Each row to mean 0 and deviation 1, then scaled and shifted (Ba et al., Layer Normalization, 2016)."""
    states = states - states.mean(axis=-1, keepdims=True)
    deviation = np.sqrt((states * states).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
    return states / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def _gelu(inputs: np.ndarray) -> np.ndarray:
    """The tanh form of Hendrycks and Gimpel, Gaussian Error Linear Units, 2016."""
    inner = np.float32(np.sqrt(2 / np.pi)) * (inputs + np.float32(0.044715) * inputs * inputs * inputs)
    return np.float32(0.5) * inputs * (1 + np.tanh(inner))


def _num_layers(weights: Weights) -> int:
    return len({name.split(".")[3] for name in weights if name.startswith("bert.encoder.layer.")})
