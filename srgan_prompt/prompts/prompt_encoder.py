"""Where sentences are understood, for each kind of network: as raw embeddings, numpy float32 [n, D] with zeros for no
words, or as readings.

Which text encoder serves a model of raw embeddings: the one that it was trained with, or none at all.

Vectors of two encoders may have the same length and mean nothing to each other, so identities are compared.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.prompts.reading import Reading

if TYPE_CHECKING:
    from srgan_prompt.checkpoints.model import EncoderRecord, ReleasedModel
    from srgan_prompt.prompts.encoder import TextEncoder


class PromptEncoder(Protocol):
    """A text encoder as networks of raw embeddings need it."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """Vectors [n, D], float32."""

    def num_tokens_cut(self, prompt: str) -> int:
        """How many word pieces at the end of ``prompt`` are not read."""


class BertPromptEncoder:
    """Shipped vectors where they exist, BERT for the rest; with an ``encoder``, that one."""

    def __init__(self, encoder: "TextEncoder | None" = None) -> None:
        self.encoder = encoder

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``PromptEncoder.embed``. Raises ModelError if BERT is needed and cannot be found."""
        from srgan_prompt.prompts import embeddings

        return embeddings.embed(prompts, self.encoder).numpy()

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``PromptEncoder.num_tokens_cut``."""
        from srgan_prompt.prompts import embeddings

        return embeddings.num_tokens_cut(prompt, self.encoder)

    def record(self, text_dim: int) -> "EncoderRecord | None":
        """What the folder of a network that takes ``text_dim`` numbers keeps of it; None if these are not its vectors.

        Loads no BERT.
        """
        from srgan_prompt.assets.catalog import MINILM
        from srgan_prompt.checkpoints.model import EncoderRecord
        from srgan_prompt.prompts import embeddings

        if self.encoder is not None:
            return EncoderRecord.of(self.encoder) if self.encoder.dim == text_dim else None
        table = embeddings.shipped_table()
        is_length_right = table.vectors.shape[1] == text_dim
        return EncoderRecord(identity=table.identity, name=MINILM.hub_name) if is_length_right else None


class PackagedReader:
    """The reader in the package, which needs no network; loaded at the first sentence."""

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        """See ``PromptReader.read``."""
        from srgan_prompt.prompts.reader import load_reader

        return load_reader().read(prompts)


FLAG = "--text-encoder"
_HOW = f"name it with {FLAG} FOLDER or HUB_ID (in Python: text_encoder=...)"


def prompt_encoder_of(released: "ReleasedModel", name: str, text_encoder: str | Path | None = None) -> PromptEncoder:
    """The encoder of the model called ``name``: ``text_encoder`` if given, else what is recorded, else MiniLM.

    MiniLM is loaded only when a sentence needs it; any other encoder now, to compare its identity. Of a model from
    before there were records nothing is known, and the encoder that is given is taken.

    Raises:
        ModelError: the encoder is missing, or is not the one that the model was trained with.
        UsageError: an encoder is given for a model that takes no raw embeddings.
    """
    if released.config["text_features"] != "raw" or released.config["composition"] == "none":
        refuse_encoder(text_encoder, name)
        return BertPromptEncoder()
    from srgan_prompt.prompts.embeddings import shipped_table
    from srgan_prompt.prompts.encoder import TextEncoder

    recorded = released.encoder
    if text_encoder is not None:
        encoder = TextEncoder.named(text_encoder)
    elif recorded is not None and recorded.identity == shipped_table().identity:
        return BertPromptEncoder()
    elif source := released.encoder_source or (recorded and recorded.name):
        encoder = _found(source, name)
    elif recorded is None:
        return BertPromptEncoder()
    else:
        raise ModelError(f"{name} was trained with a text encoder that has no public name; {_HOW}.")
    if recorded is not None and encoder.identity != recorded.identity:
        known_as = f" ({recorded.name})" if recorded.name else ""
        raise ModelError(
            f"{name} was trained with another text encoder{known_as} than"
            f" {text_encoder or released.encoder_source or recorded.name}: their identities are {recorded.identity} and"
            f" {encoder.identity}; {_HOW}."
        )
    return BertPromptEncoder(encoder)


def refuse_encoder(text_encoder: str | Path | None, name: str) -> None:
    """Raise UsageError if an encoder is given for the model called ``name``, which needs none."""
    if text_encoder is not None:
        raise UsageError(f"{name} needs no text encoder; leave {FLAG} out.")


def _found(source: str, name: str) -> "TextEncoder":
    from srgan_prompt.prompts.encoder import TextEncoder

    try:
        return TextEncoder.named(source)
    except ModelError as error:
        raise ModelError(f"{name} was trained with the text encoder {source}, which is not found; {_HOW}.") from error
