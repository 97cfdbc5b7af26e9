"""Drawn scenes: a grid of 3 x 3 places, each empty or with a thing of some size, colour and shape, and its pixels.

After CSS, "colour, shape and size" (Vo et al. 2019, section 5.3), which CLEVR's renderer drew in three dimensions. Here
they are flat colours on grey, edges anti-aliased by their distance in pixels.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

import numpy as np

from srgan_prompt.errors import UsageError

SIZES = ("small", "large")
COLOURS = ("gray", "red", "blue", "green", "brown", "purple", "cyan", "yellow")  # CLEVR's, Johnson et al. 2017
SHAPES = ("circle", "square", "triangle")
PLACES = (
    *("top left", "top middle", "top right"),
    *("middle left", "centre", "middle right"),
    *("bottom left", "bottom middle", "bottom right"),
)
ATTRIBUTES = {"size": SIZES, "colour": COLOURS, "shape": SHAPES}
NUM_THINGS = (3, 6)  # at least and at most, in a scene that is drawn by lot

Split = Literal["train", "test"]
_HALVES = (("gray", "blue", "brown", "yellow"), ("red", "green", "purple", "cyan"))

_RGB = np.array(  # CLEVR's, in the order of COLOURS
    [
        *((87, 87, 87), (173, 35, 35), (42, 75, 215), (29, 105, 20)),
        *((129, 74, 25), (129, 38, 192), (41, 208, 208), (255, 238, 51)),
    ],
    np.float32,
)
_BACKGROUND = np.float32(205)
_RADIUS = {"circle": (0.23, 0.41), "square": (0.20, 0.36), "triangle": (0.15, 0.27)}  # small, large; in cells
JITTER = 0.06  # in cells; the largest thing stays within its own
MIN_SIDE_PX = 12


@dataclass(frozen=True)
class Thing:
    """One of ``SIZES``, one of ``COLOURS``, one of ``SHAPES``. Raises ``UsageError`` for any other word."""

    size: str
    colour: str
    shape: str

    def __post_init__(self) -> None:
        for name, words in ATTRIBUTES.items():
            if getattr(self, name) not in words:
                raise UsageError(f"A thing has no {name} {getattr(self, name)!r}; choose from {', '.join(words)}.")

    def with_attribute(self, name: str, value: str) -> "Thing":
        """This thing with its size, colour or shape replaced."""
        return replace(self, **{name: value})

    def __str__(self) -> str:
        return " ".join(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Scene:
    """``places``: nine things or None, row by row from the top left, named by ``PLACES``."""

    places: tuple[Thing | None, ...] = (None,) * len(PLACES)

    def __post_init__(self) -> None:
        if len(self.places) != len(PLACES):
            raise UsageError(f"A scene has {len(PLACES)} places, not {len(self.places)}.")

    def with_place(self, place: str, thing: Thing | None) -> "Scene":
        """This scene with ``thing``, or nothing, at the place of that name."""
        number = PLACES.index(place)
        return Scene((*self.places[:number], thing, *self.places[number + 1 :]))

    def things(self) -> dict[str, Thing]:
        """The things by the names of their places."""
        return {place: thing for place, thing in zip(PLACES, self.places, strict=True) if thing is not None}

    def free_places(self) -> list[str]:
        """The names of the places with nothing in them."""
        return [place for place, thing in zip(PLACES, self.places, strict=True) if thing is None]


def colours_of(shape: str, split: Split) -> tuple[str, ...]:
    """The colours that a shape has in a split: squares have one half in training and the other in the test.

    Triangles have the halves the other way round, circles any colour: no square or triangle of the test was ever seen
    in training (the generalisation test of CLEVR, Johnson et al. 2017, which CSS took over).
    """
    if split not in get_args(Split):
        raise UsageError(f"There is no split {split!r}; choose from {', '.join(get_args(Split))}.")
    if shape == "circle":
        return COLOURS
    return _HALVES[(shape == "triangle") ^ (split == "test")]


def draw_thing(rng: np.random.Generator, split: Split) -> Thing:
    """A thing by lot, with one of the colours that its shape has in the split."""
    shape = one_of(rng, SHAPES)
    return Thing(one_of(rng, SIZES), one_of(rng, colours_of(shape, split)), shape)


def one_of(rng: np.random.Generator, words: Sequence[str]) -> str:
    """One of ``words``, by lot."""
    return words[int(rng.integers(len(words)))]


def draw_scene(rng: np.random.Generator, split: Split) -> Scene:
    """A scene by lot: three to six things, anywhere."""
    scene = Scene()
    for number in rng.permutation(len(PLACES))[: rng.integers(NUM_THINGS[0], NUM_THINGS[1] + 1)]:
        scene = scene.with_place(PLACES[number], draw_thing(rng, split))
    return scene


def draw_scenes(scenes: Sequence[Scene], side_px: int, rng: np.random.Generator | None = None) -> np.ndarray:
    """Images (N, side, side, 3) uint8. With ``rng`` every thing lies a little beside the middle of its place.

    Raises ``UsageError`` unless the side can be divided by 3, and for less than ``MIN_SIDE_PX``, where shapes cannot be
    told apart.
    """
    if side_px < MIN_SIDE_PX or side_px % 3:
        raise UsageError(f"A scene cannot have {side_px} px a side; choose a multiple of 3 from {MIN_SIDE_PX} px.")
    cell_px = side_px // 3
    cells = np.full((len(scenes), 3, 3, cell_px, cell_px, 3), _BACKGROUND, np.uint8)
    for number, shape in enumerate(SHAPES):
        found = _things_of(scenes, number)
        shift = np.zeros((2, 1, 1, 1)) if rng is None else rng.uniform(-JITTER, JITTER, (2, len(found), 1, 1))
        radius = np.array(_RADIUS[shape], np.float32)[found[:, 3], None, None]
        middle = (np.arange(cell_px, dtype=np.float32) + 0.5) / cell_px - 0.5
        x, y = (np.stack(np.broadcast_arrays(middle, middle[:, None]))[:, None] - shift).astype(np.float32)
        distance_px = _DISTANCE[shape](x, y, radius) * cell_px
        coverage = np.clip(0.5 - distance_px, 0, 1)[..., None]
        colour = _RGB[found[:, 4], None, None]
        cells[tuple(found[:, :3].T)] = np.rint(_BACKGROUND + coverage * (colour - _BACKGROUND))
    return cells.swapaxes(2, 3).reshape(len(scenes), side_px, side_px, 3)


def _things_of(scenes: Sequence[Scene], shape: int) -> np.ndarray:
    """Things of one shape, (M, 5): numbers of scene, row, column, size and colour."""
    found = [
        (number, *divmod(place, 3), SIZES.index(thing.size), COLOURS.index(thing.colour))
        for number, scene in enumerate(scenes)
        for place, thing in enumerate(scene.places)
        if thing is not None and thing.shape == SHAPES[shape]
    ]
    return np.array(found, np.int64).reshape(-1, 5)


def _to_circle(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Signed distance to the edge, in cells, negative inside; so are the others."""
    return np.hypot(x, y) - radius


def _to_square(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    return np.maximum(np.abs(x), np.abs(y)) - radius


def _to_triangle(x: np.ndarray, y: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Equilateral, one corner up; ``radius`` is that of the circle inside, and the middle is that of the height."""
    y = y - radius / 2
    return np.maximum(y, np.float32(np.sqrt(3) / 2) * np.abs(x) - y / 2) - radius


_DISTANCE = {"circle": _to_circle, "square": _to_square, "triangle": _to_triangle}
