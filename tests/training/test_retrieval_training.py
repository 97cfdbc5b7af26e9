"""Training of a retriever on a few drawn scenes, and its losses against sums worked out by hand."""

import math

import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.data.scene_queries import all_words, draw_queries, draw_query_images
from srgan_prompt.evaluation.scenes import recall
from srgan_prompt.models.retrieval import RetrievalConfig
from srgan_prompt.retrieval import WordNumbers
from srgan_prompt.training.retrieval_training import (
    RetrievalTraining,
    batch_softmax_loss,
    soft_triplet_loss,
    train_retriever,
)

TEXTS = WordNumbers(all_words())
SETTINGS = {"references": 4, "queries_each": 2, "warmup_steps": 5}


@pytest.fixture(scope="module")
def data():
    return draw_query_images(draw_queries(8, 4, "train", seed=0), 4, 48, seed=0)


def train(data, **settings):
    config = RetrievalConfig(text_width=TEXTS.width, channels=16, dim=16, text_channels=8)
    return train_retriever(config, TEXTS, data, RetrievalTraining(**SETTINGS | settings))


@pytest.mark.parametrize("loss", ["batch_softmax", "soft_triplet"])
def test_training_finds_more_of_what_it_was_shown(data, loss):
    untrained, trained = (train(data, loss=loss, steps=steps) for steps in (1, 60))
    assert recall(trained, data)[1] > recall(untrained, data)[1] + 20


def test_equal_seeds_give_bit_equal_weights_and_leave_the_global_generator_alone(data):
    before = torch.get_rng_state()
    first, again, other = (train(data, steps=3, seed=seed).network.state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["head.weight"], other["head.weight"])
    assert torch.equal(torch.get_rng_state(), before)


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
