import pytest
import torch

from srgan_prompt.losses.perceptual import PERIOD_PX, random_phase_crop


@pytest.fixture
def places():
    """Images (64, 3, 12, 14) whose pixels say where they are: row, column, sample."""
    samples, rows, columns = torch.meshgrid(torch.arange(64), torch.arange(12), torch.arange(14), indexing="ij")
    return torch.stack([rows, columns, samples], dim=1).float()


def test_every_corner_is_taken_in_time_and_all_images_are_cut_alike(places):
    torch.manual_seed(0)
    corners = set()
    for _ in range(100):
        first, second = random_phase_crop(places, places + 100)
        assert first.shape == (64, 3, 12 - PERIOD_PX + 1, 14 - PERIOD_PX + 1)
        assert torch.equal(second, first + 100)
        assert torch.equal(first[:, 2, 0, 0], torch.arange(64.0))
        corners |= {tuple(each) for each in first[:, :2, 0, 0].int().tolist()}
    assert corners == {(y, x) for y in range(PERIOD_PX) for x in range(PERIOD_PX)}


def test_each_call_draws_anew_and_a_seed_repeats_it(places):
    torch.manual_seed(1)
    drawn = [random_phase_crop(places)[0] for _ in range(4)]
    torch.manual_seed(1)
    assert not all(torch.equal(each, drawn[0]) for each in drawn)
    assert torch.equal(random_phase_crop(places)[0], drawn[0])
