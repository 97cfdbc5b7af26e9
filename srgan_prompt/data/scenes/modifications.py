"""What a sentence does to a scene, exactly: a thing is added, removed, or given another size, colour or shape.

CSS changes all things that a sentence fits; here a sentence fits exactly one, so that "the red circle" is good English.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from srgan_prompt.data.scenes.scene import ATTRIBUTES, Scene, Split, Thing, colours_of, draw_thing
from srgan_prompt.errors import UsageError


@dataclass(frozen=True)
class Description:
    """What is said of a thing; None leaves it open. "the small circle" says nothing of colour and place."""

    size: str | None = None
    colour: str | None = None
    shape: str | None = None
    place: str | None = None

    def places_in(self, scene: Scene) -> list[str]:
        """Where the things are that it fits."""
        said = {name: value for name in ATTRIBUTES if (value := getattr(self, name)) is not None}
        return [
            place
            for place, thing in scene.things().items()
            if self.place in (None, place) and all(getattr(thing, name) == value for name, value in said.items())
        ]

    def place_in(self, scene: Scene) -> str:
        """Where the one thing is that it fits. Raises ``UsageError`` if there is none, or more than one."""
        found = self.places_in(scene)
        if len(found) != 1:
            raise UsageError(f"{self} fits {len(found)} things of the scene; describe exactly one.")
        return found[0]


@dataclass(frozen=True)
class Add:
    """Put a thing at a free place."""

    thing: Thing
    place: str

    def apply(self, scene: Scene) -> Scene:
        """The scene with the thing. Raises ``UsageError`` if something is there already."""
        if self.place not in scene.free_places():
            raise UsageError(f"There is something at the {self.place} already; add to a free place.")
        return scene.with_place(self.place, self.thing)


@dataclass(frozen=True)
class Remove:
    """Take the described thing away."""

    described: Description

    def apply(self, scene: Scene) -> Scene:
        """The scene without the thing. Raises ``UsageError`` if not exactly one is described."""
        return scene.with_place(self.described.place_in(scene), None)


@dataclass(frozen=True)
class Change:
    """Give the described thing another ``value`` of the attribute "size", "colour" or "shape"."""

    described: Description
    attribute: str
    value: str

    def apply(self, scene: Scene) -> Scene:
        """The scene with the thing changed. Raises ``UsageError`` if not exactly one is described."""
        place = self.described.place_in(scene)
        return scene.with_place(place, scene.things()[place].with_attribute(self.attribute, self.value))


Modification: TypeAlias = Add | Remove | Change


def draw_modification(rng: np.random.Generator, scene: Scene, split: Split) -> Modification:
    """By lot, one that can be done to ``scene`` and whose result belongs to ``split``; each kind is as likely."""
    kind = rng.integers(3)
    if kind == 0:
        free = scene.free_places()
        return Add(draw_thing(rng, split), free[rng.integers(len(free))])
    places = list(scene.things())
    place = places[rng.integers(len(places))]
    described = describe_one(rng, scene, place)
    if kind == 1:
        return Remove(described)
    thing = scene.things()[place]
    changes = [
        (name, value)
        for name, values in ATTRIBUTES.items()
        for value in values
        if value != getattr(thing, name) and _belongs(thing.with_attribute(name, value), split)
    ]
    names = sorted({name for name, _ in changes})
    name = names[rng.integers(len(names))]
    values = [value for each, value in changes if each == name]
    return Change(described, name, values[rng.integers(len(values))])


def describe_one(rng: np.random.Generator, scene: Scene, place: str) -> Description:
    """What tells the thing at ``place`` from all others: facts by lot, as many as it takes, and perhaps one more."""
    thing = scene.things()[place]
    facts = {name: getattr(thing, name) for name in ATTRIBUTES} | {"place": place}

    def described(num_said: int) -> Description:
        return Description(**{name: facts[name] for name in names[:num_said]})

    names = [str(name) for name in rng.permutation(list(facts))]
    num_said = 1
    while described(num_said).places_in(scene) != [place]:
        num_said += 1
    return described(num_said + int(rng.integers(2)))


def _belongs(thing: Thing, split: Split) -> bool:
    return thing.colour in colours_of(thing.shape, split)
