import pytest

from srgan_prompt.evaluation.audit.labelled_sentences import HandWritten, Sentence, load_hand_written, single_wishes
from srgan_prompt.evaluation.audit.reading import score_human, score_readings
from srgan_prompt.evaluation.audit.refusals import is_reported
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
