"""What runs the network: the interface that torch, ONNX Runtime and foreign models share. Numpy in, numpy out.

Pictures are float32 [B, 3, h, w], RGB, sRGB-encoded, in [0, 1]; answers are [B, 3, s*h, s*w], not clipped.

One engine asked eight times: the mean over the flips and quarter turns of a picture (EDSR+, Lim et al. 2017).

What a network adds by accident differs from view to view and averages out; what it knows stays. So fidelity rises, and
invented detail is softened, for eight times the time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import Protocol

import numpy as np

NOT_UNDERSTOOD_BELOW = 0.15  # of every amount that a network's intent head can report


@dataclass(frozen=True)
class PromptEmbedding:
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
        self, tile: np.ndarray, guidance: PromptEmbedding | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """Enlarge one tile; ``exact`` asks for float32 throughout.

        Raises MemoryError or a RuntimeError that says so when memory runs out.
        """


NUM_VIEWS = 8

View = Callable[[np.ndarray], np.ndarray]
"""Pictures [B, 3, h, w], flipped and turned or back again."""


class SelfEnsemble:
    """``engine`` with every answer averaged; all else is the engine's own. ``run`` costs eight runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.name = f"{engine.name}, mean of {NUM_VIEWS} views"
        self.scale, self.receptive_radius_px = engine.scale, engine.receptive_radius_px
        self.bytes_per_px, self.free_bytes = engine.bytes_per_px, engine.free_bytes
        self.intents, self.ignores_prompts = engine.intents, engine.ignores_prompts
        self.understands, self.context = engine.understands, engine.context
        self.tiles_differ = engine.tiles_differ

    def run(
        self, tile: np.ndarray, guidance: PromptEmbedding | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``."""
        answers = (back(self._engine.run(view(tile), guidance, context, exact=exact)) for view, back in _views())
        return reduce(np.add, answers) / NUM_VIEWS


def _views() -> list[tuple[View, View]]:
    """All symmetries of a square, each with its inverse; the untouched picture comes first."""
    return [_view(turns, flipped) for flipped, turns in product((False, True), range(4))]


def _view(turns: int, flipped: bool) -> tuple[View, View]:
    def there(pictures: np.ndarray) -> np.ndarray:
        return np.rot90(pictures[..., ::-1] if flipped else pictures, turns, axes=(2, 3)).copy()

    def back(pictures: np.ndarray) -> np.ndarray:
        turned = np.rot90(pictures, -turns, axes=(2, 3))
        return turned[..., ::-1] if flipped else turned

    return there, back
