"""Sentences to wordpieces with their numbers kept apart."""

import string

from srgan_prompt.prompts.bert import MAX_TOKENS, Vocabulary

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
