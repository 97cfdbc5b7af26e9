import random
import re
from dataclasses import astuple

import pytest

from srgan_prompt.grammar.phrases import (
    Form,
    can_say,
    choose,
    contrasts,
    degree_words,
    everyday_lexicon,
    exclusions,
    fill,
    level_of,
    lexicon,
    load,
    number_words,
    slots_of,
    tidy,
)
from srgan_prompt.grammar.splits import as_typed, belongs_to, is_reserved, normalised
from srgan_prompt.prompts.operations import OPERATIONS, Clause

LEXICON = everyday_lexicon()  # holds that of every sentence
MACROS = load("shared")["macros"]
KINDS = load("exclusions")["frames"]
EVERYDAY = load("everyday")
DEGREES = load("degrees")
FRAMES = [
    *(frame for frames in load("shared")["frames"].values() for frame in frames),
    *(frame for frames in KINDS.values() for frame in frames),
    *(limit for limits in DEGREES["limits"].values() for limit in limits),
    *(limit for limits in EVERYDAY["limits"].values() for limit in limits),
    *EVERYDAY["lists"]["frames"],
    *(frame for name in ("introductions", "numbers", "harmless") for frame in load("surroundings")[name]),
]
EVERY_PATTERN = [
    *(pattern for words in LEXICON.values() for patterns in astuple(words) for pattern in patterns),
    *(frame.replace("{}", "") for frame in FRAMES),
    *(exclusion.words(kind) for exclusion in exclusions() for kind in KINDS),
    *(contrast.pattern for file in ("exclusions", "everyday") for contrast in contrasts(file)),
    *(pattern for group in EVERYDAY["together"].values() for pattern in group["phrases"]),
    *(noun for group in EVERYDAY["together"].values() for noun in group["nouns"].values()),
    *MACROS.values(),
    *(words for levels in DEGREES["slots"].values() for words in levels.values()),
]


def test_every_operation_has_words():
    assert lexicon().keys() == LEXICON.keys() == OPERATIONS.keys()
    for name, words in lexicon().items():
        assert all(
            set(old) <= set(all_words) for old, all_words in zip(astuple(words), astuple(LEXICON[name]), strict=True)
        )


def test_every_frame_has_one_place():
    assert all(frame.count("{}") == 1 for frame in FRAMES)


def test_copies_and_names_of_a_file_are_filled_in():
    assert load("exclusions")["frames"]["acting"][:6] == ("without {}",) * 6
    assert not any(re.search(r"<\w+>", pattern) for pattern in EVERY_PATTERN)
    assert not any(re.search(r"<\w+>", pattern) for patterns in load("languages").values() for pattern in patterns)


def test_what_is_read_of_a_file_is_known():
    """A misspelt key of a phrase file would silently take its phrases out of the training."""
    for file in ("exclusions", "everyday"):
        for contrast in contrasts(file):
            assert contrast.form in Form.__args__
            assert contrast.kind in KINDS
    assert all(name in OPERATIONS for group in EVERYDAY["together"].values() for name in group["nouns"])
    assert all(name in OPERATIONS for exclusion in exclusions() for name in exclusion.forbids)


def test_every_pattern_is_well_formed():
    known = MACROS.keys() | DEGREES["slots"].keys() | number_words(0.5).keys() | {"wish", "not", "all", "excess"}
    for pattern in EVERY_PATTERN:
        assert slots_of(pattern) <= known, pattern
        assert pattern.count("(") == pattern.count(")"), pattern
        assert "|" not in choose(fill(pattern, dict.fromkeys(known, "x")), random.Random(0)), pattern
        assert "()" not in pattern


def test_degrees_stand_outside_choices():
    """Inside one, the degree would be lost whenever another alternative is picked."""
    for words in LEXICON.values():
        for pattern in (*words.do, *words.be, *words.have, *words.wrong, *words.tag):
            before_slots = [
                pattern[: pattern.index("{" + slot)] for slot in slots_of(pattern) & DEGREES["slots"].keys()
            ]
            assert all(before.count("(") == before.count(")") for before in before_slots), pattern


def test_one_place_takes_the_degree():
    rng = random.Random(0)
    clause = Clause("contrast_up", 0.7)
    for _ in range(50):
        words = degree_words("{adv} increase the contrast {tail}", clause, "strong", rng)
        assert sorted((words["adv"], words["tail"]), key=len)[0] == ""


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_level_has_an_order(name):
    levels = ["plain"] if name == "faithful" else ["slight", "plain", "strong", "number"]
    for level in levels:
        assert sum(can_say(pattern, level) for pattern in lexicon()[name].do) >= 3


def test_alternatives_are_equally_likely():
    rng = random.Random(0)
    drawn = [choose("(a|b|) (c|(d|e))", rng) for _ in range(3000)]
    assert set(drawn) == {f"{first} {second}" for first in ("a", "b", "") for second in "cde"}
    assert 900 < sum(words.startswith("a") for words in drawn) < 1100


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("add  a orange tint ,", "add an orange tint"),
        ("a 80% tint and a 8 percent one", "an 80% tint and an 8 percent one"),
        ("a unified look", "a unified look"),
        ("could you? , also", "could you? also"),
        ("please dim down it", "please dim it down"),
    ],
)
def test_tidy(rough, smooth):
    assert tidy(rough) == smooth


@pytest.mark.parametrize(
    ("amount", "level"),
    [(0.25, {"slight", "number"}), (0.5, {"plain", "number"}), (0.8, {"strong", "number"}), (0.37, {"number"})],
)
def test_levels_of_brightness(amount, level):
    rng = random.Random(0)
    assert {level_of(Clause("brighten", amount), rng) for _ in range(200)} == level


def test_all_of_the_noise_mostly_needs_no_word():
    rng = random.Random(0)
    levels = [level_of(Clause("denoise", 1.0), rng) for _ in range(1000)]
    assert set(levels) == {"plain", "strong"}
    assert 750 < levels.count("plain") < 850


def test_fractions():
    assert number_words(0.5)["fraction"] == "by half"
    assert number_words(0.33)["fraction"] == "by a third"
    assert "37 percent" in number_words(0.37)["fraction"]


def test_typos_are_rare_and_small():
    rng = random.Random(0)
    sentence = "make the photograph slightly brighter"
    typed = [normalised(as_typed(sentence, rng)) for _ in range(1000)]
    mistyped = [each for each in typed if each != sentence]
    assert 50 < len(mistyped) < 120
    assert all(abs(len(each) - len(sentence)) <= len("more ") for each in mistyped)


def test_british_and_american_spelling():
    rng = random.Random(0)
    typed = " ".join(as_typed("remove the colour", rng).lower() for _ in range(100))
    assert typed.count("colour") > 20
    assert typed.count("color ") + typed.count("color.") > 30


def test_a_sentence_is_in_one_split_only():
    for sentence in ("lift the shadows", "brighten", "make it warmer", ""):
        assert belongs_to(sentence, "train") != belongs_to(sentence, "test")
        assert belongs_to(sentence, "all")
    assert not is_reserved("brighten")  # one content word is no phrase
