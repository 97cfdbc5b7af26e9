"""How close an image is to its original: PSNR, SSIM, LPIPS and DISTS, and which of them a table shows.

Images are uint8 RGB (H, W, 3), scores plain floats. PSNR and SSIM on luma follow super-resolution tables: BT.601 in
16-235 from 8-bit RGB, a border of ``scale`` pixels cropped. The others see whole RGB images.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.assets.metric_networks import Backbone, load_dists, load_lpips
from srgan_prompt.errors import UsageError
from srgan_prompt.images.image import LUMA

if TYPE_CHECKING:
    from torch import Tensor

lpips_network = cache(load_lpips)
dists_network = cache(load_dists)


def psnr(mean_squared_error: np.ndarray | np.floating | float, peak: float = 1.0) -> np.ndarray:
    """Peak signal-to-noise ratio in dB of errors of any shape; infinite where there is none."""
    with np.errstate(divide="ignore"):
        return 10 * np.log10(peak**2 / np.asarray(mean_squared_error, np.float64))


def psnr_rgb(output: np.ndarray, target: np.ndarray) -> float:
    """PSNR over R, G and B in dB; infinite for equal images."""
    return float(psnr(np.mean((output.astype(np.float64) - target.astype(np.float64)) ** 2), peak=255))


def psnr_y(output: np.ndarray, target: np.ndarray, scale: int) -> float:
    """PSNR of luma in dB; infinite for equal images."""
    return float(psnr(np.mean((_inner_luma(output, scale) - _inner_luma(target, scale)) ** 2), peak=255))


def ssim_y(output: np.ndarray, target: np.ndarray, scale: int) -> float:
    """Structural similarity of luma (Wang et al. 2004), at most 1. Needs 11 px on each side after the crop."""
    import torch

    try:
        import piq
    except ImportError as error:
        raise UsageError("Measuring needs piq; run: pip install 'srgan-prompt[eval]'") from error
    planes = [torch.from_numpy(_inner_luma(image, scale) / 255)[None, None] for image in (output, target)]
    # piq shrinks large images first unless told not to; the published tables do not.
    return float(piq.ssim(*planes, data_range=1.0, downsample=False))


def luma(rgb: np.ndarray) -> np.ndarray:
    """BT.601 luma, (H, W) float64 in [16, 235], of (H, W, 3) uint8: what MATLAB's rgb2ycbcr gives before rounding."""
    return rgb.astype(np.float64) @ (np.array(LUMA) * 219 / 255) + 16


def _inner_luma(rgb: np.ndarray, border_px: int) -> np.ndarray:
    return luma(rgb)[border_px:-border_px, border_px:-border_px]


def lpips(output: np.ndarray, target: np.ndarray, backbone: Backbone = "alex") -> float:
    """Learned perceptual distance (Zhang et al. 2018), 0 for equal images. Raises ``ModelError`` without weights.

    Tables are of AlexNet; VGG16 is a second opinion on networks that were trained on the first.
    """
    import torch

    with torch.inference_mode():
        return float(lpips_network(backbone)(_to_tensor(output) / 127.5 - 1, _to_tensor(target) / 127.5 - 1))


def dists(output: np.ndarray, target: np.ndarray) -> float:
    """Structure and texture distance (Ding et al. 2020), 0 for equal images. Raises ``ModelError`` without weights.

    It was made to forgive a texture that is right and lies elsewhere, which the other metrics count as an error.
    """
    import torch

    with torch.inference_mode():
        return float(dists_network()(_to_tensor(output) / 255, _to_tensor(target) / 255))


def _to_tensor(rgb: np.ndarray) -> "Tensor":
    """(1, 3, H, W) float32 in [0, 255]."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).float()[None]


def as_rgb8(image: "Tensor") -> np.ndarray:
    """(3, H, W) in [0, 1], clipped and rounded, to (H, W, 3) uint8: what a file would hold and a metric sees."""
    from srgan_prompt.operators.corruptions import to_uint8

    return to_uint8(image).permute(1, 2, 0).numpy()


Scores = Mapping[str, float | None]
"""Of one image, or the mean of many, by the key of the column; None where it was left out."""


@dataclass(frozen=True)
class Column:
    """A metric, ``measure(output, target, scale)``, with its ``key`` in JSON and its ``heading`` in Markdown."""

    key: str
    heading: str
    num_decimals: int
    measure: Callable[[np.ndarray, np.ndarray, int], float]


@dataclass(frozen=True)
class Columns:
    """The columns of one table in order, and the ``protocol`` that is printed below it."""

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
    "PSNR and SSIM on luma (BT.601, 16-235, not rounded) of 8-bit images, border of `scale` px cropped, "
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
