import sys

import pytest
import safetensors.torch
import torch
import torch.nn.functional as F

from srgan_prompt.assets import metric_networks
from srgan_prompt.assets.catalog import VGG16
from srgan_prompt.assets.metric_networks import load_lpips
from srgan_prompt.errors import UsageError


def test_it_is_the_definition_of_lpips_on_the_found_weights(random_alexnet):
    """Zhang et al. 2018, equation 1, written out for AlexNet."""
    images = torch.rand(2, 3, 72, 90, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def features(image):
        shift = torch.tensor([-0.030, -0.088, -0.188]).view(3, 1, 1)
        scale = torch.tensor([0.458, 0.448, 0.450]).view(3, 1, 1)
        hidden = (image - shift) / scale
        for number, (stride, padding) in enumerate([(4, 2), (1, 2), (1, 1), (1, 1), (1, 1)], 1):
            if number in (2, 3):
                hidden = F.max_pool2d(hidden, 3, 2)
            weight, bias = random_alexnet[f"conv{number}.weight"], random_alexnet[f"conv{number}.bias"]
            hidden = F.relu(F.conv2d(hidden, weight, bias, stride, padding))
            yield hidden / (hidden.square().sum(0).sqrt() + 1e-10)

    network = load_lpips()
    heads = [head.model[-1].weight[0] for head in network.lins]
    pairs = zip(features(images[0]), features(images[1]), heads, strict=True)
    expected = sum((head * (one - other).square()).sum(0).mean() for one, other, head in pairs)
    assert expected > 0.01
    assert network(images[:1], images[1:]).item() == pytest.approx(expected.item(), rel=1e-4)


def test_vgg16_is_the_other_backbone(monkeypatch, tmp_path):
    layers = [*VGG16.convolutions]
    shapes = [
        (64, 3),
        (64, 64),
        (128, 64),
        (128, 128),
        (256, 128),
        (256, 256),
        (256, 256),
        (512, 256),
        *[(512, 512)] * 5,
    ]
    state = {}
    for number, (name, shape) in enumerate(zip(layers, shapes, strict=True)):
        state |= {f"{name}.weight": torch.full((*shape, 3, 3), float(number)), f"{name}.bias": torch.zeros(shape[0])}
    safetensors.torch.save_file(state, tmp_path / "vgg16.safetensors")
    monkeypatch.setattr(metric_networks, "find_vgg16", lambda: tmp_path / "vgg16.safetensors")
    network = load_lpips("vgg").net
    order = [module.weight[0, 0, 0, 0].item() for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    assert order == list(range(13))


def test_it_is_frozen_and_leaves_the_global_generator_alone(random_alexnet):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    network = load_lpips()
    assert torch.equal(torch.rand(1), expected)
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "lpips", None)
    with pytest.raises(UsageError, match=r"needs the package lpips; run: pip install 'srgan-prompt\[eval\]'"):
        load_lpips()
