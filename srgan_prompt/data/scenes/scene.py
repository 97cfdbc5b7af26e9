"""What is on a drawn scene: a grid of 3 x 3 places, each empty or with a thing of some size, colour and shape.

After CSS, "colour, shape and size" (Vo et al. 2019, section 5.3), which CLEVR's renderer drew in three dimensions.
"""

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
    shape = SHAPES[rng.integers(len(SHAPES))]
    colours = colours_of(shape, split)
    return Thing(SIZES[rng.integers(len(SIZES))], colours[rng.integers(len(colours))], shape)


def draw_scene(rng: np.random.Generator, split: Split) -> Scene:
    """A scene by lot: three to six things, anywhere."""
    scene = Scene()
    for number in rng.permutation(len(PLACES))[: rng.integers(NUM_THINGS[0], NUM_THINGS[1] + 1)]:
        scene = scene.with_place(PLACES[number], draw_thing(rng, split))
    return scene
