import pytest
import torch
from torch.testing import assert_close

from srgan_prompt.models.composition import TextConditioning, remove_direction


@pytest.fixture
def texts():
    return torch.randn(2, 3, 4, generator=torch.Generator().manual_seed(0))


def double(text):
    """A change that is the text itself, twice: so that sums can be read off."""
    return 2 * text


def test_one_embedding_per_image_is_one_clause(texts):
    conditioning = TextConditioning.of(texts[:, 0], strength=0.7)
    assert conditioning.texts.shape == (2, 1, 4)
    assert_close(conditioning.weights, torch.full((2, 1), 0.7))


def test_zero_rows_weigh_nothing(texts):
    texts[0, 1] = 0
    assert TextConditioning.of(texts).weights.tolist() == [[1, 0, 1], [1, 1, 1]]


def test_combine_weighs_and_adds(texts):
    conditioning = TextConditioning(texts, torch.tensor([[1.0, 0.5, 0.0], [2.0, -1.0, 1.0]]))
    expected = torch.stack([2 * texts[0, 0] + texts[0, 1], 4 * texts[1, 0] - 2 * texts[1, 1] + 2 * texts[1, 2]])
    assert_close(conditioning.combine(double), expected)


def test_combine_broadcasts_the_weights_over_space(texts):
    change = TextConditioning.of(texts, 0.5).combine(lambda text: text[:, :, None, None].expand(-1, -1, 5, 6))
    assert_close(change, (0.5 * texts.sum(dim=1))[:, :, None, None].expand(-1, -1, 5, 6))


def test_map_texts_passes_clauses_and_negative_through_the_tower_and_keeps_the_weights(texts):
    conditioning = TextConditioning.of(texts, 0.3, negative=texts[:, 0]).map_texts(lambda text: text + 1)
    assert torch.equal(conditioning.texts, texts + 1)
    assert torch.equal(conditioning.negative, texts[:, 0] + 1)
    assert_close(conditioning.weights, torch.full((2, 3), 0.3))


def test_a_negative_leaves_nothing_along_its_direction(texts):
    negative = texts[:, 0] + 0.1
    left = TextConditioning.of(texts[:, 0], negative=negative).combine(double)
    assert_close((left * negative).sum(dim=1), torch.zeros(2), atol=1e-5, rtol=0)
    assert left.abs().sum() > 0.01


def test_removing_a_direction_is_a_projection():
    change, direction = torch.tensor([[3.0, 4.0]]), torch.tensor([[2.0, 0.0]])
    assert_close(remove_direction(change, direction), torch.tensor([[0.0, 4.0]]))
    assert_close(remove_direction(change, 10 * direction), torch.tensor([[0.0, 4.0]]))


def test_what_already_opposes_the_direction_stays():
    change, direction = torch.tensor([[-3.0, 4.0]]), torch.tensor([[2.0, 0.0]])
    assert torch.equal(remove_direction(change, direction), change)


def test_directions_are_removed_place_by_place():
    change = torch.tensor([[[1.0, 1.0]], [[1.0, 1.0]]]).view(1, 2, 1, 2)
    direction = torch.tensor([[[1.0, 0.0]], [[0.0, -1.0]]]).view(1, 2, 1, 2)
    expected = torch.tensor([[[0.0, 1.0]], [[1.0, 1.0]]]).view(1, 2, 1, 2)
    assert_close(remove_direction(change, direction), expected)


def test_no_direction_removes_nothing():
    change = torch.randn(2, 3, 5, 5)
    assert torch.equal(remove_direction(change, torch.zeros_like(change)), change)
