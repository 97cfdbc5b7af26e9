"""Subjects whose right answers are known: one that is exact, one that does nothing, one that does the forbidden."""

from collections import Counter

import numpy as np
import pytest
import torch

from srgan_prompt.evaluation.audit.labelled_sentences import load_hand_written, without_wish
from srgan_prompt.evaluation.audit.model import clean_case, direction, shown_amounts
from srgan_prompt.evaluation.audit.wishes import (
    PERCENT,
    compound_db,
    compounds,
    forbidding_tone,
    lab_shifts,
    mean_lab,
    obeyed,
    score_abstention,
    score_amounts,
    score_compounds,
    score_negation,
    shown_by_percent,
)
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.operations import TONE

WRITTEN = load_hand_written("evaluation")
KINDS = ["pairs", "pairs with grayscale or sepia", "triples"]


@pytest.fixture
def clean(exact, images):
    return clean_case(exact, images[0])


def test_every_pair_that_agrees_is_asked_in_both_orders():
    asked = compounds(48, seed=0)
    assert Counter(each.kind for each in asked) == dict(zip(KINDS, (48, 20, 48), strict=True))
    pairs = {each.operations for each in asked if len(each.operations) == 2}
    assert {pair[::-1] for pair in pairs} == pairs
    assert ("brighten", "darken") not in pairs
    assert asked[0].prompt == "make it brighter and increase the contrast"
    assert asked[1].prompt == "make it brighter, reduce the contrast"
    triples = [each.prompt for each in asked if each.kind == "triples"]
    assert triples == [each.prompt for each in compounds(48, seed=0) if each.kind == "triples"]
    assert triples != [each.prompt for each in compounds(48, seed=1) if each.kind == "triples"]
    assert all(prompt.count(", ") in (1, 2) for prompt in triples)


def test_an_exact_model_grants_every_pair_and_triple(exact, clean):
    asked = compounds(48, seed=0)
    scores = score_compounds(asked, compound_db(exact, clean, asked)[None])
    assert list(scores) == KINDS
    for one in scores.values():
        assert one.exact_db.mean > 55
        assert (one.num_worse, one.worse_percent.mean) == (0, 0)
        assert one.nothing_db.mean < 40


def test_doing_nothing_reaches_just_what_doing_nothing_reaches(deaf, clean):
    asked = compounds(4, seed=0)
    for one in score_compounds(asked, compound_db(deaf, clean, asked)[None]).values():
        assert one.exact_db == one.nothing_db
        assert one.num_worse == 0


def test_what_is_worse_than_nothing_is_counted():
    asked = [each for each in compounds(2, seed=0) if each.kind == "pairs"]
    found = np.full((2, 2, len(asked)), 20.0)  # images, output and nothing, sentences
    found[:, 0, :7] -= 1
    found[1, 0, 7] -= 1
    scores = score_compounds(asked, found)["pairs"]
    assert scores.num_worse == 8
    assert scores.worse_percent.mean == pytest.approx(100 * 7.5 / 48)
    assert scores.worst in {each.prompt for each in asked[:7]}


def test_an_exact_model_shows_every_amount(exact, deaf, clean):
    found = shown_by_percent(exact, clean)
    np.testing.assert_allclose(found, np.tile(np.array(PERCENT) / 100, (len(TONE), 1)), atol=1e-3)
    scores = score_amounts([found, found])
    assert (scores.within_percent.mean, scores.monotone_percent.mean) == (100, 100)
    assert scores.shown["warm"] == pytest.approx([percent / 100 for percent in PERCENT], abs=1e-3)
    nothing = score_amounts([shown_by_percent(deaf, clean)])
    assert (nothing.within_percent.mean, nothing.monotone_percent.mean) == (0, 0)


def test_a_curve_that_falls_once_is_not_monotone():
    found = np.tile(np.array(PERCENT) / 100, (len(TONE), 1))
    found[0, 6] = 0.69
    scores = score_amounts([found])
    assert scores.monotone_percent.mean == 90
    assert scores.within_percent.mean == pytest.approx(100 * 69 / 70)


def test_the_amounts_of_several_operations_are_told_apart(clean):
    output = edit(clean.empty, {"brighten": 0.3, "warm": 0.5})
    shown = shown_amounts(output, clean.empty, ["brighten", "warm", "contrast_up"])
    # One edit acts on what the other left, so that amounts are only near.
    assert shown == pytest.approx({"brighten": 0.3, "warm": 0.5, "contrast_up": 0}, abs=0.1)
    assert shown_amounts(torch.ones_like(output), clean.empty, ["warm"]) == {"warm": 0}


def test_directions():
    assert direction("warm", "cool") == direction("grayscale", "saturate") == -1
    assert direction("grayscale", "desaturate") == direction("denoise", "denoise") == 1
    assert direction("warm", "sepia") == direction("denoise", "deblur") == direction("denoise", "warm") == 0


def test_sentences_without_a_wish_leave_an_exact_model_cold(exact, clean):
    silent = without_wish(WRITTEN)
    prompts = [each.prompt for each in silent]
    scores = score_abstention(silent, exact.read(prompts), [lab_shifts(exact, clean, prompts)])
    assert list(scores) == ["content", "impossible", "foreign", "chatter", "all"]
    assert scores["all"].num_sentences == sum(one.num_sentences for one in scores.values()) / 2
    assert all(one.unchanged_percent.mean == one.reported_percent.mean == 100 for one in scores.values())


def test_a_sentence_without_a_wish_that_acts_is_counted(exact, clean):
    silent = without_wish(WRITTEN)[:2]
    prompts = ["make it 50 % brighter", "make it 50 % more purple"]
    scores = score_abstention(silent, exact.read(prompts), [lab_shifts(exact, clean, prompts)])
    assert (scores["all"].unchanged_percent.mean, scores["all"].reported_percent.mean) == (50, 50)


def test_mean_lightness_and_chroma():
    grey_and_red = torch.tensor([[0.5, 0.5, 0.5], [1.0, 0.0, 0.0]])
    means = [mean_lab(colour.view(1, 3, 1, 1).expand(-1, -1, 4, 4)) for colour in grey_and_red]
    np.testing.assert_allclose(means[0], [53.39, 0], atol=0.05)
    np.testing.assert_allclose(means[1], [53.24, 104.55], atol=0.05)


def test_an_exact_model_leaves_the_forbidden_undone(exact, deaf, forbidden_done, clean):
    sentences = forbidding_tone(WRITTEN)
    assert {each.kind for each in sentences} == {"negation", "contrast"}
    right, silent, wrong = (
        score_negation(sentences, [obeyed(model, clean, sentences)]) for model in (exact, deaf, forbidden_done)
    )
    assert right.forbidden_undone_percent.mean == right.wish_done_percent.mean == right.both_percent.mean == 100
    assert 0 < right.num_with_wish < right.num_sentences
    assert (silent.forbidden_undone_percent.mean, silent.wish_done_percent.mean) == (100, 0)
    assert wrong.forbidden_undone_percent.mean < 20
    assert wrong.both_percent.mean == 0
