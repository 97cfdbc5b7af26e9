"""Spelling and typos: a correct sentence in lower case in, the same sentence as somebody would type it out.

Covers British and American spelling, contractions, its/it's, to/too, swapped, doubled and lost letters, a lost article,
capitals and the final point. The words keep their order, so the meaning stays.
"""

import random
import re
import string

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

AMERICAN_RATE = 0.6
TYPO_RATE = 0.1


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
