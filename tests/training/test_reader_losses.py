"""The reader's losses against numbers worked out by hand."""

import math

import pytest
import torch

from srgan_prompt.training.reader_training import levels_loss, pointer_loss, states_loss


def test_levels_loss_is_minus_the_log_of_the_right_share():
    levels = torch.log(torch.tensor([[[1.0, 2.0, 5.0]], [[4.0, 4.0, 2.0]]]))
    is_right = torch.tensor([[[True, False, True]], [[False, True, False]]])
    loss = levels_loss(levels, is_right, torch.tensor([True, True]), (2, 2))
    assert loss.item() == pytest.approx(-(math.log(6 / 8) + math.log(0.4)) / 2)


def test_levels_that_need_a_number_are_impossible_without_one():
    levels = torch.log(torch.tensor([[[1.0, 3.0, 100.0]]]))
    is_right = torch.tensor([[[False, True, False]]])
    assert levels_loss(levels, is_right, torch.tensor([False]), (2, 2)).item() == pytest.approx(-math.log(0.75))


def test_pointers_are_judged_among_numbers_and_only_where_a_number_is_meant():
    pointers = torch.log(torch.tensor([[[9.0, 1.0, 3.0], [1.0, 1.0, 1.0]]]))
    is_right = torch.tensor([[[False, False, True], [False, False, False]]])
    is_number = torch.tensor([[False, True, True]])
    assert pointer_loss(pointers, is_right, is_number).item() == pytest.approx(-math.log(0.75))
    assert pointer_loss(pointers, torch.zeros_like(is_right), is_number).item() == 0


def test_states_loss_is_zero_for_parallel_and_one_for_right_angles():
    states = torch.tensor([[[1.0, 0.0], [1.0, 0.0], [5.0, 5.0]]])
    wanted = torch.tensor([[[3.0, 0.0], [0.0, 2.0], [-1.0, 0.0]]])
    assert states_loss(states, wanted, torch.tensor([[True, True, False]])).item() == pytest.approx(0.5)
