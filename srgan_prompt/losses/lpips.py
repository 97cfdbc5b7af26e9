"""LPIPS (Zhang et al. 2018, equation 1) as a loss: RGB [0, 1] (B, 3, H, W) in, one number per sample (B,) out.

    sum over layers l of the mean over positions of |w_l * (y_l - y'_l)|^2, y_l with channels of unit length

On AlexNet it takes a thirtieth of the multiplications of VGG16 up to conv4_3. AlexNet begins with a stride of 4
pixels, which is also the step of a x4 pixel shuffle: seen always at the same phase, a network learns a grid of that
period unpunished (seen as a woven grain). So each sample is seen from a corner drawn anew each time.
"""

import torch
from torch import Tensor, nn

from srgan_prompt.assets.lpips_net import load_lpips
from srgan_prompt.types import Image, PerSample

STRIDE_PX = 4


class LpipsLoss(nn.Module):
    """LPIPS between what two pictures show right and below of a pixel drawn in the first 4x4, by torch's generator.

    Frozen; gradients flow to the output. ``network`` maps pictures in [-1, 1] to (B, 1, 1, 1); ``None`` takes AlexNet
    v0.1. Needs 34 px on each side. Raises ``ModelError`` when the weights cannot be had.
    """

    def __init__(self, network: nn.Module | None = None) -> None:
        super().__init__()
        self.network = load_lpips() if network is None else network

    def forward(self, output: Image, target: Image) -> PerSample:
        """Distance of ``output`` to ``target``, in float32 under autocast too."""
        corners = torch.randint(STRIDE_PX, (len(output), 2)).tolist()
        with torch.autocast(output.device.type, enabled=False):
            return self.network(*(2 * _seen(image.float(), corners) - 1 for image in (output, target))).flatten()


def _seen(image: Image, corners: list[list[int]]) -> Tensor:
    """(B, 3, H, W) to (B, 3, H - 3, W - 3), sample i cut from (y, x) = ``corners[i]`` on."""
    height, width = (side - STRIDE_PX + 1 for side in image.shape[-2:])
    return torch.stack([each[:, y : y + height, x : x + width] for each, (y, x) in zip(image, corners, strict=True)])
