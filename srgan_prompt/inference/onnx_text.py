"""Sentences for the ONNX engine, without torch: the shipped vectors by numpy.

The table is the one that ``text.canonical`` writes; see there for its layout.
"""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.text.cleaning import clean_prompt, normalise_prompt


class ShippedSentences:
    """Vectors of the documented wordings and nothing else."""

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """See ``Sentences.embed``. Raises ModelError for a sentence that has no shipped vector."""
        vectors, row_of = shipped_vectors()
        return np.stack([self._vector(prompt, vectors, row_of) for prompt in prompts])

    def num_tokens_cut(self, prompt: str) -> int:
        """See ``Sentences.num_tokens_cut``: the shipped wordings are short."""
        return 0

    def _vector(self, prompt: str, vectors: np.ndarray, row_of: dict[str, int]) -> np.ndarray:
        if not clean_prompt(prompt):
            return np.zeros(vectors.shape[1], np.float32)
        row = row_of.get(normalise_prompt(prompt))
        if row is None:
            raise ModelError(
                f"Without torch only the documented wordings are known, not '{prompt[:60]}'; export with this prompt"
                " baked in, or use the torch engine."
            )
        return vectors[row]


@cache
def shipped_vectors() -> tuple[np.ndarray, dict[str, int]]:
    """The vectors [n, D] of the package and the row of every normalised wording. Raises ModelError if damaged."""
    from safetensors import SafetensorError
    from safetensors.numpy import load

    folder = resources.files("srgan_prompt") / "weights"
    try:
        prompts = json.loads((folder / "prompts.json").read_text("utf-8"))["prompts"]
        vectors = load((folder / "prompts.safetensors").read_bytes())["vectors"]
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(f"The prompt table of this installation is damaged ({error}); install it again.") from error
    return vectors, {normalise_prompt(prompt): row for row, prompt in enumerate(prompts)}
