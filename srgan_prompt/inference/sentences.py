"""Where sentences are understood, for each kind of network: as raw embeddings, numpy float32 [n, D] with zeros for no
words, or as readings.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from srgan_prompt.prompts.reading import Reading

if TYPE_CHECKING:
    from srgan_prompt.checkpoints.encoder_record import EncoderRecord
    from srgan_prompt.text.encoder import TextEncoder


class Sentences(Protocol):
    """A text encoder as networks of raw embeddings need it."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """Vectors [n, D], float32."""

    def num_tokens_cut(self, prompt: str) -> int:
        """How many word pieces at the end of ``prompt`` are not read."""


class BertSentences:
    """Shipped vectors where they exist, BERT for the rest; with an ``encoder``, that one."""

    def __init__(self, encoder: "TextEncoder | None" = None) -> None:
        self.encoder = encoder

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``Sentences.embed``. Raises ModelError if BERT is needed and cannot be found."""
        from srgan_prompt.text import canonical

        return canonical.embed(prompts, self.encoder).numpy()

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``Sentences.num_tokens_cut``."""
        from srgan_prompt.text import canonical

        return canonical.num_tokens_cut(prompt, self.encoder)

    def record(self, text_dim: int) -> "EncoderRecord | None":
        """What the folder of a network that takes ``text_dim`` numbers keeps of it; None if these are not its vectors.

        Loads no BERT.
        """
        from srgan_prompt.assets.catalog import MINILM
        from srgan_prompt.checkpoints.encoder_record import EncoderRecord
        from srgan_prompt.text import canonical

        if self.encoder is not None:
            return EncoderRecord.of(self.encoder) if self.encoder.dim == text_dim else None
        table = canonical.shipped_table()
        is_length_right = table.vectors.shape[1] == text_dim
        return EncoderRecord(identity=table.identity, name=MINILM.hub_name) if is_length_right else None


class PackagedReader:
    """The reader in the package, which needs no network; loaded at the first sentence."""

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """See ``PromptReader.read``."""
        from srgan_prompt.prompts.reader import load_reader

        return load_reader().read(prompts)
