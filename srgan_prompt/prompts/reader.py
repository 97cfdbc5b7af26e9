"""The reader that ships in the package: sentences to readings, by a small BERT. Needs neither torch nor transformers.

Its network, vocabulary and thresholds are one safetensors file. Each row of a matrix is kept as integers in [-127, 127]
and one scale; what is no matrix is kept in 16 bits.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.files import WEIGHTS
from srgan_prompt.prompts.bert import Scores, Vocabulary, Wordpieces, score_sentence, softmax, token_states
from srgan_prompt.prompts.operations import FIRST_INTENTS, INTENTS, OPERATIONS
from srgan_prompt.prompts.reading import Reading

READER_FILE = WEIGHTS / "reader.safetensors"
# What a sentence can say of one intent. BY: the number itself, "30 % brighter"; TO: what the number leaves of the whole
# or adds to it, "contrast down to 70 %", "to 130 %", "twice as bright".
LEVELS = ("absent", "slight", "plain", "strong", "by", "to", "forbidden")
_ASKING = slice(1, 6)
_BY, _TO, _FORBIDDEN = LEVELS.index("by"), LEVELS.index("to"), LEVELS.index("forbidden")

_SCALE = "/scale"
_VOCABULARY = "vocabulary"


@dataclass(frozen=True)
class Thresholds:
    """Where a probability becomes a decision; chosen on sentences that were never trained on.

    An intent is asked for above ``ask`` and ruled out above ``forbid``; a sentence is complete above ``complete``.
    Confidence is ``sigmoid(slope * x + offset)`` for the log-odds x that the decisions on all intents are right
    (Platt 1999).
    """

    ask: float = 0.5
    forbid: float = 0.5
    complete: float = 0.5
    slope: float = 1.0
    offset: float = 0.0


class ReaderFile(NamedTuple):
    """``weights``: float32 arrays by name, as ``bert.score_sentence`` takes them; ``intents``: what is scored."""

    weights: Mapping[str, np.ndarray]
    vocabulary: Vocabulary
    thresholds: Thresholds = Thresholds()
    intents: tuple[str, ...] = INTENTS


def pack_reader(file: ReaderFile) -> bytes:
    """The bytes of a reader's file."""
    text = "\n".join(file.vocabulary.words).encode()
    tensors: dict[str, np.ndarray] = {_VOCABULARY: np.frombuffer(text, np.uint8)}
    for name, weight in file.weights.items():
        if weight.ndim == 2:
            tensors[name], tensors[name + _SCALE] = _quantised(weight)
        else:
            tensors[name] = weight.astype(np.float16)
    metadata = {"thresholds": json.dumps(asdict(file.thresholds)), "intents": ",".join(file.intents)}
    return safetensors.numpy.save(tensors, metadata)


