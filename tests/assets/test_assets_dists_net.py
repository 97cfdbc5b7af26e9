import sys

import piq
import pytest
import torch
import torch.nn.functional as F
from random_vgg16 import random_dists_weights, random_vgg16_state

from srgan_prompt.assets.catalog import VGG16
from srgan_prompt.assets.metric_networks import build_dists
from srgan_prompt.errors import UsageError


@pytest.fixture(scope="module")
def state():
    return random_vgg16_state()


@pytest.fixture(scope="module")
def weights():
    return random_dists_weights()


@pytest.fixture
def images():
    generator = torch.Generator().manual_seed(1)
    image = torch.rand(1, 3, 272, 48, generator=generator)
    return image, (image + 0.2 * torch.randn(image.shape, generator=generator)).clamp(0, 1)


def stages(image, state):
    """The image, and VGG16 before each of its poolings, which are l2 with a Hann window."""
    mean, deviation = (torch.tensor(each).view(3, 1, 1) for each in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    hidden = (image - mean) / deviation
    yield image
    for name, following in zip(VGG16.convolutions, [*VGG16.convolutions[1:], "conv6_1"], strict=True):
        hidden = F.relu(F.conv2d(hidden, state[f"{name}.weight"], state[f"{name}.bias"], padding=1))
        if following.endswith("_1"):
            yield hidden
            row = torch.tensor([0.25, 0.5, 0.25])
            window = (row[:, None] * row).expand(hidden.shape[1], 1, 3, 3)
            squares = F.conv2d(hidden.square(), window, stride=2, padding=1, groups=hidden.shape[1])
            hidden = (squares + 1e-12).sqrt()


def test_it_is_the_definition_of_dists(state, weights, images):
    """Ding et al. 2020 written out: one minus the weighted texture and structure of the image and its features."""
    total, similarity, first = sum(each.sum() for each in weights.values()), 0.0, 0
    for one, other in zip(*(stages(image, state) for image in images), strict=True):
        x, y = one.flatten(2).double(), other.flatten(2).double()
        mean_x, mean_y = x.mean(-1), y.mean(-1)
        covariance = (x * y).mean(-1) - mean_x * mean_y
        texture = (2 * mean_x * mean_y + 1e-6) / (mean_x**2 + mean_y**2 + 1e-6)
        structure = (2 * covariance + 1e-6) / (x.var(-1, correction=0) + y.var(-1, correction=0) + 1e-6)
        rows = slice(first, first + x.shape[1])
        similarity += (weights["alpha"][rows] * texture + weights["beta"][rows] * structure).sum() / total
        first += x.shape[1]
    expected = 1 - similarity.item()
    assert expected > 0.02
    assert build_dists(state, weights)(*images).item() == pytest.approx(expected, rel=1e-3)


def test_equal_images_have_no_distance_and_order_does_not_matter(state, weights, images):
    network = build_dists(state, weights)
    assert network(images[0], images[0]).item() == pytest.approx(0, abs=1e-6)
    assert network(*images).item() == pytest.approx(network(*reversed(images)).item(), rel=1e-5)


def test_small_images_are_judged_as_piq_judges_them(state, weights, images):
    network = build_dists(state, weights)
    small = [image[..., :96, :] for image in images]
    assert network(*small).item() == pytest.approx(piq.DISTS.forward(network, *small).item(), rel=1e-5)


def test_it_is_frozen(state, weights):
    network = build_dists(state, weights)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "piq", None)
    with pytest.raises(UsageError, match=r"needs the package piq; run: pip install 'srgan-prompt\[eval\]'"):
        build_dists({}, {})
