"""The embeddings that ship in the package, so that common requests need no BERT: prompts in, (n, dim) float32 out.

``weights/prompts.safetensors`` holds ``vectors`` (n, dim); ``weights/prompts.json`` holds the prompts in the same order
and the identity of their encoder. ``recipes/prepare_prompts.py`` makes both.

Sentence embeddings kept on disk: one safetensors file per encoder, for tens of thousands of sentences.

The file holds ``digests`` (n, 32) uint8, the sha256 of every prompt, and ``vectors`` (n, dim) float32 in equal order;
its JSON header holds the identity of the encoder. Digests and vectors cannot fall apart: they are one file.
"""

import hashlib
import json
import logging
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors
import safetensors.numpy

from srgan_prompt.assets.cache import write_atomically
from srgan_prompt.errors import ModelError, OutputError, UsageError
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.prompts.encoder import MAX_TOKENS, TextEncoder
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, OPERATIONS, Clause, Request
from srgan_prompt.prompts.prompt import clean_prompt, normalise_prompt

if TYPE_CHECKING:
    from torch import Tensor


WEIGHTS_FOLDER = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True)
class PromptTable:
    """Prompts with their vectors (n, dim) float32, all by the encoder named ``identity``."""

    prompts: tuple[str, ...]
    vectors: "Tensor"
    identity: str

    def rows(self) -> dict[str, int]:
        """Row number by normalised prompt."""
        return {normalise_prompt(prompt): row for row, prompt in enumerate(self.prompts)}


def embed(prompts: Sequence[str], encoder: TextEncoder | None = None) -> "Tensor":
    """Vectors of ``prompts``, (n, dim) float32; zeros for an empty prompt.

    Shipped vectors are used where they exist; BERT is loaded only if some prompt is not among them.
    With an ``encoder`` other than the shipped table's, that encoder does everything. Raises ``ModelError``.
    """
    import torch

    if isinstance(prompts, str):
        raise UsageError("Give the prompts as a list of strings, not as one string.")
    table = shipped_table()
    if encoder is not None and encoder.identity != table.identity:
        return encoder.encode(prompts)
    row_of = table.rows()
    rows = [row_of.get(normalise_prompt(prompt)) for prompt in prompts]
    vectors = torch.zeros(len(prompts), table.vectors.shape[1])
    new = [index for index, row in enumerate(rows) if row is None and clean_prompt(prompts[index])]
    known = [index for index, row in enumerate(rows) if row is not None]
    vectors[known] = table.vectors[[rows[index] for index in known]]
    if new:
        vectors[new] = (encoder or _default_encoder()).encode([prompts[index] for index in new])
    return vectors


def num_tokens_cut(prompt: str, encoder: TextEncoder | None = None) -> int:
    """How many wordpieces at the end of ``prompt`` its vector leaves out. Loads BERT only for a long prompt."""
    # A wordpiece is at least one character of BERT's own decomposed (NFD) text; two more are [CLS] and [SEP].
    if encoder is None and len(unicodedata.normalize("NFD", clean_prompt(prompt))) <= MAX_TOKENS - 2:
        return 0
    return (encoder or _default_encoder()).num_tokens_cut(prompt)


def canonical_prompts() -> list[str]:
    """What the shipped table holds: the default request, and every operation at its slight, plain and strong amount."""
    requests = [DEFAULT_REQUEST]
    for operation in OPERATIONS.values():
        amounts = (operation.slight, operation.plain, operation.strong)
        requests += [Request((Clause(operation.name, amount),)) for amount in amounts]
    return list(dict.fromkeys(canonical(request) for request in requests))


@cache
def shipped_table() -> PromptTable:
    """The table in the package. Raises ``ModelError`` if the installation is damaged."""
    return read_table(WEIGHTS_FOLDER)


