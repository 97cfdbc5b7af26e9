"""Sentences for the ONNX engine, without torch or transformers: shipped vectors, and an exported BERT for the rest.

The table is the one that ``prompts.embeddings`` writes, the encoder the one that ``export_text_encoder`` writes.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.onnx.engine import OnnxSession
from srgan_prompt.prompts.embeddings import shipped_table
from srgan_prompt.prompts.prompt import clean_prompt

if TYPE_CHECKING:
    from tokenizers import Tokenizer


TEXT_ENCODER_NAME = "text_encoder.onnx"
IDS, MASK, VECTORS = "input_ids", "attention_mask", "vectors"
IDENTITY_KEY, TOKENIZER_KEY, MAX_TOKENS_KEY = (f"srgan_prompt.{key}" for key in ("encoder", "tokenizer", "max_tokens"))


class OnnxPromptEncoder:
    """Documented wordings need no file; any other sentence needs ``text_encoder.onnx`` in ``folder``.

    ``identity`` is that of the encoder that the network was trained with, None if it is not recorded.
    """

    def __init__(self, folder: Path, threads: int | None = None, identity: str | None = None) -> None:
        self.folder, self.threads, self.identity = folder, threads, identity

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``PromptEncoder.embed``. Raises ModelError for a sentence without a vector of the right encoder."""
        table = shipped_table()
        # Vectors of two encoders do not mix: one exported from another BERT does everything.
        if (self._encoder.identity if self._exists else self.identity or table.identity) == table.identity:
            return table.embed(prompts, self._encode)
        blank = np.zeros(self._encoder.dim if self._exists else table.vectors.shape[1], np.float32)
        return np.stack([self._encode([prompt])[0] if clean_prompt(prompt) else blank for prompt in prompts])

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``PromptEncoder.num_tokens_cut``."""
        return self._encoder.num_tokens_cut(prompt) if self._exists else 0

    @property
    def _exists(self) -> bool:
        return (self.folder / TEXT_ENCODER_NAME).is_file()

    @cached_property
    def _encoder(self) -> "OnnxTextEncoder":
        path = self.folder / TEXT_ENCODER_NAME
        encoder = OnnxTextEncoder(path, self.threads)
        if self.identity not in (None, encoder.identity):
            raise ModelError(
                f"{path} is another text encoder ({encoder.identity}) than the model was trained with"
                f" ({self.identity}); export it with the model: `srgan-prompt export MODEL --text-encoder`."
            )
        return encoder

    def _encode(self, prompts: Sequence[str]) -> np.ndarray:
        if not self._exists:
            raise ModelError(
                f"'{prompts[0][:60]}' is not one of the shipped sentences, and {TEXT_ENCODER_NAME} is not there;"
                " run `srgan-prompt export -o FILE.onnx --text-encoder` once and give --model FILE.onnx,"
                " or use the torch engine."
            )
        return np.stack([self._encoder.encode(prompt) for prompt in prompts])


class OnnxTextEncoder:
    """An exported BERT with its tokenizer. Raises ModelError if ``path`` holds none."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self._session = OnnxSession(path, str(path), threads)
        facts = self._session.metadata()
        try:
            self.identity = facts[IDENTITY_KEY]
            self._max_tokens = int(facts[MAX_TOKENS_KEY])
            self._tokenizer = _tokenizer(facts[TOKENIZER_KEY])
        except (KeyError, ValueError) as error:
            raise ModelError(f"{path} was not exported by srgan_prompt or is damaged ({error}).") from None
        self.dim: int = self._session.session.get_outputs()[0].shape[1]

    def encode(self, prompt: str) -> np.ndarray:
        """The unit vector [D] of one sentence."""
        ids = self._ids(prompt)
        if len(ids) > self._max_tokens:
            ids = [*ids[: self._max_tokens - 1], ids[-1]]
        feeds = {IDS: np.array([ids], np.int64), MASK: np.ones((1, len(ids)), np.int64)}
        return self._session.run([VECTORS], feeds)[0][0]

    def num_tokens_cut(self, prompt: str) -> int:
        """How many word pieces at the end of ``prompt`` are not read."""
        return max(0, len(self._ids(prompt)) - self._max_tokens)

    def _ids(self, prompt: str) -> list[int]:
        return self._tokenizer.encode(clean_prompt(prompt)).ids


def _tokenizer(description: str) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(description)
    except Exception as error:  # noqa: BLE001  the Rust side raises a bare Exception
        raise ValueError(str(error)) from None
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
