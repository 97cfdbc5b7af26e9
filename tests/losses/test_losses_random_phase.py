import pytest
import torch

from srgan_prompt.losses.perceptual import PERIOD_PX, random_phase_crop


@pytest.fixture
def places():
    """Images (64, 3, 12, 14) whose pixels say where they are: row, column, sample."""
    samples, rows, columns = torch.meshgrid(torch.arange(64), torch.arange(12), torch.arange(14), indexing="ij")
    return torch.stack([rows, columns, samples], dim=1).float()


def test_every_corner_is_taken_and_both_images_of_a_pair_are_cut_alike(places):
    torch.manual_seed(0)
    first, second = random_phase_crop(places, places + 100)
    assert first.shape == (64, 3, 12 - PERIOD_PX + 1, 14 - PERIOD_PX + 1)
    assert torch.equal(second, first + 100)
    assert torch.equal(first[:, 2, 0, 0], torch.arange(64.0))
    corners = {tuple(each) for each in first[:, :2, 0, 0].int().tolist()}
    assert corners == {(y, x) for y in range(PERIOD_PX) for x in range(PERIOD_PX)}


def test_each_call_draws_anew_and_a_seed_repeats_it(places):
    torch.manual_seed(1)
    (one,), (other,) = random_phase_crop(places), random_phase_crop(places)
    torch.manual_seed(1)
    assert not torch.equal(one, other)
    assert torch.equal(random_phase_crop(places)[0], one)


def test_a_sample_has_the_same_corner_in_whichever_share_of_the_batch_it_is(places):
    def crop(images, **share):
        torch.manual_seed(2)
        return random_phase_crop(images, **share)[0]

    whole = crop(places)
    assert torch.equal(crop(places[:40], total=64), whole[:40])
    assert torch.equal(crop(places[40:], first=40, total=64), whole[40:])
    assert len(crop(places[:1], first=64, total=64)) == 1  # the stand-in of a process without a sample
