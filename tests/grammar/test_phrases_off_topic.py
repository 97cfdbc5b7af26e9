import random

import pytest

from srgan_prompt.data.wordings.elsewhere.captions import CAPTIONS
from srgan_prompt.data.wordings.elsewhere.chatter import CHATTER, ENLARGE
from srgan_prompt.data.wordings.elsewhere.impossible import IMPOSSIBLE, ORDER_FRAMES
from srgan_prompt.grammar.off_topic import LANGUAGES, write_elsewhere, write_enlarge, write_impossible
from srgan_prompt.grammar.patterns import choose

EVERY_PATTERN = (*CAPTIONS, *CHATTER, *ENLARGE, *IMPOSSIBLE, *(each for them in LANGUAGES.values() for each in them))


@pytest.mark.parametrize("pattern", EVERY_PATTERN)
def test_every_pattern_is_closed(pattern):
    assert pattern.count("(") == pattern.count(")")
    assert "|" not in choose(pattern, random.Random(0))


def test_orders_have_one_place_in_their_frame():
    assert all(frame.count("{}") == 1 for frame in ORDER_FRAMES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_many_sentences(language):
    rng = random.Random(0)
    assert len({choose(rng.choice(LANGUAGES[language]), rng) for _ in range(400)}) >= 25


@pytest.mark.parametrize("write", [write_elsewhere, write_impossible])
def test_they_are_many(write):
    rng = random.Random(0)
    assert len({write(rng) for _ in range(3000)}) > 1500


def test_enlargement_alone_is_said_in_many_ways():
    rng = random.Random(0)
    assert len({write_enlarge(rng) for _ in range(1000)}) > 200
