"""The network of LPIPS v0.1 (Zhang et al. 2018) on AlexNet, from weights that were found on this machine.

On its own the ``lpips`` package would fetch its backbone from the network. Both measuring and training use this one.
"""

import warnings
from typing import TYPE_CHECKING

from srgan_prompt.assets.resolve import find_alexnet
from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from lpips import LPIPS

# torchvision's numbers of the convolutions inside AlexNet's feature stack, in order: conv1 ... conv5
_ALEXNET_INDICES = (0, 3, 6, 8, 10)


def load_lpips() -> "LPIPS":
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
        network = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    state = safetensors.torch.load_file(find_alexnet())
    modules = {name.rpartition(".")[2]: module for name, module in network.net.named_modules()}
    for number, index in enumerate(_ALEXNET_INDICES, 1):
        convolution = {key: state[f"conv{number}.{key}"] for key in ("weight", "bias")}
        modules[str(index)].load_state_dict(convolution)
    return network.eval().requires_grad_(False)
