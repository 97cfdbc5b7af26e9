"""The text encoder of a network without readings: sentences in, vectors out, and which encoder serves which model.

A model is served by the encoder that it was trained with, or by none at all: vectors of two encoders may have the same
length and mean nothing to each other, so identities are compared. Nothing is loaded before a sentence needs it.

Networks in which each pixel chooses its words are given the states of wordpieces (``TokenEncoder``), those of the
reader's own BERT, before its head: they ship with the package. A number has one placeholder there, so its amount stands
beside its state. A sentence is one row: L wordpieces of W numbers each, zeros where there is none. [CLS] and [SEP] are
left out: a map of who listens to them says nothing about words.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.files import sha256_of
from srgan_prompt.prompts.prompt import clean_prompt
from srgan_prompt.prompts.reader import READER_FILE, load_reader

if TYPE_CHECKING:
    from srgan_prompt.prompts.embeddings import PromptTable
    from srgan_prompt.prompts.encoder import TextEncoder

FLAG = "--text-encoder"
_HOW = f"name it with {FLAG} FOLDER or HUB_ID (in Python: text_encoder=...)"


class PromptEncoder(Protocol):
    """A text encoder as networks of raw embeddings need it."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """Vectors [n, D], float32; zeros for an empty prompt."""

    def num_tokens_cut(self, prompt: str) -> int:
        """How many word pieces at the end of ``prompt`` are not read."""


class EncoderName(NamedTuple):
    """What is kept of an encoder: its ``identity``, and its ``name`` on the hub, None for a folder on one machine."""

    identity: str
    name: str | None = None


@cache
def default_encoder() -> "TextEncoder":
    """MiniLM, once in a process. Raises ModelError if it cannot be found."""
    from srgan_prompt.prompts.encoder import TextEncoder

    return TextEncoder.load()


@dataclass
class BertPromptEncoder:
    """Shipped vectors where they exist, BERT for the rest; with an ``encoder`` other than theirs, that one for all.

    ``table`` stands in for the shipped vectors, ``load`` for the BERT that made them.
    """

    encoder: "TextEncoder | None" = None
    _: KW_ONLY
    table: "PromptTable | None" = None
    load: Callable[[], "TextEncoder"] = default_encoder

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``PromptEncoder.embed``.

        Raises:
            ModelError: BERT is needed and cannot be found.
            UsageError: ``prompts`` is a single string.
        """
        if isinstance(prompts, str):
            raise UsageError("Give the prompts as a list of strings, not as one string.")
        table = self._table
        if self.encoder is not None and self.encoder.identity != table.identity:
            return self.encoder.encode(prompts).numpy()
        return table.embed(prompts, lambda new: self._bert.encode(new).numpy())

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``PromptEncoder.num_tokens_cut``. Loads BERT only for a long prompt."""
        from srgan_prompt.prompts.encoder import MAX_TOKENS

        # A wordpiece is at least one character of BERT's own decomposed (NFD) text; two more are [CLS] and [SEP].
        if self.encoder is None and len(unicodedata.normalize("NFD", clean_prompt(prompt))) <= MAX_TOKENS - 2:
            return 0
        return self._bert.num_tokens_cut(prompt)

    def name_for(self, text_dim: int) -> EncoderName | None:
        """What the folder of a network that takes ``text_dim`` numbers keeps of it; None if these are not its vectors.

        Loads no BERT.
        """
        from srgan_prompt.assets.catalog import MINILM

        if self.encoder is not None:
            return EncoderName(self.encoder.identity, self.encoder.name) if self.encoder.dim == text_dim else None
        is_length_right = self._table.vectors.shape[1] == text_dim
        return EncoderName(self._table.identity, MINILM.hub_name) if is_length_right else None

    @property
    def _table(self) -> "PromptTable":
        from srgan_prompt.prompts.embeddings import shipped_table

        return self.table or shipped_table()

    @property
    def _bert(self) -> "TextEncoder":
        return self.encoder or self.load()


class ModelOfPrompts(Protocol):
    """What a model folder says of the encoder behind raw embeddings; explained in ``checkpoints``."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The settings of its generator."""

    @property
    def encoder(self) -> "_Recorded | None":
        """What is recorded of the encoder; None in folders from before there were records."""

    @property
    def encoder_source(self) -> str | None:
        """Of a training run, the folder, hub id or "tiny" of its own config."""


class _Recorded(Protocol):
    @property
    def identity(self) -> str:
        """As in ``EncoderName``."""

    @property
    def name(self) -> str | None:
        """As in ``EncoderName``."""


def prompt_encoder_of(model: ModelOfPrompts, name: str, text_encoder: str | Path | None = None) -> PromptEncoder:
    """The encoder of the model called ``name``: ``text_encoder`` if given, else what is recorded, else MiniLM.

    Of a network of tokens it is the package's reader. MiniLM is loaded only when a sentence needs it; any other encoder
    now, to compare its identity. Of a model from before there were records nothing is known, and the encoder that is
    given is taken.

    Raises:
        ModelError: the encoder is missing, or it or the reader is not the one that the model was trained with.
        UsageError: an encoder is given for a model that takes no raw embeddings.
    """
    if model.config["text_features"] == "reading" or model.config["composition"] == "none":
        refuse_encoder(text_encoder, name)
        return BertPromptEncoder()
    if model.config["text_features"] == "tokens":
        refuse_encoder(text_encoder, name)
        return _token_encoder(model, name)
    from srgan_prompt.prompts.embeddings import shipped_table
    from srgan_prompt.prompts.encoder import TextEncoder

    recorded = model.encoder
    if text_encoder is not None:
        encoder = TextEncoder.named(text_encoder)
    elif recorded is not None and recorded.identity == shipped_table().identity:
        return BertPromptEncoder()
    elif source := model.encoder_source or (recorded and recorded.name):
        encoder = _found(source, name)
    elif recorded is None:
        return BertPromptEncoder()
    else:
        raise ModelError(f"{name} was trained with a text encoder that has no public name; {_HOW}.")
    if recorded is not None and encoder.identity != recorded.identity:
        known_as = f" ({recorded.name})" if recorded.name else ""
        raise ModelError(
            f"{name} was trained with another text encoder{known_as} than"
            f" {text_encoder or model.encoder_source or recorded.name}: their identities are {recorded.identity} and"
            f" {encoder.identity}; {_HOW}."
        )
    return BertPromptEncoder(encoder)


def refuse_encoder(text_encoder: str | Path | None, name: str) -> None:
    """Raise UsageError if an encoder is given for the model called ``name``, which needs none."""
    if text_encoder is not None:
        raise UsageError(f"{name} needs no text encoder; leave {FLAG} out.")


def _token_encoder(model: ModelOfPrompts, name: str) -> PromptEncoder:

    encoder = TokenEncoder(model.config["text_tokens"])
    if model.encoder is not None and model.encoder.identity != encoder.identity:
        raise ModelError(
            f"{name} was trained on the states of another prompt reader than this package's: their identities are"
            f" {model.encoder.identity} and {encoder.identity}; install the version that it was made with, or train it"
            " again."
        )
    return encoder


def _found(source: str, name: str) -> "TextEncoder":
    from srgan_prompt.prompts.encoder import TextEncoder

    try:
        return TextEncoder.named(source)
    except ModelError as error:
        raise ModelError(f"{name} was trained with the text encoder {source}, which is not found; {_HOW}.") from error


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
