"""A frozen BERT that turns sentences into unit vectors: strings in, (n, dim) float32 on the CPU out.

Sentence embedding: mean of the last layer's tokens under the attention mask, divided by its L2 norm
(Reimers and Gurevych, Sentence-BERT, 2019). The vector of an empty prompt is all zeros: the sign for "no prompt".

A BERT small enough for tests, made from nothing but a seed: no files, no network.
"""

import contextlib
import hashlib
import json
import string
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from srgan_prompt.assets.catalog import WEIGHTS_FILE
from srgan_prompt.assets.resolve import find_text_encoder, text_encoder_name
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.files import sha256_of
from srgan_prompt.prompts.prompt import clean_prompt

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import BertModel, BertTokenizer


MAX_TOKENS = 256  # all-MiniLM-L6-v2 was trained on at most this many wordpieces
_TOKENS_PER_BATCH = 8192


class TextEncoder:
    """BERT with its tokenizer. Build it by ``TextEncoder.load`` or, for tests, ``TextEncoder.tiny``.

    ``identity`` names encoder and vocabulary: equal identities give equal vectors. ``dim`` is the vector length,
    ``max_tokens`` the number of wordpieces that are read, ``name`` what ``named`` finds it by on any machine.
    """

    def __init__(self, model: "BertModel", tokenizer: "BertTokenizer", identity: str, name: str | None = None):
        self.model = model.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        self.max_tokens = min(MAX_TOKENS, model.config.max_position_embeddings)
        self.identity = identity
        self.name = name
        self.dim: int = model.config.hidden_size

    @classmethod
    def load(cls, name_or_folder: str | Path | None = None) -> "TextEncoder":
        """The default encoder, or any BERT by hub name or folder. Raises ``ModelError``."""
        folder = find_text_encoder(name_or_folder)
        model, tokenizer = _load_bert(folder)
        weights_sha256 = sha256_of(folder / WEIGHTS_FILE)
        return cls(model, tokenizer, _identity(weights_sha256, tokenizer), text_encoder_name(name_or_folder))

    @classmethod
    def tiny(cls, seed: int = 0) -> "TextEncoder":
        """A random two-layer BERT of 32 dimensions that spells every word by its letters. Needs no files."""

        model, tokenizer = tiny_bert(seed)
        return cls(model, tokenizer, _identity(f"tiny {seed}", tokenizer), "tiny" if seed == 0 else None)

    @classmethod
    def named(cls, name: str | Path | None) -> "TextEncoder":
        """What a config, a flag or a model folder names: as ``load``, and "tiny". Raises ``ModelError``."""
        return cls.tiny() if name == "tiny" else cls.load(name)

    def encode(self, prompts: Sequence[str]) -> "Tensor":
        """Unit vectors of ``prompts``, (n, dim) float32 on the CPU; zeros for a prompt without any word.

        A prompt longer than the limit is cut (see ``num_tokens_cut``).
        """
        import torch

        if isinstance(prompts, str):
            raise UsageError("Give the prompts as a list of strings, not as one string.")
        vectors = torch.zeros(len(prompts), self.dim)
        tokens = [self._shorten(ids) for ids in self._tokenize(prompts)]
        for rows in _batches([len(ids) for ids in tokens]):
            vectors[rows] = self._embed([tokens[row] for row in rows])
        return vectors

    def num_tokens_cut(self, prompt: str) -> int:
        """How many wordpieces at the end of ``prompt`` the encoder does not see; 0 for nearly every sentence."""
        (ids,) = self._tokenize([prompt])
        return max(0, len(ids) - self.max_tokens)

    def _tokenize(self, prompts: Sequence[str]) -> list[list[int]]:
        """Token ids with [CLS] and [SEP] at the ends; an empty list for a prompt without any word."""
        if not prompts:
            return []
        cleaned = [clean_prompt(prompt) for prompt in prompts]
        ids = self.tokenizer(cleaned, padding=False, truncation=False, verbose=False)["input_ids"]
        return [each if len(each) > 2 else [] for each in ids]

    def _shorten(self, ids: list[int]) -> list[int]:
        return ids if len(ids) <= self.max_tokens else [*ids[: self.max_tokens - 1], ids[-1]]

    def _embed(self, tokens: list[list[int]]) -> "Tensor":
        import torch
        from torch.nn.functional import normalize

        longest = max(map(len, tokens))
        mask = torch.tensor([[1] * len(ids) + [0] * (longest - len(ids)) for ids in tokens])
        ids = torch.tensor([ids + [0] * (longest - len(ids)) for ids in tokens])
        # no_grad and not inference_mode: training keeps these vectors for its backward pass.
        with torch.no_grad():
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        weights = mask.unsqueeze(-1).to(states.dtype)
        return normalize((states * weights).sum(1) / weights.sum(1), dim=1)


def _batches(lengths: list[int]) -> Iterator[list[int]]:
    """Row numbers in batches of like length, so that little is computed for padding; length 0 is left out."""
    batch: list[int] = []
    for row in sorted((row for row, length in enumerate(lengths) if length), key=lengths.__getitem__):
        if batch and (len(batch) + 1) * lengths[row] > _TOKENS_PER_BATCH:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch


def _identity(weights: str, tokenizer: "BertTokenizer") -> str:
    vocabulary = json.dumps(tokenizer.get_vocab(), sort_keys=True)
    return hashlib.sha256(f"{weights}\n{vocabulary}".encode()).hexdigest()[:16]


def _load_bert(folder: Path) -> tuple["BertModel", "BertTokenizer"]:
    import torch
    from transformers import BertModel, BertTokenizer

    # Fixed classes: an Auto class would let the repository choose, or bring, the code that runs.
    try:
        with _quiet_transformers():
            tokenizer = BertTokenizer.from_pretrained(folder, local_files_only=True)
            loaded = BertModel.from_pretrained(
                folder,
                local_files_only=True,
                use_safetensors=True,
                add_pooling_layer=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
        model, report = cast("tuple[BertModel, dict[str, Any]]", loaded)  # what its last argument makes of it
    except Exception as error:
        raise ModelError(f"The text encoder in {folder} cannot be loaded: {error}") from error
    if report["missing_keys"]:
        raise ModelError(f"The weights in {folder} are not a complete BERT: {min(report['missing_keys'])} is missing.")
    return model, tokenizer


@contextlib.contextmanager
def _quiet_transformers() -> Iterator[None]:
    """No progress bar and no report about the pooling head that we leave out on purpose."""
    from transformers.utils import logging

    verbosity, had_progress_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if had_progress_bar:
            logging.enable_progress_bar()


_CHARACTERS = string.ascii_lowercase + string.digits


def tiny_bert(seed: int) -> tuple["BertModel", "BertTokenizer"]:
    """Random weights of 32 dimensions and a vocabulary of single characters; the same for the same seed."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *string.punctuation]
    tokens += [*_CHARACTERS, *(f"##{char}" for char in _CHARACTERS)]
    tokenizer = BertTokenizer(vocab={token: index for index, token in enumerate(tokens)})
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        initializer_range=0.2,  # BERT's 0.02 leaves random sentences almost parallel
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = BertModel(config, add_pooling_layer=False)
    return model, tokenizer
