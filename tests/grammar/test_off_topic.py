import random
import string

import pytest

from srgan_prompt.grammar.off_topic import write_offtopic


@pytest.fixture(scope="module")
def sentences() -> list[str]:
    rng = random.Random(0)
    return [write_offtopic(rng) for _ in range(3000)]


def test_they_are_many_and_complete(sentences):
    assert len(set(sentences)) > 1000
    assert not any("{" in sentence or "}" in sentence or not sentence.strip() for sentence in sentences)


def test_none_asks_for_what_the_network_can_do(sentences):
    wishes = {
        "noise", "noisy", "grain", "blur", "blurry", "sharp", "sharpen", "sharper", "jpeg", "artifacts", "bright",
        "brighter", "dark", "darker", "contrast", "saturation", "colour", "color", "colors", "warm", "warmer", "cool",
        "cooler", "gray", "grey", "black", "white", "sepia", "crisp", "detail", "faithful", "restore", "clean",
    }  # fmt: skip
    words = {word.strip(string.punctuation).lower() for sentence in sentences for word in sentence.split()}
    assert not words & wishes


def test_a_seed_decides():
    first, second = ([write_offtopic(rng) for _ in range(20)] for rng in (random.Random(3), random.Random(3)))
    assert first == second
