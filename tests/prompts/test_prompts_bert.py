"""Sentences to wordpieces with their numbers kept apart, and these become values."""

import string

import pytest

from srgan_prompt.prompts.bert import MAX_TOKENS, Vocabulary, split_at_numbers

WORDS = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "by", "make", "it", "bright", "##er", *string.punctuation]
VOCABULARY = Vocabulary(WORDS)


def words_of(sentence):
    return [WORDS[index] for index in VOCABULARY.split(sentence).ids]


def test_a_number_is_a_placeholder_whose_value_stands_at_its_position():
    pieces = VOCABULARY.split("Make it brighter by 37 %!")
    assert [WORDS[index] for index in pieces.ids] == [
        *("[CLS]", "make", "it", "bright", "##er", "by", "[unused1]", "!", "[SEP]")
    ]
    assert pieces.values == {6: 0.37}
    assert pieces.num_cut == 0


def test_nobody_can_type_the_placeholder():
    assert "[unused1]" not in words_of("make it [unused1]")
    assert "[SEP]" not in words_of("make [SEP] it")[:-1]


def test_an_empty_sentence_has_only_its_ends():
    assert words_of(" \n\x00 ") == ["[CLS]", "[SEP]"]


def test_a_long_sentence_is_cut_and_says_by_how_much():
    pieces = VOCABULARY.split("make it " * 100 + "30 %")
    assert len(pieces.ids) == MAX_TOKENS
    assert WORDS[pieces.ids[-1]] == "[SEP]"
    assert pieces.num_cut == 201 - (MAX_TOKENS - 2)
    assert pieces.values == {}


@pytest.mark.parametrize(
    ("sentence", "pieces"),
    [
        ("brighten by 30 %, please", ["brighten by ", 0.3, ", please"]),
        ("37.5% warmer", [0.375, " warmer"]),
        ("30 percent brighter", [0.3, " brighter"]),
        ("thirty-five per cent less", [0.35, " less"]),
        ("contrast +20, warmth -15", ["contrast +", 0.2, ", warmth -", 0.15]),
        ("by 20 points", ["by ", 0.2, " points"]),
        ("denoise=31, sepia 15", ["denoise=", 0.31, ", sepia ", 0.15]),
        ("by .4", ["by ", 0.4]),
        ("by 0,4", ["by ", 0.4]),
        ("down to 70%", ["down to ", 0.7]),
        ("by 130 %", ["by ", 1.3]),
        ("two-thirds less noise", [pytest.approx(2 / 3), " less noise"]),
        ("3/4 of the noise", [0.75, " of the noise"]),
        ("half as vivid", [0.5, " as vivid"]),
        ("Twice as bright", [2.0, " as bright"]),
        ("2x brighter", [2.0, " brighter"]),
        ("٣٠٪", [0.3]),
        ("1/0 of it", [1.0, " of it"]),
        ("", []),
    ],
)
def test_the_value_of_an_amount_is_kept_and_the_text_around_it(sentence, pieces):
    assert split_at_numbers(sentence) == pieces


@pytest.mark.parametrize(
    "sentence",
    [
        "shot at 10:30 with 50 mm f/2.8 at ISO 800",
        "as in 1920x1080 or to 4k",
        "taken on 3/4/2020",
        "half a stop brighter, or a third of a stop",
        "+1 EV",
        "by 0.5 stops",
        "by 20 years",
        "halfway there",
        "no number",
    ],
)
def test_what_measures_something_else_stays_text(sentence):
    assert split_at_numbers(sentence) == [sentence]
