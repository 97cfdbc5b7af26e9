"""Verdicts about readings, and the choice of a reader's thresholds."""

from collections.abc import Sequence

import numpy as np
import pytest

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, Sentence, load_hand_written, single_wishes
from srgan_prompt.evaluation.audit.reading import (
    cautious,
    fit_logistic,
    is_reported,
    measure_reader,
    score_human,
    score_readings,
    share_of_operations,
)
from srgan_prompt.prompts.operations import RESTORE_PARTS
from srgan_prompt.prompts.reading import Reading


def test_a_perfect_reader_has_full_marks(exact):
    sentences = load_hand_written("evaluation")
    scores = score_readings(sentences, exact.read([each.prompt for each in sentences]))
    assert scores["all"].num_sentences == len(sentences)
    assert scores["content"].amounts_percent is None
    for one in scores.values():
        assert one.asked_percent.mean == one.forbidden_percent.mean == one.complete_percent.mean == 100
        assert one.all_percent.mean == 100
        assert one.amounts_percent is None or one.amounts_percent.mean == 100


def test_every_mistake_costs_its_own_mark():
    meant = HandWritten("brighter, not warmer", {"brighten": "plain"}, ("warm",), unread=False, kind="negation")
    readings = [
        Reading({"brighten": 0.59}, ("warm",)),  # within a fifth of 0.5
        Reading({"brighten": 0.61}, ("warm",)),
        Reading({"brighten": 0.5}),
        Reading({"brighten": 0.5, "warm": 0.5}, is_complete=False),
    ]
    one = score_readings([meant] * 4, readings)["negation"]
    assert (one.asked_percent.mean, one.amounts_percent.mean) == (75, 50)
    assert (one.forbidden_percent.mean, one.complete_percent.mean, one.all_percent.mean) == (50, 75, 25)


def test_people_s_sentences_have_an_operation_and_a_direction():
    sentences = [Sentence("a", "restore"), Sentence("b", "warm"), Sentence("c", "warm"), Sentence("d", "warm")]
    readings = [
        Reading({"denoise": 1, "deblur": 1, "dejpeg": 1}),
        Reading({"warm": 0.5, "brighten": 0.5}),
        Reading({"warm": 0.5, "cool": 0.5}),
        Reading(),
    ]
    scores = score_human(sentences, readings)
    assert (scores.operation_percent.mean, scores.direction_percent.mean) == (25, 50)
    assert score_human([], []) is None


def test_without_a_reader_the_network_s_own_understanding_is_read(model):
    prompts = ["make it warmer", ""]
    warmer, empty = model.read(prompts)
    amounts = dict(zip(model.generator.config.intents, model.intents(prompts)[0].tolist(), strict=True))
    assert dict(warmer.amounts) == {name: min(value, 1) for name, value in amounts.items() if value >= 0.15}
    assert warmer.is_complete == bool(warmer.amounts)
    assert empty.is_complete
    assert model.read([]) == []


@pytest.mark.parametrize(
    ("reading", "reported"),
    [
        (Reading({"warm": 0.5}), False),
        (Reading({"warm": 0.5}, is_complete=False), True),
        (Reading(forbidden=("warm",)), True),
        (Reading(), True),
    ],
)
def test_what_is_reported(reading, reported):
    assert is_reported(reading) == reported


def test_single_wishes_ask_for_one_operation_and_nothing_else():
    sentences = [
        HandWritten("warmer", {"warm": "slight"}, (), unread=False, kind="limit"),
        HandWritten("fix it", dict.fromkeys(("denoise", "deblur", "dejpeg"), "plain"), (), unread=False, kind="single"),
        HandWritten("warm, not cool", {"warm": "plain"}, ("cool",), unread=False, kind="contrast"),
        HandWritten("warmer and a hat", {"warm": "plain"}, (), unread=True, kind="mixed"),
        HandWritten("warmer, sharper", {"warm": "plain", "deblur": "plain"}, (), unread=False, kind="pair"),
        HandWritten("hello", {}, (), unread=True, kind="chatter"),
    ]
    assert single_wishes(sentences) == [("warmer", "warm"), ("fix it", "restore")]


WISH = HandWritten("brighter", {"brighten": "plain"}, (), False, "single")
LIMIT = HandWritten("brighter, not warmer", {"brighten": 0.3}, ("warm",), False, "limit")
CHAT = HandWritten("hello", {}, (), True, "chatter")


class Parrot:
    """Answers from a table."""

    def __init__(self, readings: dict[str, Reading]):
        self._readings = readings

    def read(self, prompts: Sequence[str]) -> list[Reading]:
        return [self._readings[prompt] for prompt in prompts]


def test_a_perfect_reader_is_right_everywhere():
    sentences = (WISH, LIMIT, CHAT)
    measures = measure_reader(Parrot({each.prompt: each.meaning for each in sentences}), sentences)
    assert measures.keys() == {"single", "limit", "chatter", "all"}
    assert measures["all"] == dict.fromkeys(["asks", "amounts", "forbids", "complete", "right"], 1) | {
        "num_sentences": 3
    }


def test_each_measure_sees_its_own_mistake():
    found = {
        "brighter": Reading({"brighten": 0.39}),  # more than a fifth away from .5
        "brighter, not warmer": Reading({"brighten": 0.35}, ()),
        "hello": Reading({"warm": 0.5}, is_complete=True),
    }
    measures = measure_reader(Parrot(found), (WISH, LIMIT, CHAT))
    single = {"asks": 1, "amounts": 0, "forbids": 1, "complete": 1, "right": 0, "num_sentences": 1}
    assert measures["single"] == single
    assert measures["limit"]["amounts"] == 1
    assert measures["limit"]["forbids"] == measures["limit"]["right"] == 0
    assert measures["chatter"]["asks"] == measures["chatter"]["complete"] == 0
    assert measures["all"]["asks"] == pytest.approx(2 / 3)


def test_to_restore_is_its_three_parts():
    reader = Parrot({"fix it": Reading(dict.fromkeys(RESTORE_PARTS, 1.0)), "warm": Reading({"cool": 1.0})})
    assert share_of_operations(reader, {"fix it": "restore", "warm": "warm"}) == 0.5


def test_the_logistic_curve_finds_the_one_that_made_the_data():
    rng = np.random.default_rng(0)
    x = rng.normal(size=20_000) * 2
    is_so = rng.random(20_000) < 1 / (1 + np.exp(-(1.5 * x - 0.5)))
    slope, offset = fit_logistic(x, is_so)
    assert slope == pytest.approx(1.5, abs=0.1)
    assert offset == pytest.approx(-0.5, abs=0.1)


def test_a_threshold_is_as_high_as_the_tolerated_loss_allows():
    values = np.array([0.2, 0.4, 0.6, 0.8])
    assert cautious(values, [150, 190, 188, 187], 2) == 0.6
    assert cautious(values, [10, 9, 8, 7], 0) == 0.2


def test_a_score_without_mistakes_gives_a_finite_curve():
    slope, offset = fit_logistic(np.array([1.0, 2.0, 3.0]), np.array([True, True, True]))
    assert np.isfinite([slope, offset]).all()
    assert 0.5 < 1 / (1 + np.exp(-slope * 2 - offset)) < 1
