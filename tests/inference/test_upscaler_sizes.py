"""Sizes in the sentence: the same as in the command, and out of the way of the rest of the sentence."""

import numpy as np
import pytest

from srgan_prompt.errors import PromptWarning, UsageError


@pytest.mark.parametrize(
    ("prompt", "size_px", "rest"),
    [
        ("make it warmer, twice as big", (166, 122), "make it warmer"),
        (["make it warmer", "half the size"], (42, 30), "make it warmer"),
        ([("make it warmer and twice as big", 0.5)], (166, 122), [("make it warmer", 0.5)]),
        ("to 200 x 200", (200, 147), None),
        ("longest side 100", (100, 73), None),
        ([("double it", 0.5)], (166, 122), None),
    ],
    ids=str,
)
def test_a_size_in_the_sentence_is_read_in_python_too(upscaler, photo, prompt, size_px, rest):
    result = upscaler(photo, prompt)
    assert result.image.size == size_px
    np.testing.assert_array_equal(result.array, upscaler(photo, rest, size_px=size_px).array)


def test_portraits_reach_4k_by_their_height(upscaler):
    assert upscaler(np.zeros((100, 50, 3), np.uint8), "to 4K").image.size == (1920, 3840)


def test_arguments_come_before_the_sentence(upscaler, photo):
    assert upscaler(photo, "twice as big", scale=3).image.size == (249, 183)
    assert upscaler(photo, "twice as big", size_px=(50, 40)).image.size == (50, 40)


def test_two_sizes_are_refused(upscaler, photo):
    with pytest.raises(UsageError, match="different sizes"):
        upscaler(photo, ["twice as big", "three times as big"])


def test_what_looks_like_a_size_and_is_none_is_named(upscaler, photo):
    with pytest.warns(PromptWarning, match="'smaller' looks like a size"):
        result = upscaler(photo, "make it warmer and smaller")
    assert any("'smaller' looks like a size and was not understood" in note for note in result.notes)
    assert result.image.size == (332, 244)
