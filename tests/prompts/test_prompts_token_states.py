"""Sentences as rows of wordpiece states: what stands where, and what is left out."""

import numpy as np
import pytest

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.prompt_encoder import TokenEncoder


@pytest.fixture(scope="module")
def encoder():
    return TokenEncoder(8)


def test_a_row_is_the_states_one_after_another_and_zeros_after_the_last(encoder):
    (row,) = encoder.embed(["much warmer"])
    states = row.reshape(8, encoder.token_width)
    assert encoder.wordpieces("much warmer") == ("much", "warmer")
    assert states[:2].any(axis=1).all()
    assert not states[2:].any()
    assert np.array_equal(states[:2], encoder.states("much warmer"))


def test_a_number_keeps_its_amount_beside_its_state(encoder):
    assert encoder.wordpieces("30 % warmer") == ("0.3", "warmer")
    one, other = encoder.states("30 % warmer"), encoder.states("60 % warmer")
    assert one[:, -1].tolist() == pytest.approx([0.3, 0])
    assert other[:, -1].tolist() == pytest.approx([0.6, 0])
    assert np.array_equal(one[:, :-1], other[:, :-1]), "all numbers are one word to the reader"


def test_states_are_those_of_a_word_in_its_sentence(encoder):
    assert not np.allclose(encoder.states("remove the noise")[2], encoder.states("keep the noise")[2], atol=0.1)


def test_blank_sentences_are_zeros_whatever_stands_beside_them(encoder):
    rows = encoder.embed(["", "warmer", " \n"])
    assert rows.dtype == np.float32
    assert [bool(row.any()) for row in rows] == [False, True, False]
    assert np.array_equal(rows[1:2], encoder.embed(["warmer"]))


def test_long_sentences_are_cut_and_say_so(encoder):
    sentence = "please make all of the photo quite a bit warmer"
    assert len(encoder.wordpieces(sentence)) == 8
    assert encoder.num_tokens_cut(sentence) == 2
    assert encoder.num_tokens_cut("warmer") == 0
    assert encoder.embed([sentence]).shape == (1, 8 * encoder.token_width)


def test_one_string_is_refused(encoder):
    with pytest.raises(UsageError, match="not as one string"):
        encoder.embed("warmer")
