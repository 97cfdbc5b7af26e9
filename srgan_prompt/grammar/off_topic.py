"""Sentences that ask for nothing that the network can do. Their exact answer is the untouched enlargement.

Without them a network takes every sentence for a wish: "is it totoro?" would come out sharpened.

One random sentence that no operation fulfils, of every kind.
"""

import random

from srgan_prompt.data.wordings.elsewhere.captions import CAPTIONS
from srgan_prompt.data.wordings.elsewhere.chatter import CHATTER, ENLARGE
from srgan_prompt.data.wordings.elsewhere.impossible import IMPOSSIBLE, ORDER_FRAMES
from srgan_prompt.data.wordings.elsewhere.languages_germanic import GERMANIC
from srgan_prompt.data.wordings.elsewhere.languages_romance import ROMANCE
from srgan_prompt.data.wordings.elsewhere.languages_script import SCRIPTS
from srgan_prompt.grammar.patterns import choose, tidy

_WORDS = """
    cat dog horse owl train bus castle bridge flower mountain beach river person child wedding street market cake pizza
    football guitar violin robot dragon spaceship laptop newspaper tower garden window chair bicycle statue sailboat
    lighthouse astronaut painter teacher queen mushroom snail whale mirror
"""
_THINGS = tuple(_WORDS.split())
_PLACES = ("in the park", "on the moon", "by the lake", "at night", "in Paris", "on a table", "in a museum", "at home")
_DOINGS = ("running", "sleeping", "eating", "dancing", "reading a book", "waiting", "flying", "smiling", "falling")
_FORMS = (
    "is it a {thing}?",
    "is this {thing} yours?",
    "a {thing} {place}",
    "a {thing} {doing} {place}",
    "who painted the {thing}?",
    "what is the capital of {number}?",
    "tell me about the {thing}",
    "I love my {thing}",
    "replace the {thing} with a {other}",
    "turn the {thing} into a {other}",
    "add a {thing} {place}",
    "hello",
    "hello {thing}",
    "ignore this",
    "{thing}",
    "{thing} {other} {number}",
    "my {thing} is {doing}",
    "how old is the {thing}?",
    "{number} {thing}s {doing}",
    "please write a poem about a {thing}",
    "the {thing} was {doing} {place} yesterday",
    "asdf {number} qwer",
    "where did the {thing} go",
    "translate {thing} to French",
)


def write_offtopic(rng: random.Random) -> str:
    """One sentence that is no request."""
    return rng.choice(_FORMS).format(
        thing=rng.choice(_THINGS),
        other=rng.choice(_THINGS),
        place=rng.choice(_PLACES),
        doing=rng.choice(_DOINGS),
        number=rng.randint(2, 99),
    )


LANGUAGES: dict[str, tuple[str, ...]] = ROMANCE | GERMANIC | SCRIPTS
# Captions and impossible wishes share most words with real wishes, so they are the ones to be learnt from.
_KINDS = {"caption": 25, "impossible": 35, "language": 25, "chatter": 15}


def write_elsewhere(rng: random.Random) -> str:
    """One sentence in lower case that asks for nothing that an operation does."""
    kind = rng.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    if kind == "caption":
        return _say(rng.choice(CAPTIONS), rng)
    if kind == "language":
        return _say(rng.choice(LANGUAGES[rng.choice(list(LANGUAGES))]), rng)
    if kind == "chatter":
        return write_offtopic(rng) if rng.random() < 0.3 else _say(rng.choice(CHATTER), rng)
    return _say(rng.choice(ORDER_FRAMES).replace("{}", write_impossible(rng)), rng)


def write_impossible(rng: random.Random) -> str:
    """An order that no operation fulfils, such as "remove the car"."""
    return _say(rng.choice(IMPOSSIBLE), rng)


def write_enlarge(rng: random.Random) -> str:
    """A wish to enlarge and nothing else: it asks for no operation, and all of it is done."""
    return _say(rng.choice(ENLARGE), rng)


def _say(pattern: str, rng: random.Random) -> str:
    return tidy(choose(pattern, rng))
