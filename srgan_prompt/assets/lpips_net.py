"""The networks of LPIPS v0.1 (Zhang et al. 2018), from weights that were found on this machine.

On its own the ``lpips`` package would fetch its backbone from the network. Both measuring and training use this one.
"""

import warnings
from typing import TYPE_CHECKING, Literal

from srgan_prompt.assets.catalog import ALEXNET, VGG16
from srgan_prompt.assets.resolve import find_alexnet, find_vgg16
from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from lpips import LPIPS

Backbone = Literal["alex", "vgg"]


def load_lpips(backbone: Backbone = "alex") -> "LPIPS":
    """Frozen network: two pictures (B, 3, H, W) in [-1, 1] to distances (B, 1, 1, 1), 0 for equal pictures.

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
