import sys

import pytest
import torch
import torch.nn.functional as F

from srgan_prompt.assets.lpips_net import load_lpips
from srgan_prompt.errors import UsageError


def test_it_is_the_definition_of_lpips_on_the_found_weights(random_alexnet):
    """Zhang et al. 2018, equation 1, written out for AlexNet."""
    pictures = torch.rand(2, 3, 72, 90, generator=torch.Generator().manual_seed(0)) * 2 - 1

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
    pairs = zip(features(pictures[0]), features(pictures[1]), heads, strict=True)
    expected = sum((head * (one - other).square()).sum(0).mean() for one, other, head in pairs)
    assert expected > 0.01
    assert network(pictures[:1], pictures[1:]).item() == pytest.approx(expected.item(), rel=1e-4)


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
