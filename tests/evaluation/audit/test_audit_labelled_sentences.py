import json
import re
from collections import Counter
from typing import get_args

import pytest

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import (
    Degree,
    NoRequestKind,
    RequestKind,
    load_hand_written,
    parse_hand_written,
)
from srgan_prompt.operators.requests import INTENTS

KINDS = {*get_args(RequestKind), *get_args(NoRequestKind), "mixed"}
SETS = ("evaluation", "calibration")
NUM_WISHES = {"single": {1, 3}, "pair": {2, 4}, "triple": {3, 4, 5}}  # "restore" is one wish and three operations


def bare(prompt: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", prompt.lower()).split())


def a_file(**changes: object) -> bytes:
    sentence = {"prompt": "lighter", "asks": {"brighten": 0.3}, "forbids": ["warm"], "unread": False, "kind": "single"}
    return json.dumps({"about": "a test", "sentences": [sentence | changes]}).encode()


@pytest.mark.parametrize("name", SETS)
def test_every_kind_is_there_and_every_operation_is_asked_and_forbidden(name):
    sentences = load_hand_written(name)
    assert {one.kind for one in sentences} == KINDS
    assert {operation for one in sentences for operation in one.asks} == set(INTENTS)
    assert {operation for one in sentences for operation in one.forbids} == set(INTENTS)


@pytest.mark.parametrize("name", SETS)
def test_every_operation_is_asked_alone_in_a_pair_and_in_place_of_another(name):
    for kind in ("single", "pair"):
        asked = {operation for one in load_hand_written(name) if one.kind == kind for operation in one.asks}
        assert asked == set(INTENTS), kind
    contrasts = [one for one in load_hand_written(name) if one.kind == "contrast"]
    assert all(one.asks and one.forbids for one in contrasts)


@pytest.mark.parametrize("name", SETS)
def test_amounts_are_degrees_or_numbers_in_range(name):
    amounts = [(one.kind, amount) for one in load_hand_written(name) for amount in one.asks.values()]
    numbers = [amount for _, amount in amounts if not isinstance(amount, str)]
    assert numbers
    assert all(0 <= number <= 1 for number in numbers)
    assert {amount for _, amount in amounts if isinstance(amount, str)} == set(get_args(Degree))
    assert {kind for kind, amount in amounts if not isinstance(amount, str)} == {"amount"}
    assert {amount for kind, amount in amounts if kind == "limit"} == {"slight"}


@pytest.mark.parametrize("name", SETS)
def test_kinds_say_how_many_wishes_a_sentence_has(name):
    for one in load_hand_written(name):
        assert len(one.asks) in NUM_WISHES.get(one.kind, range(len(INTENTS))), one.prompt
        assert (one.kind in ("negation", "contrast")) == bool(one.forbids), one.prompt


def test_no_sentence_is_there_twice():
    counts = Counter(bare(one.prompt) for name in SETS for one in load_hand_written(name))
    assert [prompt for prompt, count in counts.items() if count > 1] == []


def test_a_sentence_is_read_as_it_is_written():
    (one,) = parse_hand_written(a_file(), "mine.json")
    assert (one.prompt, one.asks, one.forbids) == ("lighter", {"brighten": 0.3}, ("warm",))
    assert (one.unread, one.kind) == (False, "single")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"asks": {"embiggen": "plain"}}, "unknown operation 'embiggen'"),
        ({"asks": {"brighten": 1.5}}, "1.5 is neither a number in [0, 1] nor one of slight, plain, strong"),
        ({"asks": {"brighten": "huge"}}, "'huge' is neither"),
        ({"asks": {"brighten": ["strong"]}}, "['strong'] is neither"),
        ({"asks": {"brighten": True}}, "True is neither"),
        ({"forbids": ["brighten"]}, "both asks and forbids brighten"),
        ({"forbids": ["warm", "warm"]}, "forbids an operation twice"),
        ({"unread": True}, "unread must be False"),
        ({"kind": "mixed"}, "unread must be True"),
        ({"kind": "chatter", "unread": True}, "can ask and forbid nothing"),
        ({"asks": {}, "forbids": []}, "must ask or forbid something"),
        ({"kind": "sonnet"}, "kind"),
        ({"prompt": ""}, "prompt"),
        ({"author": "me"}, "author"),
    ],
)
def test_a_malformed_sentence_is_named_in_one_sentence(changes, message):
    with pytest.raises(DataError, match=re.escape(message)) as caught:
        parse_hand_written(a_file(**changes), "mine.json")
    assert str(caught.value).startswith("mine.json cannot be used, mend sentences.0")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"{", b"\xff", b'{"about": "a", "about": "b", "sentences": []}', b"[]", b"{}"])
def test_a_malformed_document_is_refused(content):
    with pytest.raises(DataError, match=r"mine\.json"):
        parse_hand_written(content, "mine.json")
