import numpy as np
import pytest

from srgan_prompt.evaluation.audit.baselines import (
    OneHotTable,
    WordCounts,
    baseline_db,
    compare_readers,
    operation_by_keywords,
    read_by_bert,
    training_sentences,
)
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence
from srgan_prompt.evaluation.confusion import PromptScores
from srgan_prompt.prompts.operations import OPERATIONS, canonical, plain_request


def test_keywords_know_every_documented_wording():
    for name in OPERATIONS:
        assert operation_by_keywords(canonical(plain_request(name))) == name


@pytest.mark.parametrize(
    ("prompt", "operation"),
    [
        ("it's way too dark", "brighten"),
        ("turn the brightness down", "darken"),
        ("lower contrast please", "contrast_down"),
        ("b&w", "grayscale"),
        ("is it totoro?", None),
        ("not brighter", "brighten"),  # it knows no negation
    ],
)
def test_keywords(prompt, operation):
    assert operation_by_keywords(prompt) == operation


def test_a_one_hot_table_knows_what_it_has_seen_and_nothing_else():
    table = OneHotTable(training_sentences(200, seed=0))
    assert table("Make it BRIGHTER!") == "brighten"
    assert table("make it brighter than the sun") is None


def test_word_counts_learn_which_words_tell_an_operation():
    table = WordCounts([("make it lighter", "brighten"), ("make it golden", "warm"), ("a cat", None), ("a dog", None)])
    assert table("LIGHTER, please!") == "brighten"
    assert table("it should be more golden") == "warm"
    assert table("a golden cat, a dog") is None
    assert table("ultramarine") is None


def test_word_counts_do_not_prefer_what_training_asks_for_often():
    assert WordCounts([("more", "warm")] + [("more", "denoise")] * 9 + [("cold", "cool")])("cold") == "cool"
    table = WordCounts([("go golden", "warm")] + [("go away noise", "denoise")] * 9)
    assert table("golden") == "warm"


def test_word_counts_know_most_documented_wordings():
    table = WordCounts(training_sentences(3000, seed=0))
    assert sum(table(canonical(plain_request(name))) == name for name in OPERATIONS) >= len(OPERATIONS) - 1


def test_training_sentences_ask_for_one_operation_or_nothing():
    sentences = training_sentences(300, seed=0)
    assert {operation for _, operation in sentences} == {None, *OPERATIONS}
    assert sentences[-len(OPERATIONS) :] == [(canonical(plain_request(name)), name) for name in OPERATIONS]


def test_bert_reads_every_prompt_once(model):
    read = read_by_bert(model, ["make it warmer", "a", "make it warmer"])
    assert read.keys() == {"make it warmer", "a"}
    assert all(name is None or name in OPERATIONS for name in read.values())
    assert read_by_bert(model, []) == {}


def test_scores_of_readers():
    sentences = [("a", "warm"), ("b", "cool"), ("c", "cool"), ("d", None), ("e", "sepia")]
    readers = {"BERT": {"a": "warm", "b": "cool", "c": "cool"}.get, "keywords": {"a": "warm", "b": "warm"}.get}
    scores = compare_readers(readers, sentences)
    assert scores.accuracy["BERT"].mean == 0.8
    assert scores.accuracy["keywords"].mean == 0.4
    assert scores.lead_points.keys() == {"keywords"}
    assert scores.lead_points["keywords"].mean == 40
    assert scores.num_sentences == 5
    assert compare_readers(readers, []) is None


def test_a_baseline_gives_the_output_of_the_wording_it_chooses():
    other_prompt_psnr = np.arange(28.0).reshape(2, 14)
    obedience = PromptScores(
        np.zeros(2, int),
        np.zeros(2, int),
        other_prompt_psnr,
        other_prompt_psnr,
        np.array([50.0, 60.0]),
        other_prompt_psnr,
    )
    sentences = [Sentence("a", "denoise"), Sentence("b", "denoise")]
    np.testing.assert_array_equal(baseline_db(obedience, sentences, {"a": "deblur"}.get), [1, 60])
