"""The network that retrieves: what each composition looks at, and that its equations are the paper's."""

import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.models.composition import SpatialTirg
from srgan_prompt.models.retrieval import RetrievalConfig, RetrievalNetwork

COMPOSITIONS = ("image", "text", "concat", "film", "tirg_fc", "tirg", "gate", "residual")
IMAGES = torch.rand(2, 3, 48, 48, generator=torch.Generator().manual_seed(0))
SENTENCES = torch.tensor([[1, 2, 3, 0], [3, 1, 0, 0]])


def make(composition, **settings):
    torch.manual_seed(0)
    config = RetrievalConfig(composition=composition, text_width=5, channels=8, dim=6, text_channels=4, **settings)
    return RetrievalNetwork(config).eval()


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_images_and_queries_are_unit_vectors_of_one_space(composition):
    network = make(composition)
    query = network.compose(network.features(IMAGES), SENTENCES)
    assert query.shape == network.embed(IMAGES).shape == (2, 6)
    assert_close(query.norm(dim=1), torch.ones(2))
    assert_close(network.embed(IMAGES).norm(dim=1), torch.ones(2))


@pytest.mark.parametrize("composition", COMPOSITIONS)
def test_a_query_depends_on_what_its_composition_looks_at(composition):
    network = make(composition)
    query = network.compose(network.features(IMAGES), SENTENCES)
    other_image = network.compose(network.features(IMAGES.flip(0)), SENTENCES)
    other_text = network.compose(network.features(IMAGES), SENTENCES.flip(0))
    assert torch.equal(query, other_image) == (composition == "text")
    assert torch.equal(query, other_text) == (composition == "image")


def test_padding_behind_a_sentence_changes_nothing():
    network = make("tirg")
    longer = torch.nn.functional.pad(SENTENCES, (0, 3))
    features = network.features(IMAGES)
    assert_close(network.compose(features, SENTENCES), network.compose(features, longer))


@pytest.mark.parametrize(("composition", "start"), [("gate", (1.0, 0.0)), ("residual", (0.0, 10.0))])
def test_half_of_tirg_is_tirg_with_the_other_weight_at_zero_for_good(composition, start):
    network = make(composition)
    whole = SpatialTirg(8, 4, start)
    whole.load_state_dict(network.composer.state_dict())
    features = network.features(IMAGES)
    expected = network.head((features + whole(features, network.texts(SENTENCES))).flatten(1))
    query = network.compose(features, SENTENCES)
    assert_close(query, torch.nn.functional.normalize(expected, dim=1))
    query[0, 0].backward()
    assert network.composer.weights.tolist() == list(start)
    assert network.composer.weights.grad is None


def test_a_frozen_embedding_takes_the_place_of_the_lstm():
    network = make("tirg", text="bert")
    query = network.compose(network.features(IMAGES), torch.randn(2, 5))
    assert query.shape == (2, 6)
