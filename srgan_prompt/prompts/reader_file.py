"""The reader's file: a network of 8-bit weights, its vocabulary and its thresholds in one safetensors file.

Each row of a matrix is kept as integers in [-127, 127] and one scale; what is no matrix is kept in 16 bits.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import safetensors
import safetensors.numpy

from srgan_prompt.errors import ModelError
from srgan_prompt.prompts.operations import FIRST_INTENTS, INTENTS
from srgan_prompt.prompts.wordpieces import Vocabulary

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
    """``weights``: float32 arrays by name, as ``numpy_bert.score_sentence`` takes them; ``intents``: what is scored."""

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
