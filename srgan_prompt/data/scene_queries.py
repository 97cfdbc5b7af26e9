"""What a sentence does to a drawn scene, exactly: queries of a scene, a sentence, and the scene that it makes.

A thing is added, removed, or given another size, colour or shape, in several wordings: "make the small red circle
blue". CSS changes all things that a sentence fits; here a sentence fits exactly one, so that "the red circle" is good
English.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from srgan_prompt.data.scenes import (
    ATTRIBUTES,
    PLACES,
    Scene,
    Split,
    Thing,
    colours_of,
    draw_scene,
    draw_scenes,
    draw_thing,
    one_of,
)
from srgan_prompt.errors import UsageError

_ADD = (
    "add a {thing} at the {place}",
    "put a {thing} at the {place}",
    "draw a {thing} at the {place}",
    "place a {thing} at the {place}",
    "there should be a {thing} at the {place}",
)
_REMOVE = (
    "remove the {which}",
    "delete the {which}",
    "erase the {which}",
    "take away the {which}",
    "get rid of the {which}",
)
_CHANGE = {
    "size": ("make the {which} {value}", "change the size of the {which} to {value}", "the {which} should be {value}"),
    "colour": (
        *("make the {which} {value}", "change the colour of the {which} to {value}", "the {which} should be {value}"),
        *("paint the {which} {value}", "turn the {which} {value}"),
    ),
    "shape": (
        *("make the {which} a {value}", "change the shape of the {which} to a {value}"),
        *("the {which} should be a {value}", "turn the {which} into a {value}", "replace the {which} by a {value}"),
    ),
}


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
        return Add(draw_thing(rng, split), one_of(rng, scene.free_places()))
    place = one_of(rng, list(scene.things()))
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
    name = one_of(rng, sorted({name for name, _ in changes}))
    return Change(described, name, one_of(rng, [value for each, value in changes if each == name]))


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


def write_sentence(rng: np.random.Generator, modification: Modification) -> str:
    """One of the wordings, by lot. It says all that ``modification`` says, and nothing more."""
    match modification:
        case Add(thing, place):
            return one_of(rng, _ADD).format(thing=thing, place=place)
        case Remove(described):
            return one_of(rng, _REMOVE).format(which=_noun_phrase(rng, described))
        case Change(described, attribute, value):
            return one_of(rng, _CHANGE[attribute]).format(which=_noun_phrase(rng, described), value=value)


def all_words() -> tuple[str, ...]:
    """Every word that a sentence can hold, in the order of the alphabet."""
    patterns = [*_ADD, *_REMOVE, *(pattern for patterns in _CHANGE.values() for pattern in patterns)]
    texts = [*patterns, *PLACES, *(word for words in ATTRIBUTES.values() for word in words), "thing at the"]
    return tuple(sorted({word for text in texts for word in text.split() if "{" not in word}))


def _noun_phrase(rng: np.random.Generator, described: Description) -> str:
    """Such as "top left square", "red thing", or "small red circle at the centre"."""
    words = [word for word in (described.size, described.colour, described.shape or "thing") if word is not None]
    if described.place is None:
        return " ".join(words)
    if rng.random() < 0.5:
        return " ".join([described.place, *words])
    return " ".join([*words, "at the", described.place])


@dataclass(frozen=True)
class SceneQuery:
    """``target`` is ``modification`` applied to ``reference``, and ``sentence`` says it."""

    reference: Scene
    modification: Modification
    sentence: str
    target: Scene


def draw_queries(num_scenes: int, num_each: int, split: Split, seed: int) -> list[SceneQuery]:
    """``num_scenes`` scenes, each with ``num_each`` modifications in a row; the same for the same seed.

    The targets of one scene differ from each other. No thing of one split is in the other, but for circles.
    """
    rng = np.random.default_rng([seed, split == "test"])
    queries = []
    for _ in range(num_scenes):
        reference, targets = draw_scene(rng, split), set[Scene]()
        while len(targets) < num_each:
            modification = draw_modification(rng, reference, split)
            target = modification.apply(reference)
            if target not in targets:
                targets.add(target)
                queries.append(SceneQuery(reference, modification, write_sentence(rng, modification), target))
    return queries


@dataclass(frozen=True)
class QueryImages:
    """Queries as pixels. K queries in a row share a reference: query i has reference i // K.

    ``references`` (N, side, side, 3) and ``targets`` (N * K, side, side, 3) are uint8. ``scene_numbers`` (N + N * K,)
    are of the references, then of the targets: equal where two images show the same scene.
    """

    references: np.ndarray
    targets: np.ndarray
    sentences: tuple[str, ...]
    scene_numbers: np.ndarray

    @property
    def num_each(self) -> int:
        """Queries that share a reference: K."""
        return len(self.targets) // len(self.references)


def draw_query_images(queries: Sequence[SceneQuery], num_each: int, side_px: int, seed: int) -> QueryImages:
    """The images of what ``draw_queries`` drew with ``num_each``, every thing a little beside its middle."""
    scenes = [query.reference for query in queries[::num_each]] + [query.target for query in queries]
    images = draw_scenes(scenes, side_px, np.random.default_rng(seed))
    num_references = len(scenes) - len(queries)
    numbers = {scene: number for number, scene in enumerate(dict.fromkeys(scenes))}
    return QueryImages(
        references=images[:num_references],
        targets=images[num_references:],
        sentences=tuple(query.sentence for query in queries),
        scene_numbers=np.array([numbers[scene] for scene in scenes]),
    )
