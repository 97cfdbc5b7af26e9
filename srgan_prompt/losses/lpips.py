"""LPIPS (Zhang et al. 2018, equation 1) as a loss: RGB [0, 1] (B, 3, H, W) in, one number per sample (B,) out.

    sum over layers l of the mean over positions of |w_l * (y_l - y'_l)|^2, y_l with channels of unit length

On AlexNet it takes a thirtieth of the multiplications of VGG16 up to conv4_3. AlexNet begins with a stride of 4
pixels, which is also the step of a x4 pixel shuffle: seen always at the same phase, a network could learn a grid of
that period unpunished. So each sample of a batch is seen from another corner.
"""

import torch
from torch import Tensor, nn

from srgan_prompt.assets.lpips_net import load_lpips
from srgan_prompt.types import Image, PerSample

STRIDE_PX = 4


class LpipsLoss(nn.Module):
    """LPIPS between what two pictures show right and below of pixel (i % 4, i // 4 % 4) of sample i.

    Frozen; gradients flow to the output. ``network`` maps pictures in [-1, 1] to (B, 1, 1, 1); ``None`` takes AlexNet
    v0.1. Needs 34 px on each side. Raises ``ModelError`` when the weights cannot be had.
    """

    def __init__(self, network: nn.Module | None = None) -> None:
        super().__init__()
        self.network = load_lpips() if network is None else network

    def forward(self, output: Image, target: Image) -> PerSample:
        """Distance of ``output`` to ``target``, in float32 under autocast too."""
        with torch.autocast(output.device.type, enabled=False):
            return self.network(*(2 * _seen(image.float()) - 1 for image in (output, target))).flatten()


def _seen(image: Image) -> Tensor:
    """(B, 3, H, W) to (B, 3, H - 3, W - 3), every sample cut from a corner of its own."""
    height, width = (side - STRIDE_PX + 1 for side in image.shape[-2:])
    corners = [divmod(number % STRIDE_PX**2, STRIDE_PX) for number in range(len(image))]
    windows = [image[row, :, y : y + height, x : x + width] for row, (y, x) in enumerate(corners)]
    return torch.stack(windows)
