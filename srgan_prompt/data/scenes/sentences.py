"""English for what is done to a scene, in several wordings: "make the small red circle blue"."""

import numpy as np

from srgan_prompt.data.scenes.modifications import Add, Change, Description, Modification, Remove
from srgan_prompt.data.scenes.scene import ATTRIBUTES, PLACES

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


def write_sentence(rng: np.random.Generator, modification: Modification) -> str:
    """One of the wordings, by lot. It says all that ``modification`` says, and nothing more."""
    match modification:
        case Add(thing, place):
            return _one_of(rng, _ADD).format(thing=thing, place=place)
        case Remove(described):
            return _one_of(rng, _REMOVE).format(which=_noun_phrase(rng, described))
        case Change(described, attribute, value):
            return _one_of(rng, _CHANGE[attribute]).format(which=_noun_phrase(rng, described), value=value)


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


def _one_of(rng: np.random.Generator, patterns: tuple[str, ...]) -> str:
    return patterns[rng.integers(len(patterns))]
