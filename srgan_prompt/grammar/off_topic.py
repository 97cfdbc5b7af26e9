"""Sentences that ask for nothing that an operation does. Their exact answer is the untouched upscale.

Without them a network takes every sentence for a wish: "is it totoro?" would come out sharpened.
"""

import random

from srgan_prompt.grammar.patterns import choose, tidy
from srgan_prompt.grammar.phrases import load

# Captions and impossible wishes share most words with real wishes, so they are the ones to be learnt from.
_KINDS = {"caption": 25, "impossible": 35, "language": 25, "chatter": 15}
_UNRELATED_RATE = 0.3  # of chatter


def write_offtopic(rng: random.Random) -> str:
    """One sentence about things that no image of ours shows: "who painted the castle?"."""
    words = load("off_topic")["unrelated"]
    return rng.choice(words["forms"]).format(
        thing=rng.choice(words["thing"]),
        other=rng.choice(words["thing"]),
        place=rng.choice(words["place"]),
        doing=rng.choice(words["doing"]),
        number=rng.randint(2, 99),
    )


def write_no_request(rng: random.Random) -> str:
    """One sentence in lower case that no operation fulfils, of any kind: captions, orders, foreign words, chatter."""
    phrases = load("off_topic")
    kind = rng.choices(list(_KINDS), weights=list(_KINDS.values()))[0]
    if kind == "caption":
        return _say(rng.choice(phrases["captions"]), rng)
    if kind == "language":
        languages = load("languages")
        return _say(rng.choice(languages[rng.choice(list(languages))]), rng)
    if kind == "chatter":
        return write_offtopic(rng) if rng.random() < _UNRELATED_RATE else _say(rng.choice(phrases["chatter"]), rng)
    return _say(rng.choice(phrases["order_frames"]).replace("{}", write_impossible(rng)), rng)


def write_impossible(rng: random.Random) -> str:
    """An order that no operation fulfils, such as "remove the car"."""
    return _say(rng.choice(load("off_topic")["impossible"]), rng)


def write_upscale(rng: random.Random) -> str:
    """A wish to upscale and nothing else: it asks for no operation, and all of it is done."""
    return _say(rng.choice(load("off_topic")["upscale"]), rng)


def _say(pattern: str, rng: random.Random) -> str:
    return tidy(choose(pattern, rng))
