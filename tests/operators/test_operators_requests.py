import random
from collections import Counter
from dataclasses import fields
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.testing import assert_close

from srgan_prompt.operators.requests import as_tensors, sample_request
from srgan_prompt.operators.tone import tone_change
from srgan_prompt.prompts.operations import (
    DEFAULT_REQUEST,
    INTENTS,
    OPERATIONS,
    Clause,
    Request,
    amounts,
    plain_request,
)

CONTRADICTIONS = [
    {"brighten", "darken"},
    {"contrast_up", "contrast_down"},
    {"warm", "cool"},
    {"faithful", "crisp"},
    *({"restore", part} for part in ("denoise", "deblur", "dejpeg")),
    *(set(pair) for pair in combinations(("saturate", "desaturate", "grayscale", "sepia"), 2)),
]


@pytest.fixture(scope="module")
def drawn() -> list[Request]:
    rng = random.Random(0)
    return [sample_request(rng) for _ in range(3000)]


def test_restore_is_its_three_parts():
    assert amounts(Request((Clause("restore", 0.5),))) == {"deblur": 0.5, "denoise": 0.5, "dejpeg": 0.5}


def test_what_is_to_be_kept_is_not_asked_for():
    request = Request((Clause("restore", 1.0), Clause("warm", 0.5)), keep=("denoise",))
    assert amounts(request) == {"deblur": 1.0, "dejpeg": 1.0, "warm": 0.5}


def test_the_empty_request_asks_for_nothing():
    assert amounts(Request()) == {}
    nothing = as_tensors([Request()])
    assert not any(getattr(nothing, field.name).any() for field in fields(nothing))


def test_requests_as_tensors():
    asked = as_tensors(
        [DEFAULT_REQUEST, Request((Clause("deblur", 0.3), Clause("sepia", 0.5))), plain_request("dejpeg")]
    )
    assert_close(asked.removed, torch.tensor([[1.0, 1.0, 1.0], [0.3, 0.0, 0.0], [0.0, 0.0, 1.0]]))  # blur, noise, jpeg
    assert asked.crisp.tolist() == [1, 0, 0]
    assert torch.equal(asked.tone[1], tone_change({"sepia": 0.5}))
    assert not asked.tone[[0, 2]].any()
    named = [
        {name: amount for name, amount in zip(INTENTS, row, strict=True) if amount} for row in asked.intent.tolist()
    ]
    assert named[0] == {"denoise": 1, "deblur": 1, "dejpeg": 1, "crisp": 1}
    assert named[1] == pytest.approx({"deblur": 0.3, "sepia": 0.5})


def test_intents_are_the_operations_but_the_compound_one():
    assert set(INTENTS) == set(OPERATIONS) - {"restore"}


def test_rows_amounts_and_devices():
    asked = as_tensors([plain_request(name) for name in OPERATIONS])
    rows = torch.tensor([3, 3, 0])
    assert torch.equal(asked[rows].intent, asked.intent[rows])
    halved = asked.scaled(torch.full((len(OPERATIONS),), 0.5))
    for field in fields(asked):
        assert_close(getattr(halved, field.name), 0.5 * getattr(asked, field.name))
        assert torch.equal(getattr(asked.to(torch.device("cpu")), field.name), getattr(asked, field.name))


@given(st.randoms(use_true_random=False))
def test_a_drawn_request_never_contradicts_itself(rng):
    request = sample_request(rng)
    operations = [clause.operation for clause in request.clauses]
    assert 1 <= len(operations) <= 3
    assert len(set(operations)) == len(operations)
    assert not any(pair <= set(operations) for pair in CONTRADICTIONS)
    assert not any(pair <= {*operations, kept} for pair in CONTRADICTIONS for kept in request.keep)
    assert not set(request.keep) & set(operations)
    assert all(0 < clause.amount <= 1 for clause in request.clauses)


def test_every_operation_is_drawn_often_enough_to_be_learnt(drawn):
    counts = Counter(clause.operation for request in drawn for clause in request.clauses)
    assert set(counts) == set(OPERATIONS)
    assert min(counts.values()) > 0.03 * len(drawn)
    assert counts["crisp"] / len(drawn) == pytest.approx(0.25, abs=0.03)
    assert counts["faithful"] / len(drawn) == pytest.approx(0.10, abs=0.02)


def test_one_to_three_clauses_and_now_and_then_a_keep(drawn):
    lengths = Counter(len(request.clauses) for request in drawn)
    assert lengths[1] > lengths[2] > lengths[3] > 0.03 * len(drawn)
    assert 0.02 < sum(bool(request.keep) for request in drawn) / len(drawn) < 0.06


def test_amounts_are_mostly_the_worded_levels_else_whole_percentages(drawn):
    clauses = [
        clause for request in drawn for clause in request.clauses if clause.operation not in ("crisp", "faithful")
    ]
    worded = 0
    for clause in clauses:
        operation = OPERATIONS[clause.operation]
        worded += clause.amount in (operation.slight, operation.plain, operation.strong)
        assert clause.amount * 100 == pytest.approx(round(clause.amount * 100))
    assert worded / len(clauses) == pytest.approx(0.81, abs=0.03)


def test_a_seed_decides():
    assert [sample_request(random.Random(7)) for _ in range(2)] == [sample_request(random.Random(7))] * 2


def test_the_intents_of_a_network_are_picked_by_name():
    asked = as_tensors([plain_request("warm", "crisp"), plain_request("denoise")])
    assert asked.intents(("crisp", "denoise", "sepia")).tolist() == [[1, 0, 0], [0, 1, 0]]
