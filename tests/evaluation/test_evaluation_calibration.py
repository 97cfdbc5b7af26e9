"""Measures of a reader, and the choice of its thresholds."""

from collections.abc import Sequence

import numpy as np
import pytest

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten
from srgan_prompt.evaluation.audit.reading import measure_reader, share_of_operations
from srgan_prompt.evaluation.calibration import cautious, fit_logistic
from srgan_prompt.prompts.operations import RESTORE_PARTS
from srgan_prompt.prompts.reading import Reading

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
