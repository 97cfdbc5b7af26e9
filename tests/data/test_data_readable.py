import pytest

from srgan_prompt.data.readable import Wording, draw_readable
from srgan_prompt.prompts.operations import RESTORE_PARTS


@pytest.fixture(scope="module")
def drawn() -> list[Wording]:
    return draw_readable(6000, seed=0)


def spelled(operations) -> set[str]:
    return {part for name in operations for part in (RESTORE_PARTS if name == "restore" else (name,))}


def test_a_seed_decides():
    assert draw_readable(200, seed=1) == draw_readable(200, seed=1)
    assert draw_readable(200, seed=1) != draw_readable(200, seed=2)


def test_levels_are_told_of_exactly_what_is_asked(drawn):
    for wording in drawn:
        assert wording.levels.keys() == {clause.operation for clause in wording.request.clauses}, wording


def test_nothing_is_asked_and_forbidden_at_once(drawn):
    for wording in drawn:
        assert not spelled(wording.levels) & spelled(wording.request.keep), wording
