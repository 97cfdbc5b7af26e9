"""BERT's encoder and the reader's head in NumPy: wordpieces of one sentence in, scores of every intent out.

The equations are those of Devlin et al. (BERT, 2019), with two changes: word embeddings are a product of two matrices
(Lan et al., ALBERT, 2020), and the head is one cross-attention layer in which each intent asks its own question.
``training.reader`` is the same network in torch, with the same names of weights.
One sentence at a time, so there is no padding and no mask, and a batch gives to the bit what its sentences give alone.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

Weights = Mapping[str, np.ndarray]

HEADS_OF_BERT = 12
HEADS_OF_READER = 8
_EPSILON = 1e-12


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
