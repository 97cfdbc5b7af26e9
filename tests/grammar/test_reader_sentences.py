import re
from collections import Counter

import pytest

from srgan_prompt.grammar.phrases import number_words
from srgan_prompt.grammar.reader_sentences import KINDS, Wording, draw_readable
from srgan_prompt.grammar.splits import is_reserved, normalised
from srgan_prompt.prompts.operations import OPERATIONS, RESTORE_PARTS, Request


@pytest.fixture(scope="module")
def drawn() -> list[Wording]:
    return draw_readable(12_000, seed=0)


def spelled(operations) -> set[str]:
    return {part for name in operations for part in (RESTORE_PARTS if name == "restore" else (name,))}


def share(wordings, predicate) -> float:
    return sum(map(predicate, wordings)) / len(wordings)


def test_a_seed_decides():
    assert draw_readable(200, seed=1) == draw_readable(200, seed=1)
    assert draw_readable(200, seed=1) != draw_readable(200, seed=2)


def test_levels_are_told_of_exactly_what_is_asked(drawn):
    for wording in drawn:
        assert wording.levels.keys() == {clause.operation for clause in wording.request.clauses}, wording


def test_nothing_is_asked_twice_nor_asked_and_forbidden_at_once(drawn):
    for wording in drawn:
        asked = [clause.operation for clause in wording.request.clauses]
        assert len(set(asked)) == len(asked)
        assert not spelled(asked) & spelled(wording.request.keep), wording


def test_worded_levels_are_the_amounts_of_the_operation(drawn):
    for wording in drawn:
        for clause in wording.request.clauses:
            level = wording.levels[clause.operation]
            if level != "number":
                assert clause.amount == getattr(OPERATIONS[clause.operation], level), wording


def test_a_stated_number_is_in_the_sentence(drawn):
    """As the share itself, as what it leads to, or as a fraction in words."""
    for wording in drawn:
        for clause in wording.request.clauses:
            if wording.levels[clause.operation] == "number":
                words = number_words(clause.amount)
                numbers = {words[key] for key in ("points", "decimal", "over", "under", "factor")}
                fractions = {choice for key in ("part_of", "manifold", "rest") for choice in _alternatives(words[key])}
                found = set(re.findall(r"\d+(?:\.\d+)?", wording.sentence))
                assert numbers & found or any(_has_words(wording.sentence, each) for each in fractions), wording


def _alternatives(pattern: str) -> set[str]:
    return set(pattern.strip("()").split("|"))


def _has_words(sentence: str, fraction: str) -> bool:
    """Whether the last word of ``fraction`` is there, be it with a typing slip or without its article."""
    letters = Counter(fraction.rsplit(maxsplit=1)[-1].lower())
    return any((letters - Counter(word)).total() <= 1 for word in normalised(sentence).split() if len(word) > 2)


def test_shares_of_kinds(drawn):
    assert sum(KINDS.values()) == pytest.approx(1)
    assert 0.24 < share(drawn, lambda each: not each.complete) < 0.31
    assert 0.27 < share(drawn, lambda each: bool(each.request.keep)) < 0.36
    assert 0.18 < share(drawn, lambda each: each.request == Request() and not each.complete) < 0.25
    assert 0.01 < share(drawn, lambda each: each.request == Request() and each.complete) < 0.04
    assert 0.04 < share(drawn, lambda each: bool(each.request.clauses) and not each.complete) < 0.08


def test_every_operation_is_asked_forbidden_and_worded_at_every_level(drawn):
    levels = Counter(
        (clause.operation, each.levels[clause.operation]) for each in drawn for clause in each.request.clauses
    )
    forbidden = Counter(name for each in drawn for name in each.request.keep)
    for name in OPERATIONS:
        assert forbidden[name] > 40
        for level in ["plain"] if name == "faithful" else ["slight", "plain", "strong", "number"]:
            assert levels[name, level] > 30, (name, level)


def test_one_to_four_wishes(drawn):
    numbers = Counter(len(spelled(each.levels)) for each in drawn if each.request.clauses)
    assert numbers[1] > numbers[4] > 100


def test_the_sentences_are_many_and_finished(drawn):
    assert len({normalised(each.sentence) for each in drawn}) > 0.93 * len(drawn)
    for each in drawn:
        assert each.sentence.strip() == each.sentence != ""
        assert each.request == Request() or not re.search(r"[{}|]|\s\s|\s[,.?!]", each.sentence), each


def test_training_never_says_a_reserved_wording(drawn):
    tested = draw_readable(600, seed=0, split="test")
    assert not any(is_reserved(each.sentence) for each in drawn)
    assert all(is_reserved(each.sentence) for each in tested)
    assert 0.15 < share(tested, lambda each: not each.complete) < 0.4


@pytest.mark.parametrize(
    ("phrase", "forbidden"),
    [
        (
            r"(change|alter|with|touch) (the|its) (original |natural |)(colou?rs|hues)\b",
            {"saturate", "desaturate", "warm", "cool", "grayscale", "sepia"},
        ),
        ("touch the contrast", {"contrast_up", "contrast_down"}),
        ("without (altering|touching|affecting|shifting) (the|its) brightness", {"brighten", "darken"}),
        ("no sepia", {"sepia"}),
        ("keep it in (full )?colou?r", {"grayscale", "sepia"}),
    ],
)
def test_a_whole_matter_can_be_ruled_out(drawn, phrase, forbidden):
    said = [each for each in drawn if re.search(phrase, each.sentence.lower())]
    assert said
    assert all(forbidden <= set(each.request.keep) for each in said), phrase
