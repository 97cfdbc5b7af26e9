"""One random sentence that no operation fulfils, of every kind."""

import random

from srgan_prompt.data.offtopic import write_offtopic
from srgan_prompt.data.wordings.elsewhere.captions import CAPTIONS
from srgan_prompt.data.wordings.elsewhere.chatter import CHATTER, ENLARGE
from srgan_prompt.data.wordings.elsewhere.impossible import IMPOSSIBLE, ORDER_FRAMES
from srgan_prompt.data.wordings.elsewhere.languages_germanic import GERMANIC
from srgan_prompt.data.wordings.elsewhere.languages_romance import ROMANCE
from srgan_prompt.data.wordings.elsewhere.languages_script import SCRIPTS
from srgan_prompt.data.wordings.patterns import choose, tidy

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
