import math

import torch
from torch.testing import assert_close

from srgan_prompt.training.retrieval_training import batch_softmax_loss, soft_triplet_loss

SIMILARITIES = torch.tensor([[2.0, 1.0, -1.0], [0.5, 0.0, 3.0], [0.0, 0.0, 0.0]])


def test_batch_softmax_is_cross_entropy_over_the_targets_of_the_batch():
    exp = math.exp
    expected = [-math.log(exp(2) / (exp(2) + exp(1) + exp(-1))), -math.log(1 / (exp(0.5) + 1 + exp(3))), math.log(3)]
    assert_close(batch_softmax_loss(SIMILARITIES), torch.tensor(expected))


def test_soft_triplet_is_the_mean_over_all_wrong_targets():
    def softplus(x):
        return math.log(1 + math.exp(x))

    expected = [(softplus(-1) + softplus(-3)) / 2, (softplus(0.5) + softplus(3)) / 2, math.log(2)]
    assert_close(soft_triplet_loss(SIMILARITIES), torch.tensor(expected))


def test_both_pull_the_right_target_nearer_and_push_the_others_away():
    for loss in (batch_softmax_loss, soft_triplet_loss):
        similarities = SIMILARITIES.clone().requires_grad_()
        loss(similarities).sum().backward()
        is_right = torch.eye(3, dtype=torch.bool)
        assert (similarities.grad[is_right] < 0).all()
        assert (similarities.grad[~is_right] > 0).all()


def test_large_similarities_stay_finite():
    for loss in (batch_softmax_loss, soft_triplet_loss):
        assert loss(1e4 * SIMILARITIES).isfinite().all()
