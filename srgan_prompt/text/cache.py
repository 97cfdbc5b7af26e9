"""Sentence embeddings kept on disk: one safetensors file per encoder, for tens of thousands of sentences.

The file holds ``digests`` (n, 32) uint8, the sha256 of every prompt, and ``vectors`` (n, dim) float32 in equal order;
its JSON header holds the identity of the encoder. Digests and vectors cannot fall apart: they are one file.
"""

import hashlib
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import safetensors
import safetensors.numpy

from srgan_prompt.assets.cache import write_atomically
from srgan_prompt.errors import OutputError
from srgan_prompt.text.encoder import TextEncoder

if TYPE_CHECKING:
    from torch import Tensor

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
