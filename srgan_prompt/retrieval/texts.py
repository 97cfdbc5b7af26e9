"""Sentences as the network takes them: numbers of words for its LSTM, or the vectors of a frozen BERT."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from srgan_prompt.checkpoints.format import JSON
from srgan_prompt.checkpoints.model import EncoderRecord, read_encoder
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.models.retrieval import PADDING

if TYPE_CHECKING:
    from pathlib import Path

    from srgan_prompt.prompts.encoder import TextEncoder

_WORD = re.compile(r"[a-z]+")


class Texts(Protocol):
    """What makes a tensor of sentences. ``width`` is the network's ``text_width``, ``document`` what to save of it."""

    width: int

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """One row for each sentence."""

    def document(self) -> dict[str, JSON]:
        """What ``read_texts`` makes it of again."""


class WordNumbers:
    """Sentences to (B, T) int64: places of their words in ``words``, counted from 1, and ``PADDING`` behind."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.width = len(self.words)
        self._numbers = {word: number + 1 for number, word in enumerate(self.words)}

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """Capitals and punctuation do not count. Raises ``UsageError`` for an unknown word, or none at all."""
        rows = [torch.tensor([self._number(word) for word in self._split(sentence)]) for sentence in sentences]
        return pad_sequence(rows, batch_first=True, padding_value=PADDING)

    def document(self) -> dict[str, JSON]:
        """The vocabulary."""
        return {"words": list(self.words)}

    def _split(self, sentence: str) -> list[str]:
        words = _WORD.findall(sentence.lower())
        if not words:
            raise UsageError(f"The sentence {printable(sentence)!r} has no words; say what is to be different.")
        return words

    def _number(self, word: str) -> int:
        if word not in self._numbers:
            raise UsageError(f"The retriever was not taught the word {word!r}; it knows {', '.join(self.words)}.")
        return self._numbers[word]


class SentenceVectors:
    """Sentences to unit vectors (B, D) by a frozen BERT."""

    def __init__(self, encoder: "TextEncoder") -> None:
        self._encoder = encoder
        self.width = encoder.dim

    def __call__(self, sentences: Sequence[str]) -> Tensor:
        """Any English whatever."""
        return self._encoder.encode(sentences)

    def document(self) -> dict[str, JSON]:
        """Which BERT it was."""
        return {"encoder": EncoderRecord.of(self._encoder).model_dump(mode="json")}


def read_texts(document: JSON, folder: "Path") -> Texts:
    """What the ``document`` of a folder describes. Raises ``ModelError`` if it does not, or its BERT cannot be had."""
    match document:
        case {"words": [str(), *_] as words} if all(isinstance(word, str) for word in words):
            return WordNumbers([str(word) for word in words])
        case {"encoder": dict() as record}:
            return SentenceVectors(_load_encoder(read_encoder(record, folder), folder))
        case _:
            raise ModelError(f"{folder / 'texts.json'} has neither words nor an encoder; train the retriever again.")


def _load_encoder(record: EncoderRecord | None, folder: "Path") -> "TextEncoder":
    from srgan_prompt.prompts.encoder import TextEncoder

    if record is None or record.name is None:
        raise ModelError(f"{folder} was trained with a BERT from a folder, which it does not name; train it again.")
    encoder = TextEncoder.named(record.name)
    if encoder.identity != record.identity:
        raise ModelError(f"{folder} was trained with another version of {record.name}; train it again.")
    return encoder
