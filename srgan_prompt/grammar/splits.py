"""Sentences as somebody would type them, and which of them are reserved for testing.

A sentence is reserved when two neighbouring content words of it are a reserved pair: about one pair in twelve,
by its checksum. Names of the image, degrees, numbers and politeness are not content, so "could you lift the shadows
a bit" and "lift shadows" are reserved together. Training can never utter a reserved pair, whatever pattern it uses.

``as_typed`` covers British and American spelling, contractions, its/it's, to/too, swapped, doubled and lost letters, a
lost article, capitals and the final point. The words keep their order, so the meaning stays.
"""

import random
import re
import string
import zlib
from itertools import pairwise
from typing import Literal

Split = Literal["train", "test", "all"]

AMERICAN_RATE = 0.6
TYPO_RATE = 0.1

_RESERVED_PER_THOUSAND = 85
_SALT = "srgan_prompt wordings 1"
_NOT_A_WORD = re.compile(r"[^\w\s]")
_FILLING = re.compile(
    "a an the this that my its it is it's i me you u we someone to of in on from and or then also but with for at so be"
    " can could would should please thanks thank image photo picture pic shot photograph snapshot whole entire overall"
    " bit little tad touch lot very slightly much more some by percent per cent too just make makes made look looks"
    " want need like colour color".replace(" ", "|")
)

_AMERICAN = {
    "colour": "color",
    "grey": "gray",
    "artefact": "artifact",
    "minimise": "minimize",
    "synthesise": "synthesize",
}
_CONTRACTIONS = {"there is ": "there's ", "that is ": "that's ", "isn't": "isnt", "don't": "dont", "can't": "cant"}
_CONFUSIONS = {"it's ": "its ", "too ": "to ", "it is ": "its ", "a lot": "alot", "brightness": "brightnes"}
_LONG_WORD = re.compile(r"[a-z]{5,}")
_FIRST_VERB = re.compile(r"^(increase|decrease|raise|boost|reduce|remove|add|brighten|darken|sharpen|enhance|lower)\b")


def normalised(sentence: str) -> str:
    """Lower case, no punctuation, single spaces."""
    return " ".join(_NOT_A_WORD.sub("", sentence.lower()).split())


def is_reserved(sentence: str) -> bool:
    """True if ``sentence`` holds a phrase that training never sees."""
    content = [word for word in normalised(sentence).split() if not (_FILLING.fullmatch(word) or word[0].isdigit())]
    return any(_checksum(pair) % 1000 < _RESERVED_PER_THOUSAND for pair in pairwise(content))


def belongs_to(sentence: str, split: Split) -> bool:
    """Whether ``split`` may contain ``sentence``; "all" contains every sentence."""
    return split == "all" or is_reserved(sentence) == (split == "test")


def _checksum(pair: tuple[str, str]) -> int:
    return zlib.crc32(f"{_SALT} {pair[0]} {pair[1]}".encode())


def typed_for(split: Split, sentence: str, rng: random.Random) -> str | None:
    """The correct ``sentence`` as somebody types it; None if ``split`` may not contain it.

    A typo must not carry a reserved phrase into training in disguise.
    """
    typed = as_typed(sentence, rng)
    return typed if belongs_to(typed, split) and (split == "test" or belongs_to(sentence, split)) else None


def as_typed(sentence: str, rng: random.Random) -> str:
    """``sentence`` in one person's spelling, with a typo in about one of ten, capitals and a final point or none."""
    if rng.random() < AMERICAN_RATE:
        sentence = _replace_all(sentence, _AMERICAN)
    if rng.random() < 0.35:
        sentence = _replace_all(sentence, _CONTRACTIONS)
    if rng.random() < TYPO_RATE:
        sentence = rng.choice(_TYPOS)(sentence, rng)
    return _finish(sentence, rng)


def _replace_all(sentence: str, table: dict[str, str]) -> str:
    for old, new in table.items():
        sentence = sentence.replace(old, new)
    return sentence


def _confuse(sentence: str, rng: random.Random) -> str:
    """Words that sound alike."""
    return _replace_all(sentence, _CONFUSIONS)


def _mistype(sentence: str, rng: random.Random) -> str:
    """Swap, double or lose one letter inside a word of five letters or more."""
    words = list(_LONG_WORD.finditer(sentence))
    if not words:
        return sentence
    word = rng.choice(words)
    at = rng.randrange(word.start() + 1, word.end() - 1)
    here, after = sentence[at], sentence[at + 1]
    slip = rng.choice((after + here, here + here + after, after))
    return sentence[:at] + slip + sentence[at + 2 :]


def _lose_article(sentence: str, rng: random.Random) -> str:
    return re.sub(r"\b(?:the|a|an) ", "", sentence)


def _compare_twice(sentence: str, rng: random.Random) -> str:
    """ "more brighter": a common mistake of people who learn the language."""
    return re.sub(r"(?<!more )(?<!the )\b((?:bright|dark|warm|cool|sharp|light|clear|cold)er)\b", r"more \1", sentence)


def _say_the_act(sentence: str, rng: random.Random) -> str:
    """ "increasing the contrast" for "increase the contrast"."""
    return _FIRST_VERB.sub(lambda verb: verb[1].removesuffix("e") + "ing", sentence)


_TYPOS = (_confuse, _mistype, _mistype, _lose_article, _compare_twice, _say_the_act)


def _finish(sentence: str, rng: random.Random) -> str:
    """Capitals and the final point: most people write a capital, many leave out the point."""
    style = rng.random()
    if style < 0.55:
        sentence = sentence[:1].upper() + sentence[1:]
        sentence = re.sub(r"([.?!] )([a-z])", lambda match: match[1] + match[2].upper(), sentence)
        sentence = re.sub(r"\bi\b", "I", sentence)
    elif style < 0.58:
        sentence = sentence.upper()
    elif style < 0.61:
        sentence = string.capwords(sentence)
    if sentence[-1:] in "?.!" or rng.random() < 0.5:
        return sentence
    return sentence + rng.choice((".", ".", ".", ".", ".", "!"))
