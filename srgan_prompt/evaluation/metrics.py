"""How close a picture is to its original: PSNR, SSIM, LPIPS and DISTS. uint8 RGB (H, W, 3) in, one float out.

Those on luma follow super-resolution tables: BT.601 in 16-235 from 8-bit RGB, a border of ``scale`` pixels cropped.
The others see whole RGB pictures.
"""

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.assets.dists_net import load_dists
from srgan_prompt.assets.lpips_net import Backbone, load_lpips
from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from torch import Tensor

# BT.601 as in MATLAB's rgb2ycbcr: 8-bit RGB to luma between 16 and 235.
_LUMA = np.array([65.481, 128.553, 24.966]) / 255
_LUMA_OFFSET = 16.0

_lpips = cache(load_lpips)
_dists = cache(load_dists)


def luma(rgb: np.ndarray) -> np.ndarray:
    """BT.601 luma, (H, W) float64 in [16, 235], of (H, W, 3) uint8."""
    return rgb.astype(np.float64) @ _LUMA + _LUMA_OFFSET


def psnr_y(output: np.ndarray, target: np.ndarray, scale: int) -> float:
    """Peak signal-to-noise ratio of luma in dB; infinite for equal pictures."""
    output_y, target_y = _cropped_luma(output, target, scale)
    return _psnr(output_y, target_y)


def psnr_rgb(output: np.ndarray, target: np.ndarray) -> float:
    """Peak signal-to-noise ratio over R, G and B in dB; infinite for equal pictures."""
    return _psnr(output.astype(np.float64), target.astype(np.float64))


def ssim_y(output: np.ndarray, target: np.ndarray, scale: int) -> float:
    """Structural similarity of luma (Wang et al. 2004), at most 1. Needs 11 px on each side after the crop."""
    import torch

    try:
        import piq
    except ImportError as error:
        raise UsageError("Measuring needs piq; run: pip install 'srgan-prompt[eval]'") from error
    planes = [torch.from_numpy(y / 255)[None, None] for y in _cropped_luma(output, target, scale)]
    # piq shrinks large pictures first unless told not to; the published tables do not.
    return float(piq.ssim(*planes, data_range=1.0, downsample=False))


def lpips(output: np.ndarray, target: np.ndarray, backbone: Backbone = "alex") -> float:
    """Learned perceptual distance (Zhang et al. 2018), 0 for equal pictures. Raises ``ModelError`` without weights.

    Tables are of AlexNet; VGG16 is a second opinion on networks that were trained on the first.
    """
    import torch

    with torch.inference_mode():
        return float(_lpips(backbone)(_to_tensor(output) / 127.5 - 1, _to_tensor(target) / 127.5 - 1))


def dists(output: np.ndarray, target: np.ndarray) -> float:
    """Structure and texture distance (Ding et al. 2020), 0 for equal pictures. Raises ``ModelError`` without weights.

    It was made to forgive a texture that is right and lies elsewhere, which the other metrics count as an error.
    """
    import torch

    with torch.inference_mode():
        return float(_dists()(_to_tensor(output) / 255, _to_tensor(target) / 255))


def _psnr(output: np.ndarray, target: np.ndarray) -> float:
    error = np.mean((output - target) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))


def _cropped_luma(output: np.ndarray, target: np.ndarray, scale: int) -> tuple[np.ndarray, np.ndarray]:
    return luma(output)[scale:-scale, scale:-scale], luma(target)[scale:-scale, scale:-scale]


def _to_tensor(rgb: np.ndarray) -> "Tensor":
    """(1, 3, H, W) float32 in [0, 255]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).float()[None]
