import pytest
import torch

from srgan_prompt.assets.lpips_net import load_lpips
from srgan_prompt.losses.lpips import STRIDE_PX, LpipsLoss


@pytest.fixture
def images():
    return torch.rand(2, 3, 3, 40, 44, generator=torch.Generator().manual_seed(1))


def test_every_sample_is_seen_from_a_corner_of_its_own_drawn_anew_each_time(random_alexnet, images):
    output, target = images
    network = load_lpips()

    def from_corner(row, y, x):
        window = slice(y, y + 40 - STRIDE_PX + 1), slice(x, x + 44 - STRIDE_PX + 1)
        return network(*(2 * image[row : row + 1, :, *window] - 1 for image in images)).item()

    loss, seen = LpipsLoss(), set()
    for seed in range(20):
        torch.manual_seed(seed)
        corners = torch.randint(STRIDE_PX, (3, 2)).tolist()
        torch.manual_seed(seed)
        wanted = [from_corner(row, y, x) for row, (y, x) in enumerate(corners)]
        assert loss(output, target).tolist() == pytest.approx(wanted, rel=1e-5)
        seen.update(map(tuple, corners))
    assert len(seen) == STRIDE_PX**2


def test_equal_pictures_have_no_distance_and_gradients_reach_the_output_only(random_alexnet, images):
    loss, output = LpipsLoss(), images[0].requires_grad_()
    assert loss(images[1], images[1]).tolist() == [0, 0, 0]
    loss(output, images[1]).sum().backward()
    assert output.grad.isfinite().all()
    assert output.grad.flatten(1).abs().sum(dim=1).gt(0).all()
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_bfloat16_autocast_computes_it_in_float32(random_alexnet, images):
    loss = LpipsLoss()
    torch.manual_seed(0)
    with torch.autocast("cpu", torch.bfloat16):
        low = loss(*images)
    torch.manual_seed(0)
    assert torch.equal(low, loss(*images))
