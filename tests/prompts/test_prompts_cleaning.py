"""P1: what is left of any string that anybody may paste."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from srgan_prompt.prompts.prompt import clean_prompt, normalise_prompt


@pytest.mark.parametrize(
    ("prompt", "cleaned"),
    [
        ("make it brighter", "make it brighter"),
        ("  make\tit\r\n brighter\u00a0", "make it brighter"),
        ("a\x00b\x1b[31m", "a b [31m"),
        ("a\ud800b\udfff", "ab"),
        ("été 日本語 🌅", "été 日本語 🌅"),
        ("\x00 \ud800\n", ""),
    ],
)
def test_clean(prompt, cleaned):
    assert clean_prompt(prompt) == cleaned


@pytest.mark.parametrize("prompt", ["Remove the noise.", " remove  the NOISE ", "remove the noise ."])
def test_normalise_ignores_case_spaces_and_a_final_dot(prompt):
    assert normalise_prompt(prompt) == "remove the noise"


@given(st.text(st.characters(), max_size=80))
def test_clean_is_idempotent_and_encodable(prompt):
    cleaned = clean_prompt(prompt)
    cleaned.encode("utf-8")
    assert clean_prompt(cleaned) == cleaned
