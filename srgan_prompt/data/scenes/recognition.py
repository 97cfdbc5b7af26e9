"""Images of scenes back to scenes: each place is read as the thing, or the nothing, whose drawing is nearest.

With it, what a network makes of a scene and a sentence is judged exactly.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np

from srgan_prompt.data.scenes.drawing import draw_scenes
from srgan_prompt.data.scenes.modifications import Add, Change, Remove
from srgan_prompt.data.scenes.queries import SceneQuery
from srgan_prompt.data.scenes.scene import ATTRIBUTES, COLOURS, PLACES, SHAPES, SIZES, Scene, Thing
from srgan_prompt.errors import UsageError

THINGS = (None, *(Thing(size, colour, shape) for size in SIZES for colour in COLOURS for shape in SHAPES))


def recognise_scenes(images: np.ndarray) -> list[Scene]:
    """What is on ``images`` (N, side, side, 3) uint8, as ``draw_scenes`` draws it without jitter.

    Nearest by the mean squared difference over a place. Raises ``UsageError`` for sides that no scene has.
    """
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise UsageError(f"Images of scenes are (N, side, side, 3), not {images.shape}.")
    number, side_px = images.shape[:2]
    templates = _templates(side_px)
    cell_px = side_px // 3
    cells = images.reshape(number, 3, cell_px, 3, cell_px, 3).swapaxes(2, 3).reshape(number * len(PLACES), -1)
    cells = cells.astype(np.float32)
    # |cell - template|^2 without what is the same for all templates.
    nearest = ((templates**2).sum(axis=1) - 2 * cells @ templates.T).argmin(axis=1).reshape(number, len(PLACES))
    return [Scene(tuple(THINGS[thing] for thing in row)) for row in nearest]


def judge_edits(images: np.ndarray, queries: Sequence[SceneQuery]) -> dict[str, float]:
    """How well ``images`` (N, side, side, 3) uint8 do what N ``queries`` ask, as shares in [0, 1].

    ``thing``: the named place is no longer as it was; ``right``: it is as asked; ``collateral``: something else is not
    as it was. ``add``, ``remove``, ``size``, ``colour``, ``shape``: ``right`` by what was asked, NaN if nobody did.
    """
    found: dict[str, list[bool]] = {name: [] for name in ("right", "thing", "collateral", "add", "remove", *ATTRIBUTES)}
    for seen, query in zip(recognise_scenes(images), queries, strict=True):
        places = list(zip(seen.places, query.target.places, query.reference.places, strict=True))
        is_right = all(now == wanted for now, wanted, was in places if wanted != was)
        found["right"].append(is_right)
        found["thing"].append(all(now != was for now, wanted, was in places if wanted != was))
        found["collateral"].append(any(now != was for now, wanted, was in places if wanted == was))
        match query.modification:
            case Add():
                found["add"].append(is_right)
            case Remove():
                found["remove"].append(is_right)
            case Change(_, attribute, _):
                found[attribute].append(is_right)
    return {name: float(np.mean(each)) if each else float("nan") for name, each in found.items()}


@cache
def _templates(side_px: int) -> np.ndarray:
    """Each of THINGS in its cell: (things, numbers of a cell), float32."""
    scenes = [Scene().with_place(PLACES[0], thing) for thing in THINGS]
    cell_px = side_px // 3
    return draw_scenes(scenes, side_px)[:, :cell_px, :cell_px].reshape(len(THINGS), -1).astype(np.float32)
