import random

import pytest

from srgan_prompt.grammar.off_topic import write_impossible, write_no_request, write_upscale
from srgan_prompt.grammar.patterns import choose
from srgan_prompt.grammar.phrases import load

OFF_TOPIC, LANGUAGES = load("off_topic"), load("languages")
EVERY_PATTERN = (
    *(pattern for name in ("captions", "chatter", "upscale", "impossible") for pattern in OFF_TOPIC[name]),
    *(pattern for patterns in LANGUAGES.values() for pattern in patterns),
)


@pytest.mark.parametrize("pattern", EVERY_PATTERN)
def test_every_pattern_is_closed(pattern):
    assert pattern.count("(") == pattern.count(")")
    assert "|" not in choose(pattern, random.Random(0))


def test_orders_have_one_place_in_their_frame():
    assert all(frame.count("{}") == 1 for frame in OFF_TOPIC["order_frames"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_many_sentences(language):
    rng = random.Random(0)
    assert len({choose(rng.choice(LANGUAGES[language]), rng) for _ in range(400)}) >= 25


@pytest.mark.parametrize("write", [write_no_request, write_impossible])
def test_they_are_many(write):
    rng = random.Random(0)
    assert len({write(rng) for _ in range(3000)}) > 1500


def test_upscaling_alone_is_said_in_many_ways():
    rng = random.Random(0)
    assert len({write_upscale(rng) for _ in range(1000)}) > 200
