"""Sentences as the states of their wordpieces, for networks in which each pixel chooses its words.

The states are those of the reader's own BERT, before its head: they ship with the package, so no other weights are
needed. A number has one placeholder there (see ``wordpieces``), so its amount stands beside its state. A sentence is
one row: L wordpieces of W numbers each, zeros where there is none. [CLS] and [SEP] are left out: a map of who listens
to them says nothing about words.
"""

from collections.abc import Sequence

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.files import sha256_of
from srgan_prompt.prompts.prompt import clean_prompt
from srgan_prompt.prompts.reader import READER_FILE, load_reader


class TokenEncoder:
    """A ``prompt_encoder.PromptEncoder`` whose rows are ``num_tokens`` wordpieces of a sentence, one after another.

    ``identity`` names the reader's file: another reader has other states, and networks know only those of their own.
    """

    name = None  # it comes with the package

    def __init__(self, num_tokens: int) -> None:
        self.num_tokens = num_tokens
        self._reader = load_reader()
        self.identity = sha256_of(READER_FILE)[:16]

    @property
    def token_width(self) -> int:
        """Numbers of one wordpiece: its state and its amount."""
        return self._reader.state_dim + 1

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """Rows [n, L * W], float32; zeros for an empty prompt. Raises ``UsageError`` for a single string."""
        if isinstance(prompts, str):
            raise UsageError("Give the prompts as a list of strings, not as one string.")
        rows = np.zeros((len(prompts), self.num_tokens, self.token_width), np.float32)
        for row, prompt in zip(rows, prompts, strict=True):
            states = self.states(prompt)
            row[: len(states)] = states
        return rows.reshape(len(prompts), -1)

    def states(self, prompt: str) -> np.ndarray:
        """The wordpieces of ``prompt`` alone, [l, W] float32 with l at most L; none for an empty prompt."""
        if not clean_prompt(prompt):
            return np.zeros((0, self.token_width), np.float32)
        states, pieces = self._reader.token_states(prompt)
        amounts = np.zeros((len(states), 1), np.float32)
        for position, value in pieces.values.items():
            amounts[position] = min(value, 2.0)
        return np.concatenate([states, amounts], axis=1)[1:-1][: self.num_tokens]

    def wordpieces(self, prompt: str) -> tuple[str, ...]:
        """What ``states`` are of, such as ("a", "bit", "crisp", "##er"); a number is its value, "0.3"."""
        return self._reader.wordpieces(prompt)[: self.num_tokens]

    def num_tokens_cut(self, prompt: str) -> int:
        """How many wordpieces at the end of ``prompt`` are not seen; 0 for nearly every sentence."""
        return max(0, len(self._reader.wordpieces(prompt)) - self.num_tokens) + self._reader.num_tokens_cut(prompt)
