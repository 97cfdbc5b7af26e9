"""How close a picture is to its original: PSNR, SSIM, LPIPS and DISTS. uint8 RGB (H, W, 3) in, one float out.

Those on luma follow super-resolution tables: BT.601 in 16-235 from 8-bit RGB, a border of ``scale`` pixels cropped.
The others see whole RGB pictures.

What a table measures: a metric a column, and the protocol that is printed below it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.assets.metric_networks import Backbone, load_dists, load_lpips
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


Scores = Mapping[str, float | None]
"""Of one image, or the mean of many, by the key of the column; None where it was left out."""


@dataclass(frozen=True)
class Column:
    """A metric, ``measure(output, target, scale)`` of (H, W, 3) uint8; ``key`` in JSON, ``heading`` in Markdown."""

    key: str
    heading: str
    num_decimals: int
    measure: Callable[[np.ndarray, np.ndarray, int], float]


@dataclass(frozen=True)
class Columns:
    """The columns of one table in order."""

    columns: tuple[Column, ...]
    protocol: str

    def measure(self, output: np.ndarray, target: np.ndarray, scale: int, without: Collection[str]) -> Scores:
        """All scores of ``output`` against ``target``, both (H, W, 3) uint8, but for the keys in ``without``."""
        return {each.key: None if each.key in without else each.measure(output, target, scale) for each in self.columns}


_LPIPS = Column("lpips", "LPIPS ↓", 4, lambda output, target, scale: lpips(output, target, "alex"))
_LPIPS_VGG = Column("lpips_vgg", "with VGG16 ↓", 4, lambda output, target, scale: lpips(output, target, "vgg"))

STANDARD = Columns(
    (
        Column("psnr_y_db", "PSNR-Y (dB) ↑", 2, psnr_y),
        Column("ssim_y", "SSIM-Y ↑", 4, ssim_y),
        _LPIPS,
        _LPIPS_VGG,
    ),
    "PSNR and SSIM on luma (BT.601, 16-235, not rounded) of 8-bit pictures, border of `scale` px cropped, "
    "SSIM with an 11 px Gaussian window of sigma 1.5; LPIPS with AlexNet v0.1 on RGB in [-1, 1], nothing cropped",
)
"""Those of super-resolution tables."""

DAMAGED = Columns(
    (
        Column("psnr_rgb_db", "PSNR-RGB (dB) ↑", 2, lambda output, target, scale: psnr_rgb(output, target)),
        _LPIPS,
        _LPIPS_VGG,
        Column("dists", "DISTS ↓", 4, lambda output, target, scale: dists(output, target)),
    ),
    "PSNR over R, G and B of 8-bit images; LPIPS v0.1 with AlexNet and with VGG16 on RGB in [-1, 1]; DISTS on RGB in "
    "[0, 1], not shrunk to 256 px first; nothing cropped. Damage: rounded to 8 bits after every step, "
    "sigma of noise of 255 and independent in R, G and B, JPEG by Pillow with colour in 4:2:0",
)
"""Those of restoration, where colours may be wrong as well; no loss of ours holds DISTS."""
