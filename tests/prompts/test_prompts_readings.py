"""Clauses become readings: merged where their weights agree, forbidden exactly, and told where they are doubtful."""

import numpy as np
import pytest
from tiny_models import FewWordsReader

from srgan_prompt.prompts.interpretation import interpret_readings
from srgan_prompt.prompts.operations import INTENTS
from srgan_prompt.prompts.prompt import read_prompt
from srgan_prompt.prompts.reading import Reading, described

READER = FewWordsReader(
    {
        "brighter": Reading({"brighten": 0.5}),
        "much brighter": Reading({"brighten": 0.8}),
        "warm": Reading({"warm": 0.5}),
        "old photo": Reading({"sepia": 1.0, "warm": 0.25}),
        "no sepia": Reading(forbidden=("sepia",)),
        "brighter, and add a hat": Reading({"brighten": 0.5}, is_complete=False),
        "moody": Reading({"darken": 0.5}, confidence=0.3),
    }
)


def read(prompt, negative=None, intents=INTENTS, strength=1.0):
    return interpret_readings(read_prompt(prompt, strength, negative), READER, intents)


@pytest.mark.parametrize(
    ("prompt", "negative", "expected"),
    [
        (["brighter", "warm"], None, "brighten .5, warm .5"),
        (["brighter", "much brighter"], None, "brighten .8"),
        ("brighter:0.5, warm", None, "brighten .5 (weight 0.5); warm .5"),
        ("brighter:0.5, warm:1, old photo:0.5", None, "brighten .5, sepia 1, warm .25 (weight 0.5); warm .5"),
        (["old photo", "no sepia"], None, "warm .25, not sepia"),
        ("old photo:0.5, brighter", "warm", "sepia 1, not warm (weight 0.5); brighten .5, not warm"),
        (["brighter", "no sepia", "warm"], "brighter", "warm .5, not brighten, not sepia"),
        (None, None, "restore 1, crisp 1"),
        (["brighter", "a gray wolf"], None, "brighten .5"),
        ("a gray wolf", None, "nothing"),
        ("", "warm", ""),
    ],
    ids=str,
)
def test_clauses_of_equal_weight_are_one_request(prompt, negative, expected):
    assert described(read(prompt, negative).readings) == expected


def test_a_prohibition_holds_for_its_own_prompt_only():
    assert described(read(["old photo", "no sepia"]).readings) == "warm .25, not sepia"
    assert described(read("old photo").readings) == "sepia 1, warm .25"


def test_an_embedding_has_a_row_for_each_weight_and_none_that_asks_for_nothing_acts():
    embedding = read("brighter:0.5, warm:1, a gray wolf:2", strength=0.5).embedding
    assert embedding.negative is None
    np.testing.assert_array_equal(embedding.weights, np.float32([0.25, 0.5, 0]))
    amounts = [{name: row[index] for index, name in enumerate(INTENTS) if row[index]} for row in embedding.texts]
    assert amounts == [{"brighten": 0.5}, {"warm": 0.5}, {}]
    for prompt in ("a gray wolf", "no sepia", "", "brighter:0"):
        assert read(prompt).embedding is None


WOLF = "'a gray wolf' asks for nothing that this model can do; "
PART = "a part of the sentence was not understood and does nothing"


@pytest.mark.parametrize(
    ("prompt", "negative", "notes"),
    [
        ("brighter", "warm", []),
        (None, "sepia", ["The negative 'sepia' asks for nothing that this model can do; it takes nothing away."]),
        ("a gray wolf", None, [WOLF + "nothing is changed."]),
        (["brighter", "a gray wolf"], None, [WOLF + "it changes nothing."]),
        ("no sepia", None, ["read as: not sepia; nothing is changed."]),
        ("brighter", "brighter", ["read as: not brighten; nothing is changed."]),
        ("brighter, and add a hat", None, [f"read as: brighten .5; {PART}."]),
        ("moody", None, ["read as: darken .5; this reading is unsure."]),
        (["moody", "brighter, and add a hat"], None,
         [f"read as: darken .5, brighten .5; this reading is unsure, and {PART}."]),
        ("warm", "moody", ["read as: warm .5, not darken; this reading is unsure."]),
        ("", "a gray wolf", []),
        ("x" * 80, None, [f"'{'x' * 57}...' asks for nothing that this model can do; nothing is changed."]),
    ],
    ids=str,
)  # fmt: skip
def test_what_was_not_understood_is_told_in_one_sentence_each(prompt, negative, notes):
    assert list(read(prompt, negative).notes) == notes


def test_what_the_network_does_not_know_counts_as_not_understood():
    known = read("old photo", intents=("warm",))
    assert described(known.readings) == "warm .25"
    assert PART in known.notes[0]
    assert read("old photo", intents=("crisp",)).readings[0].reading == Reading(is_complete=False)
    assert described(read(None, intents=("crisp",)).readings) == "crisp 1"


def test_the_default_request_and_blank_prompts_need_no_reader():
    reader = FewWordsReader({})
    for prompt in (None, "", "warm:0"):
        interpret_readings(read_prompt(prompt), reader, INTENTS)
    assert reader.num_calls == 0
