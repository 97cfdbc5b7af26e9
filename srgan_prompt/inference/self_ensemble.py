"""One engine asked eight times: the mean over the flips and quarter turns of a picture (EDSR+, Lim et al. 2017).

What a network adds by accident differs from view to view and averages out; what it knows stays. So fidelity rises, and
invented detail is softened, for eight times the time.
"""

from collections.abc import Callable
from functools import reduce
from itertools import product

import numpy as np

from srgan_prompt.inference.engine import Engine, Guidance

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
        self, tile: np.ndarray, guidance: Guidance | None, context: np.ndarray | None, *, exact: bool = False
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
