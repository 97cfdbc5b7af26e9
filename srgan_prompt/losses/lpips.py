"""LPIPS (Zhang et al. 2018, equation 1) as a loss: RGB [0, 1] (B, 3, H, W) in, one number per sample (B,) out.

    sum over layers l of the mean over positions of |w_l * (y_l - y'_l)|^2, y_l with channels of unit length

On AlexNet it takes a thirtieth of the multiplications of VGG16 up to conv4_3.
"""

import torch
from torch import nn

from srgan_prompt.assets.lpips_net import load_lpips
from srgan_prompt.types import Image, PerSample


class LpipsLoss(nn.Module):
    """Frozen; gradients flow to the output. ``network`` maps pictures in [-1, 1] to (B, 1, 1, 1); None takes AlexNet.

    Needs 31 px on each side. Raises ``ModelError`` when the weights cannot be had.
    """

    def __init__(self, network: nn.Module | None = None) -> None:
        super().__init__()
        self.network = load_lpips() if network is None else network

    def forward(self, output: Image, target: Image) -> PerSample:
        """Distance of ``output`` to ``target``, in float32 under autocast too."""
        with torch.autocast(output.device.type, enabled=False):
            return self.network(*(2 * image.float() - 1 for image in (output, target))).flatten()
