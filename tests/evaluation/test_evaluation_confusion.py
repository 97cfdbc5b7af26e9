import numpy as np
import pytest
import torch

from srgan_prompt.evaluation.confusion import (
    FAMILIES,
    REQUESTS,
    PromptScores,
    achieved_matrix,
    audit_case,
    confuse,
    psnr_matrix,
    score_requests,
)


@pytest.fixture
def hr():
    return torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def two_sentences():
    """Two sentences for request 1 of three: the first obeyed, the second taken for request 0."""
    return PromptScores(
        image=np.array([0, 1]),
        request=np.array([1, 1]),
        rows=np.array([[20.0, 30.0, 25.0], [28.0, 22.0, 21.0]]),
        other_prompt_psnr=np.array([[18.0, 29.0, 24.0], [23.0, 30.0, 19.0]]),
        empty=np.array([27.0, 24.0]),
        achieved=np.array([[0.1, 0.3, -0.2], [0.2, 0.1, 0.1]]),
    )


def test_figures_of_obedience(two_sentences):
    np.testing.assert_array_equal(two_sentences.right, [30, 22])
    np.testing.assert_array_equal(
        two_sentences.right_minus_wrong, [30 - 21, 22 - 21]
    )  # request 1's own rival is no rival
    np.testing.assert_array_equal(two_sentences.right_minus_empty, [3, -2])
    np.testing.assert_array_equal(two_sentences.wins, [True, False])
    np.testing.assert_array_equal(two_sentences.recall_by_output, [True, False])
    np.testing.assert_array_equal(two_sentences.recall_by_change, [True, False])


def test_matrix_is_the_mean_row_of_each_request_asked(two_sentences):
    np.testing.assert_array_equal(two_sentences.matrix[1], [24, 26, 23])
    assert np.isnan(two_sentences.matrix[[0, 2]]).all()


def test_parts_are_chosen_and_joined(two_sentences):
    first, second = two_sentences[np.array([0])], two_sentences[np.array([False, True])]
    joined = PromptScores.joined([second, first])
    np.testing.assert_array_equal(joined.image, [1, 0])
    assert len(joined) == 2


def test_psnr_of_a_known_error():
    outputs, targets = torch.full((1, 3, 8, 8), 0.6), torch.tensor([0.5, 0.6]).view(2, 1, 1, 1).expand(-1, 3, 8, 8)
    assert psnr_matrix(outputs, targets, 2)[0] == pytest.approx([20, 100], abs=1e-3)


def test_a_network_that_obeys_wins_everywhere(hr):
    case = audit_case(hr, REQUESTS, 4, seed=1)
    obedience = score_requests(0, case, case.targets, case.untouched, 4)
    assert obedience.wins.all()
    assert obedience.recall_by_output.all()
    assert obedience.recall_by_change.all()
    assert np.diag(obedience.achieved) == pytest.approx(1, abs=1e-5)
    assert obedience.right_minus_wrong[FAMILIES[obedience.request] == "tone"].min() > 10


def test_a_network_that_ignores_its_prompt_gains_nothing(hr):
    case = audit_case(hr, REQUESTS, 4, seed=1)
    same = torch.nn.functional.interpolate(case.lr, scale_factor=4)
    obedience = confuse(lambda lr, text: same, [case, case], torch.eye(len(REQUESTS)), 4)
    assert len(obedience) == 2 * len(REQUESTS)
    assert obedience.right_minus_wrong == pytest.approx(0, abs=1e-4)
    assert not obedience.wins.any()
    assert not obedience.recall_by_change.any()
    assert obedience.recall_by_output.mean() == pytest.approx(1 / len(REQUESTS))


def test_a_part_of_the_right_change_is_recognised_even_where_another_answer_is_nearer(hr):
    case = audit_case(hr, REQUESTS, 4, seed=1)
    deblur = 1
    part = case.untouched + 0.2 * (case.targets[[deblur]] - case.untouched)
    assert psnr_matrix(part, case.targets, 4).argmax() != deblur
    achieved = achieved_matrix(part, case.untouched, case, 4)[0]
    assert achieved.argmax() == deblur
    assert achieved[deblur] == pytest.approx(0.36, abs=1e-4)


def test_kin_are_the_wrong_prompts_of_the_same_family():
    other_prompt_psnr = np.where(FAMILIES == "restoration", 30.0, 10.0)[None].repeat(2, axis=0)
    rows = np.full((2, len(REQUESTS)), 31.0)
    denoise_and_sepia = np.array([0, len(REQUESTS) - 1])
    obedience = PromptScores(np.zeros(2, int), denoise_and_sepia, rows, other_prompt_psnr, np.zeros(2), rows)
    np.testing.assert_allclose(obedience.right_minus_same_family, [1, 21])
    assert obedience.right_minus_wrong[0] > 15


def test_damage_is_a_function_of_the_seed(hr):
    assert torch.equal(audit_case(hr, REQUESTS, 4, 3).lr, audit_case(hr, REQUESTS, 4, 3).lr)
    assert not torch.equal(audit_case(hr, REQUESTS, 4, 3).lr, audit_case(hr, REQUESTS, 4, 4).lr)
