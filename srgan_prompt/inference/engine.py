"""What runs the network: the interface that torch, ONNX Runtime and foreign models share. Numpy in, numpy out.

Pictures are float32 [B, 3, h, w], RGB, sRGB-encoded, in [0, 1]; answers are [B, 3, s*h, s*w], not clipped.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

NOT_UNDERSTOOD_BELOW = 0.15  # of every amount that a network's intent head can report


@dataclass(frozen=True)
class Guidance:
    """What a prompt became: ``texts`` [K, D], one row a clause, ``weights`` [K], ``negative`` [D] or None; float32.

    A row is a sentence's raw embedding, or its reading as amounts (see ``Engine.intents``), which needs no negative.
    A weight of 0 turns a clause off, 1 is as worded, above 1 extrapolates, below 0 opposes.
    """

    texts: np.ndarray
    weights: np.ndarray
    negative: np.ndarray | None = None

    def as_rows(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Texts [N, D] with the negative as the last, weights [N] (0 for the negative), 1 where negative [N]."""
        if self.negative is None:
            return self.texts, self.weights, np.zeros_like(self.weights)
        texts = np.concatenate([self.texts, self.negative[None]])
        return texts, np.append(self.weights, np.float32(0)), np.append(np.zeros_like(self.weights), np.float32(1))


class Engine(Protocol):
    """One loaded network on one device."""

    @property
    def name(self) -> str:
        """What runs the network, on what, and in which precision."""

    @property
    def scale(self) -> int:
        """Output side / input side."""

    @property
    def receptive_radius_px(self) -> int:
        """How far from an output pixel the network looks, in input pixels."""

    @property
    def bytes_per_px(self) -> int:
        """Working memory of one run, per input pixel."""

    @property
    def intents(self) -> tuple[str, ...] | None:
        """The intents whose amounts make up a text, in order; None where a text is a raw embedding."""

    @property
    def ignores_prompts(self) -> str | None:
        """None, or one sentence that says why prompts do nothing here."""

    @property
    def tiles_differ(self) -> str | None:
        """None, or one sentence that says why a picture made of tiles may differ from the whole."""

    def free_bytes(self) -> int:
        """Memory that a run may take now."""

    def understands(self, texts: np.ndarray) -> list[bool]:
        """Whether each row of ``texts`` [K, D], raw embeddings, asks for anything that the network knows."""

    def context(self, picture: np.ndarray) -> np.ndarray | None:
        """The whole picture as one vector [B, C], which every tile of it is run with; None if the network has none."""

    def run(
        self, tile: np.ndarray, guidance: Guidance | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """Enlarge one tile; ``exact`` asks for float32 throughout.

        Raises MemoryError or a RuntimeError that says so when memory runs out.
        """
