"""Samples of a network as one image to look at: a column for each way to make them, with its name above."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont

from srgan_prompt.types import Image

LABEL_PX = 20
_FONT_PX = 14
_SMALLEST_FONT_PX = 6


def sample_sheet(columns: Mapping[str, Sequence[Image]]) -> np.ndarray:
    """``columns``: names, and under each the same number of (1, 3, H, W) in [0, 1], clipped. To (H, W, 3) uint8."""
    rows = [torch.cat(row, dim=-1) for row in zip(*columns.values(), strict=True)]
    pixels = torch.cat(rows, dim=-2)[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    labels = [_label(name, images[0].shape[-1]) for name, images in columns.items()]
    return np.concatenate([np.concatenate(labels, axis=1), pixels])


def _label(name: str, width_px: int) -> np.ndarray:
    """``name`` in black on white, (LABEL_PX, width, 3), as large as the width allows."""
    strip = PilImage.new("RGB", (width_px, LABEL_PX), "white")
    fonts = [ImageFont.load_default(size_px) for size_px in range(_FONT_PX, _SMALLEST_FONT_PX - 1, -1)]
    font = next((each for each in fonts if each.getlength(name) <= width_px - 4), fonts[-1])
    ImageDraw.Draw(strip).text((2, LABEL_PX // 2), name, fill="black", font=font, anchor="lm")
    return np.asarray(strip)
