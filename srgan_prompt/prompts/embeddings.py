"""Sentence embeddings on disk: the table that ships in the package, and the cache of a training run.

The table spares common requests the BERT: ``weights/prompts.safetensors`` holds ``vectors`` (n, dim) and
``weights/prompts.json`` the prompts in the same order with the identity of their encoder. It is read without torch.
``recipes/prepare_prompts.py`` makes both.

The cache is one safetensors file per encoder, for tens of thousands of sentences: ``digests`` (n, 32) uint8, the sha256
of every prompt, and ``vectors`` (n, dim) float32 in equal order; its JSON header holds the identity of the encoder.
Digests and vectors cannot fall apart.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors
import safetensors.numpy

from srgan_prompt.errors import ModelError, OutputError
from srgan_prompt.files import WEIGHTS, write_atomically
from srgan_prompt.prompts.prompt import clean_prompt, normalise_prompt

if TYPE_CHECKING:
    from torch import Tensor

    from srgan_prompt.prompts.encoder import TextEncoder

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PromptTable:
    """Prompts with their vectors (n, dim) float32, all by the encoder named ``identity``."""

    prompts: tuple[str, ...]
    vectors: np.ndarray
    identity: str

    @cached_property
    def rows(self) -> dict[str, int]:
        """Row number by normalised prompt."""
        return {normalise_prompt(prompt): row for row, prompt in enumerate(self.prompts)}

    def embed(self, prompts: Sequence[str], encode: Callable[[Sequence[str]], np.ndarray]) -> np.ndarray:
        """Vectors (n, dim) of ``prompts``; ``encode`` is called for those that are not in the table, if any.

        Zeros for an empty prompt.
        """
        rows = [self.rows.get(normalise_prompt(prompt)) for prompt in prompts]
        known = {index: row for index, row in enumerate(rows) if row is not None}
        new = [index for index, prompt in enumerate(prompts) if index not in known and clean_prompt(prompt)]
        vectors = np.zeros((len(prompts), self.vectors.shape[1]), np.float32)
        vectors[list(known)] = self.vectors[list(known.values())]
        if new:
            vectors[new] = encode([prompts[index] for index in new])
        return vectors


@cache
def shipped_table() -> PromptTable:
    """The table in the package. Raises ``ModelError`` if the installation is damaged."""
    return read_table(WEIGHTS)


def read_table(folder: Path) -> PromptTable:
    """The table that ``write_table`` wrote. Raises ``ModelError``."""
    try:
        listing = json.loads((folder / "prompts.json").read_text("utf-8"))
        vectors = safetensors.numpy.load((folder / "prompts.safetensors").read_bytes())["vectors"]
        table = PromptTable(tuple(listing["prompts"]), vectors, listing["encoder"])
    except (OSError, ValueError, KeyError, TypeError, safetensors.SafetensorError) as error:
        raise ModelError(f"The prompt table in {folder} is damaged ({error}); install the package again.") from error
    if vectors.ndim != 2 or len(vectors) != len(table.prompts):
        raise ModelError(f"The prompt table in {folder} is damaged; install the package again.")
    return table


def write_table(prompts: Sequence[str], encoder: "TextEncoder", folder: Path) -> None:
    """Encode ``prompts`` and write ``prompts.safetensors`` and ``prompts.json`` into ``folder``."""
    listing = {"encoder": encoder.identity, "prompts": list(prompts)}
    vectors = encoder.encode(prompts).numpy()
    write_atomically(folder / "prompts.safetensors", safetensors.numpy.save({"vectors": vectors}))
    write_atomically(folder / "prompts.json", (json.dumps(listing, indent=1, ensure_ascii=False) + "\n").encode())


class CachedTextEncoder:
    """Encodes like ``encoder``, but every sentence only once: in memory, and below ``folder`` if one is given."""

    def __init__(self, encoder: "TextEncoder", folder: Path | None = None):
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
