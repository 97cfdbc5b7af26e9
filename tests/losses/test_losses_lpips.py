import pytest
import torch

from srgan_prompt.assets.metric_networks import load_lpips
from srgan_prompt.losses.perceptual import LpipsLoss


@pytest.fixture
def images():
    return torch.rand(2, 3, 3, 40, 44, generator=torch.Generator().manual_seed(1))


def test_it_is_the_networks_distance_in_its_own_range(random_alexnet, images):
    output, target = images
    wanted = load_lpips()(2 * output - 1, 2 * target - 1).flatten().tolist()
    assert LpipsLoss()(output, target).tolist() == pytest.approx(wanted, rel=1e-5)


def test_equal_images_have_no_distance_and_gradients_reach_the_output_only(random_alexnet, images):
    loss, output = LpipsLoss(), images[0].requires_grad_()
    assert loss(images[1], images[1]).tolist() == [0, 0, 0]
    loss(output, images[1]).sum().backward()
    assert output.grad.isfinite().all()
    assert output.grad.flatten(1).abs().sum(dim=1).gt(0).all()
    assert not any(parameter.requires_grad for parameter in loss.parameters())


def test_bfloat16_autocast_computes_it_in_float32(random_alexnet, images):
    loss = LpipsLoss()
    with torch.autocast("cpu", torch.bfloat16):
        low = loss(*images)
    assert torch.equal(low, loss(*images))
