"""What a table measures: a metric a column, and the protocol that is printed below it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.metrics import dists, lpips, psnr_rgb, psnr_y, ssim_y

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
