"""Sentences that ask for nothing that the network can do. Their exact answer is the untouched enlargement.

Without them a network takes every sentence for a wish: "is it totoro?" would come out sharpened.
"""

import random

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
