"""Convolutions of VGG16's shapes with random weights, so that DISTS can be tested without the real ones."""

import torch

from srgan_prompt.assets.catalog import VGG16

CHANNELS = (3, 64, 128, 256, 512, 512)


def random_vgg16_state() -> dict[str, torch.Tensor]:
    """Weights (OIHW) that keep the size of the features, and biases, as ``find_vgg16`` names them."""
    generator = torch.Generator().manual_seed(0)
    state, incoming = {}, CHANNELS[0]
    for name in VGG16.convolutions:
        outgoing = CHANNELS[int(name[4])]
        kernel = torch.randn(outgoing, incoming, 3, 3, generator=generator)
        state[f"{name}.weight"] = kernel * (2 / (9 * incoming)) ** 0.5
        state[f"{name}.bias"] = 0.1 * torch.randn(outgoing, generator=generator)
        incoming = outgoing
    return state


def random_dists_weights() -> dict[str, torch.Tensor]:
    """One ``alpha`` and one ``beta`` a channel, as ``find_dists`` names them."""
    generator = torch.Generator().manual_seed(1)
    return {name: 2 * torch.rand(sum(CHANNELS), generator=generator) for name in ("alpha", "beta")}
