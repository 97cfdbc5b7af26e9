"""Wordings of requests, and sentences that ask for nothing."""

import hashlib
import json
import random
import re
import string
from pathlib import Path

import pytest

from srgan_prompt.grammar.generate import (
    measure_variety,
    write_impossible,
    write_instruction,
    write_no_request,
    write_offtopic,
    write_upscale,
)
from srgan_prompt.grammar.phrases import choose, load
from srgan_prompt.grammar.splits import is_reserved, normalised
from srgan_prompt.prompts.operations import DEFAULT_REQUEST, OPERATIONS, Clause, Request, canonical, plain_request

EXAMPLES = [
    Request((Clause(operation.name, amount),))
    for operation in OPERATIONS.values()
    for amount in sorted({operation.slight, operation.plain, operation.strong})
]


def said(request, num_samples, split="all", seed=0):
    rng = random.Random(seed)
    return [write_instruction(request, rng, split) for _ in range(num_samples)]


@pytest.mark.parametrize(
    ("request_", "wording"),
    [
        (Request(), ""),
        (plain_request("denoise"), "remove the noise"),
        (Request((Clause("brighten", 0.25),)), "make it a bit brighter"),
        (Request((Clause("brighten", 0.8),)), "make it a lot brighter"),
        (Request((Clause("brighten", 0.3),)), "make it brighter by 30 percent"),
        (Request((Clause("denoise", 0.375),)), "remove 37.5 percent of the noise"),
        (Request((Clause("deblur", 1.0),), keep=("denoise",)), "remove the blur, but keep the grain"),
        (Request(keep=("warm",)), "don't make it warmer"),
        (DEFAULT_REQUEST, "remove noise and artefacts, natural detail"),
    ],
)
def test_canonical(request_, wording):
    assert canonical(request_) == wording


def test_canonical_tells_all_requests_apart():
    numbers = [Request((Clause(name, 0.37),)) for name in OPERATIONS]
    kept = [Request(keep=(name,)) for name in OPERATIONS]
    requests = EXAMPLES + numbers + kept
    assert len({canonical(request) for request in requests}) == len(requests)


def test_the_empty_request_says_nothing():
    assert write_instruction(Request(), random.Random(0)) == ""


def test_the_same_seed_gives_the_same_words():
    assert said(plain_request("warm"), 20, seed=3) == said(plain_request("warm"), 20, seed=3)
    assert said(plain_request("warm"), 20, seed=3) != said(plain_request("warm"), 20, seed=4)


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_amount_can_be_said_in_every_split(operation, split):
    amounts = [1.0] if operation == "faithful" else [0.05, 0.25, 0.333, 0.5, 0.63, 0.85, 0.99, 1.0]
    for amount in amounts:
        for sentence in said(Request((Clause(operation, amount),)), 5, split):
            assert re.search(r"[A-Za-z]", sentence)
            assert not re.search(r"[{}()|]|\s\s|\s[,.?!;]|^[\s,.;]|,$", sentence), sentence


def test_numbers_are_told_as_they_are():
    for sentence in said(Request((Clause("brighten", 0.37),)), 200):
        assert "37" in sentence


def test_words_of_degree_fit_the_amount():
    slight = re.compile(
        r"slight|bit|little|tad|touch|hint|dash|small|subtl|gentl|soft|light|stop|kind|2[0-9]|quarter|fifth"
        r"|0\.2|too much|not a lot|not much|by much|over|easy|reason|restraint|drastic|crazy|exagg|too far|barely"
        r"|ever so|hair|smid|extreme|spar|care|whisker|notch|tini|wee|teeny|less than|hold back|only just"
    )
    weak = [s for s in said(Request((Clause("contrast_up", 0.2),)), 300) if not slight.search(normalised(s))]
    assert len(weak) < 12  # a typo can fall on the word of degree


def test_several_clauses_are_all_said():
    request = Request((Clause("sepia", 1.0), Clause("brighten", 0.37), Clause("denoise", 0.63)), keep=("deblur",))
    for sentence in said(request, 200):
        assert "37" in sentence
        assert "63" in sentence or sentence.count("37") == 2  # "cut the noise down to 37 %"
    assert len(set(said(request, 200))) == 200


def test_training_never_says_a_reserved_wording():
    """By construction; here on 16 x 2 x 60 sentences."""
    for name in OPERATIONS:
        train = {normalised(s) for s in said(plain_request(name), 60, "train")}
        test = {normalised(s) for s in said(plain_request(name), 60, "test")}
        assert not train & test
        assert not any(map(is_reserved, train))
        assert all(map(is_reserved, test))


def test_about_a_sixth_of_the_wordings_is_reserved():
    shares = [measure_variety(plain_request(name), 300, seed=0)["reserved_share"] for name in OPERATIONS]
    assert 0.10 < sum(shares) / len(shares) < 0.20
    assert min(shares) > 0.03


def test_politeness_and_degree_do_not_move_a_wording_between_splits():
    assert is_reserved("lift the shadows") == is_reserved("Could you lift the shadows a bit, please?")


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.family == "tone"])
def test_tone_is_said_in_many_ways(name):
    variety = measure_variety(plain_request(name), 1000, seed=0)
    assert variety["distinct_sentences"] > 800  # 3,525 to 4,126 of 5,000: docs/explanation/wordings.md
    assert 4.5 < variety["mean_num_words"] < 9


def test_human_wordings_are_met_only_by_chance():
    """Human requests are for evaluation only. They are here as salted hashes, to prove that no pattern copies them.

    Some are so short that any grammar of English meets them ("black and white", "remove blur", "make it brighter"):
    8 of 263 in 20,000 sentences (25 in 150,000), so 20 is the bound.
    """
    human = json.loads((Path(__file__).parent / "human_hashes.json").read_text("utf-8"))

    def digest(sentence):
        return hashlib.sha256((human["salt"] + normalised(sentence)).encode()).hexdigest()

    hashes = set(human["sha256"])
    assert len(hashes) == 263
    assert digest("Black and white.") in hashes  # the salt and the form are the right ones
    rng = random.Random(0)
    said_by_us = {digest(write_instruction(rng.choice(EXAMPLES), rng, "train")) for _ in range(20_000)}
    assert len(said_by_us & hashes) <= 20


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