def write_table(prompts: Sequence[str], encoder: TextEncoder, folder: Path) -> None:
    """Encode ``prompts`` and write ``prompts.safetensors`` and ``prompts.json`` into ``folder``."""
    import safetensors.torch

    listing = {"encoder": encoder.identity, "prompts": list(prompts)}
    write_atomically(folder / "prompts.safetensors", safetensors.torch.save({"vectors": encoder.encode(prompts)}))
    write_atomically(folder / "prompts.json", (json.dumps(listing, indent=1, ensure_ascii=False) + "\n").encode())


def read_table(folder: Path) -> PromptTable:
    """The table that ``write_table`` wrote. Raises ``ModelError``."""
    import safetensors.torch

    try:
        listing = json.loads((folder / "prompts.json").read_text("utf-8"))
        vectors = safetensors.torch.load_file(folder / "prompts.safetensors")["vectors"]
        table = PromptTable(tuple(listing["prompts"]), vectors, listing["encoder"])
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise ModelError(f"The prompt table in {folder} is damaged ({error}); install the package again.") from error
    if vectors.ndim != 2 or len(vectors) != len(table.prompts):
        raise ModelError(f"The prompt table in {folder} is damaged; install the package again.")
    return table


@cache
def _default_encoder() -> TextEncoder:
    return TextEncoder.load()


_log = logging.getLogger(__name__)


class CachedTextEncoder:
    """Encodes like ``encoder``, but every sentence only once: in memory, and below ``folder`` if one is given."""

    def __init__(self, encoder: TextEncoder, folder: Path | None = None):
        self._encoder = encoder
        self._path = None if folder is None else folder / f"prompts-{encoder.identity}.safetensors"
        self._vectors = np.zeros((0, encoder.dim), np.float32)
        self._rows: dict[bytes, int] = {}
        if self._path is not None and self._path.exists():
            self._read(self._path)
        self.dim = encoder.dim
        self.identity = encoder.identity

    def encode(self, prompts: Sequence[str]) -> "Tensor":
        """Unit vectors, (n, dim) float32 on the CPU. Raises ``OutputError`` if the file cannot be written."""
        import torch

        digests = [hashlib.sha256(prompt.encode("utf-8", "surrogatepass")).digest() for prompt in prompts]
        new = {d: prompt for d, prompt in zip(digests, prompts, strict=True) if d not in self._rows}
        if new:
            self._append(list(new), self._encoder.encode(list(new.values())).numpy())
        return torch.from_numpy(self._vectors[[self._rows[d] for d in digests]])

    def _append(self, digests: list[bytes], vectors: np.ndarray) -> None:
        first = len(self._vectors)
        self._rows.update((digest, first + index) for index, digest in enumerate(digests))
        self._vectors = np.concatenate([self._vectors, vectors])
        if self._path is not None:
            self._write(self._path)

    def _write(self, path: Path) -> None:
        digests = np.frombuffer(b"".join(self._rows), np.uint8).reshape(-1, 32)
        tensors: dict[str, np.ndarray] = {"digests": digests, "vectors": self._vectors}
        try:
            write_atomically(path, safetensors.numpy.save(tensors, {"encoder": self.identity}))
        except OSError as error:
            raise OutputError(f"The embedding cache {path} cannot be written ({error}).") from error

    def _read(self, path: Path) -> None:
        """Take over what the file holds; a damaged or foreign file is left aside and made again."""
        try:
            with safetensors.safe_open(path, "numpy") as file:
                encoder = (file.metadata() or {}).get("encoder")
                digests, vectors = file.get_tensor("digests"), file.get_tensor("vectors")
        except (OSError, safetensors.SafetensorError) as error:
            _log.warning("The embedding cache %s is damaged and will be made again (%s)", path, error)
            return
        is_whole = digests.shape == (len(vectors), 32) and vectors.shape[1:] == self._vectors.shape[1:]
        if encoder != self._encoder.identity or not is_whole:
            _log.warning("The embedding cache %s is not this encoder's and will be made again", path)
            return
        self._vectors = vectors
        self._rows = {bytes(digest): row for row, digest in enumerate(digests)}
