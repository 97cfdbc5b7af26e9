"""A sentence to the wordpieces that the reader sees, with the numbers taken out of it and kept.

WordPiece in BERT's own normalisation (Devlin et al. 2019), by the ``tokenizers`` library. Every number that may be an
amount is one placeholder token; a user cannot type that token.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from srgan_prompt.prompts.cleaning import clean_prompt
from srgan_prompt.prompts.numbers import split_at_numbers

MAX_TOKENS = 128
_START, _END, _NUMBER, _UNKNOWN = "[CLS]", "[SEP]", "[unused1]", "[UNK]"


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
        self._start, self._end, self._number = (numbers[word] for word in (_START, _END, _NUMBER))
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
