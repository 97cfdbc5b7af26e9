"""Training of a retriever on a few drawn scenes."""

import pytest
import torch

from srgan_prompt.data.scenes.queries import draw_queries, draw_query_images
from srgan_prompt.data.scenes.sentences import all_words
from srgan_prompt.evaluation.retrieval import recall
from srgan_prompt.models.retrieval import RetrievalConfig
from srgan_prompt.retrieval.texts import WordNumbers
from srgan_prompt.training.retrieval_training import RetrievalTraining, train_retriever

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
