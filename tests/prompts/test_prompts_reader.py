"""The reader that ships: what documented sentences are read as, and that nothing can upset it."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from srgan_prompt.errors import UsageError
from srgan_prompt.prompts.operations import (
    DEFAULT_REQUEST,
    INTENTS,
    OPERATIONS,
    RESTORE_PARTS,
    Clause,
    Request,
    canonical,
)
from srgan_prompt.prompts.reader import READER_FILE, load_reader
from srgan_prompt.prompts.reading import Reading

SENTENCES = ["make it brighter by 37 percent", "remove the noise but keep the colours", "a cat on a table", "", "?!"]


def read(sentence: str) -> Reading:
    return load_reader().read([sentence])[0]


def amounts_of(request: Request) -> dict[str, float]:
    parts = {"restore": RESTORE_PARTS}
    return {
        intent: clause.amount
        for clause in request.clauses
        for intent in parts.get(clause.operation, (clause.operation,))
    }


def canonical_requests() -> list[Request]:
    levels = ("slight", "plain", "strong")
    clauses = [Clause(name, getattr(op, level)) for name, op in OPERATIONS.items() for level in levels]
    return [DEFAULT_REQUEST, *(Request((clause,)) for clause in dict.fromkeys(clauses))]


@pytest.mark.parametrize("request_", canonical_requests(), ids=canonical)
def test_every_documented_wording_is_read_as_itself(request_):
    reading = read(canonical(request_))
    assert reading.amounts == amounts_of(request_)
    assert reading.forbidden == ()
    assert reading.is_complete


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_documented_prohibition_is_read_as_itself(operation):
    reading = read(canonical(Request(keep=(operation,))))
    assert reading.amounts == {}
    assert set(reading.forbidden) == set(RESTORE_PARTS if operation == "restore" else (operation,))


@pytest.mark.parametrize("percent", [7, 23, 41.5, 68, 93])
@pytest.mark.parametrize("operation", [name for name in INTENTS if OPERATIONS[name].family == "tone"])
def test_numbers_are_read_exactly(operation, percent):
    request = Request((Clause(operation, percent / 100),))
    assert read(canonical(request)).amounts == {operation: pytest.approx(percent / 100)}


def test_an_empty_prompt_asks_for_nothing_and_is_complete():
    for prompt in ("", "  \n", "\x00", "\ud800"):
        assert read(prompt) == Reading()


def test_a_sentence_in_which_nothing_is_found_is_not_complete():
    reading = read("a cat on a table")
    assert not reading.asks
    assert not reading.is_complete


def test_a_batch_reads_to_the_bit_as_its_sentences_alone_and_again():
    together = load_reader().read(SENTENCES)
    assert together == [read(sentence) for sentence in SENTENCES]
    assert together == load_reader().read(SENTENCES)


def test_a_long_prompt_says_what_is_not_read():
    assert load_reader().num_tokens_cut("make it brighter") == 0
    assert load_reader().num_tokens_cut("brighter " * 200) == 200 - 126


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_string_gives_a_sound_reading(prompt):
    reading = read(prompt)
    assert all(0 < amount <= 1 for amount in reading.amounts.values())
    assert not set(reading.forbidden) & reading.amounts.keys()
    assert 0 <= reading.confidence <= 1


def test_a_single_string_is_refused():
    with pytest.raises(UsageError, match="list of strings"):
        load_reader().read("make it brighter")


def test_the_file_is_small():
    assert READER_FILE.stat().st_size <= 12_000_000


def test_reading_needs_neither_torch_nor_transformers():
    code = (
        "import sys; from srgan_prompt.prompts.reader import load_reader; load_reader().read(['make it brighter']);"
        "print(sorted({'torch', 'transformers'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
