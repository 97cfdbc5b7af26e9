"""The networks of LPIPS v0.1 (Zhang et al. 2018) and DISTS (Ding et al. 2020), from weights found on this machine.

On their own the packages ``lpips`` and ``piq`` would fetch weights and backbones from the network. Both measuring and
training use these.
"""

import warnings
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from srgan_prompt.assets.catalog import ALEXNET, VGG16
from srgan_prompt.assets.resolve import find_alexnet, find_dists, find_vgg16
from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from lpips import LPIPS
    from piq import DISTS
    from torch import Tensor, nn


Backbone = Literal["alex", "vgg"]


def load_lpips(backbone: Backbone = "alex") -> "LPIPS":
    """Frozen network: two images (B, 3, H, W) in [-1, 1] to distances (B, 1, 1, 1), 0 for equal images.

    The global random generator is left alone. Raises ``UsageError`` without the package, ``ModelError`` without its
    weights.
    """
    import safetensors.torch
    import torch

    try:
        import lpips
    except ImportError as error:
        raise UsageError("LPIPS needs the package lpips; run: pip install 'srgan-prompt[eval]'") from error
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about torchvision's old spelling of "no weights", inside lpips
        network = lpips.LPIPS(net=backbone, pnet_rand=True, verbose=False)
    asset, find = {"alex": (ALEXNET, find_alexnet), "vgg": (VGG16, find_vgg16)}[backbone]
    state = safetensors.torch.load_file(find())
    layers = [module for module in network.net.modules() if isinstance(module, torch.nn.Conv2d)]
    for name, layer in zip(asset.convolutions, layers, strict=True):
        layer.load_state_dict({key: state[f"{name}.{key}"] for key in ("weight", "bias")})
    return network.eval().requires_grad_(False)


_STAGES = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")
_CHANNELS = (3, 64, 128, 256, 512, 512)  # of the image, then of each stage


def load_dists() -> "DISTS":
    """``build_dists`` from the published weights. Raises ``UsageError`` without piq, ``ModelError`` without weights."""
    import safetensors.torch

    return build_dists(safetensors.torch.load_file(find_vgg16()), safetensors.torch.load_file(find_dists()))


def build_dists(vgg16: "Mapping[str, Tensor]", weights: "Mapping[str, Tensor]") -> "DISTS":
    """Two images (B, 3, H, W) in [0, 1] to their mean distance, 0 for equal images.

    ``vgg16`` holds "conv1_1.weight" (OIHW), "conv1_1.bias" ...; ``weights`` holds ``alpha`` of texture (means of
    features) and ``beta`` of structure (their covariance), (1475,) each; what they sum to does not matter. Unlike piq's
    own, and like the authors', it does not shrink images: what upscaling adds would be gone.
    Raises ``UsageError`` without piq.
    """
    try:
        import piq
    except ImportError as error:
        raise UsageError("DISTS needs the package piq; run: pip install 'srgan-prompt[eval]'") from error

    class FoundDists(piq.DISTS):
        def __init__(self) -> None:
            # Past piq.DISTS's own constructor, which would use the network.
            total = sum(weights[name].sum() for name in ("alpha", "beta"))
            shares = [(weights[name] / total).view(1, -1, 1, 1) for name in ("alpha", "beta")]
            piq.ContentLoss.__init__(
                self,
                _features(vgg16),
                layers=_STAGES,
                weights=[stage for share in shares for stage in share.split(_CHANNELS, dim=1)],
                replace_pooling=True,
                allow_layers_weights_mismatch=True,
            )

        # Past piq.DISTS's own, which would shrink.
        def forward(self, x: "Tensor", y: "Tensor") -> "Tensor":
            return 1 - piq.ContentLoss.forward(self, x, y)

    return FoundDists().eval()


def _features(state: "Mapping[str, Tensor]") -> "nn.Sequential":
    """VGG16's convolutions by name; piq puts its own pooling in the place of ``pool``."""
    from torch import nn

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for name in VGG16.convolutions:
        if name.endswith("_1") and layers:
            layers[name.replace("conv", "pool")] = nn.MaxPool2d(2)
        weight, bias = state[f"{name}.weight"], state[f"{name}.bias"]
        layers[name] = nn.Conv2d(weight.shape[1], weight.shape[0], kernel_size=3, padding=1)
        layers[name].load_state_dict({"weight": weight, "bias": bias})
        layers[name.replace("conv", "relu")] = nn.ReLU()
    return nn.Sequential(layers)