def unpack_reader(content: bytes) -> ReaderFile:
    """What ``pack_reader`` packed, but for the rounding. Raises ``ModelError`` if it is damaged."""
    try:
        tensors = safetensors.numpy.load(content)
        metadata = _metadata(content)
        thresholds = Thresholds(**json.loads(metadata["thresholds"]))
        intents = tuple(metadata["intents"].split(",")) if "intents" in metadata else FIRST_INTENTS
        vocabulary = Vocabulary(tensors.pop(_VOCABULARY).tobytes().decode().split("\n"))
    except (ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise ModelError(f"The prompt reader's file is damaged ({error}); install the package again.") from error
    weights = {name: _float32(name, tensors) for name in tensors if not name.endswith(_SCALE)}
    return ReaderFile(weights, vocabulary, thresholds, intents)


def _quantised(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) -> int8 of that shape, and the float32 scale of each row, (rows, 1)."""
    scale = np.maximum(np.abs(weight).max(axis=1, keepdims=True), 1e-12).astype(np.float32) / 127
    return np.round(weight / scale).astype(np.int8), scale


def _float32(name: str, tensors: Mapping[str, np.ndarray]) -> np.ndarray:
    scale = tensors.get(name + _SCALE)
    return tensors[name].astype(np.float32) if scale is None else tensors[name] * scale


def _metadata(content: bytes) -> dict[str, str]:
    """The strings in the header of a safetensors file: eight bytes of length, then JSON."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length])["__metadata__"]


class BertReader:
    """A ``PromptReader`` made of the network, vocabulary and thresholds in ``file``."""

    def __init__(self, file: ReaderFile):
        self._file = file

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """One reading for each of ``prompts``, whatever strings they are. Raises ``UsageError`` for a single string."""
        if isinstance(prompts, str):
            raise UsageError("Give the prompts as a list of strings, not as one string.")
        return [self._read(prompt) for prompt in prompts]

    def num_tokens_cut(self, prompt: str) -> int:
        """How many wordpieces at the end of ``prompt`` are not read; 0 for nearly every sentence."""
        return self._file.vocabulary.split(prompt).num_cut

    @property
    def state_dim(self) -> int:
        """Numbers of one wordpiece's state."""
        return self._file.weights["widen.bias"].size

    def token_states(self, prompt: str) -> tuple[np.ndarray, Wordpieces]:
        """What the network makes of each wordpiece of ``prompt`` before it decides, (T, D), and the wordpieces."""
        pieces = self._file.vocabulary.split(prompt)
        return token_states(self._file.weights, pieces.ids), pieces

    def wordpieces(self, prompt: str) -> tuple[str, ...]:
        """The wordpieces of ``prompt`` as text, without [CLS] and [SEP]; a number is its value, such as "0.3"."""
        pieces = self._file.vocabulary.split(prompt)
        words = [self._file.vocabulary.words[number] for number in pieces.ids]
        for position, value in pieces.values.items():
            words[position] = f"{value:g}"
        return tuple(words[1:-1])

    def _read(self, prompt: str) -> Reading:
        pieces = self._file.vocabulary.split(prompt)
        if not pieces.text:
            return Reading()
        scores = score_sentence(self._file.weights, pieces.ids)
        return decide(scores, pieces.values, self._file.thresholds, self._file.intents)


@cache
def load_reader() -> BertReader:
    """The reader in the package. Raises ``ModelError`` if the installation is damaged."""
    try:
        content = READER_FILE.read_bytes()
    except OSError as error:
        raise ModelError(f"The prompt reader {READER_FILE} is missing ({error}); install the package again.") from error
    return BertReader(unpack_reader(content))


def decide(
    scores: Scores, values: Mapping[int, float], thresholds: Thresholds, intents: Sequence[str] = INTENTS
) -> Reading:
    """The reading that ``scores`` of ``intents`` speak for; ``values``: the sentence's numbers by their positions."""
    chances = level_chances(scores.levels, has_numbers=bool(values))
    asking = chances[:, _ASKING].sum(axis=1)
    is_asked = asking > thresholds.ask
    is_forbidden = ~is_asked & (chances[:, _FORBIDDEN] > thresholds.forbid)
    amounts = {
        name: _amount(name, row, scores.pointers[index], values)
        for index, (name, row) in enumerate(zip(intents, chances, strict=True))
        if is_asked[index]
    }
    amounts = {name: amount for name, amount in amounts.items() if amount > 0}
    forbidden = tuple(name for name, is_so in zip(intents, is_forbidden, strict=True) if is_so)
    # What was nearly asked for was not understood, and the user must be told.
    nearly_asked = asking[~is_asked].max(initial=0.0)
    is_complete = bool(_logistic(scores.complete) * (1 - nearly_asked) > thresholds.complete)
    chance_of_each = np.where(is_asked, asking, np.where(is_forbidden, chances[:, _FORBIDDEN], chances[:, 0]))
    confidence = _logistic(thresholds.slope * log_odds_of_all(chance_of_each) + thresholds.offset)
    return Reading(amounts, forbidden, float(confidence), is_complete)


def level_chances(levels: np.ndarray, *, has_numbers: bool) -> np.ndarray:
    """Probabilities of ``LEVELS`` for each intent, (N, number of levels); without a number none can be meant."""
    if not has_numbers:
        levels = levels.copy()
        levels[:, [_BY, _TO]] = -np.inf
    return softmax(levels)


def _amount(name: str, chances: np.ndarray, pointers: np.ndarray, values: Mapping[int, float]) -> float:
    """In [0, 1]: that of the likeliest level, or the number that the pointer likes best, exactly."""
    level = _ASKING.start + int(chances[_ASKING].argmax())
    if level not in (_BY, _TO):
        return getattr(OPERATIONS[name], LEVELS[level])
    value = values[max(values, key=lambda position: pointers[position])]
    amount = value if level == _BY else abs(1 - value)
    return round(min(amount, 1.0), 6)


def log_odds_of_all(chances: np.ndarray) -> float:
    """log(p / (1 - p)) of the product p of ``chances``: that all of these decisions are right; within [-16, 16]."""
    log_all = np.log(np.clip(chances, 1e-7, 1)).sum()
    return float(np.clip(log_all - np.log(max(-np.expm1(log_all), 1e-7)), -16, 16))


def _logistic(log_odds: float | np.ndarray) -> float | np.ndarray:
    return 1 / (1 + np.exp(-log_odds))
