"""Windows out of photos, and crops and flips that move input and answer together (kornia, on the device)."""

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor


def cut_window(picture: np.ndarray, side_px: int, fit: str, rng: np.random.Generator) -> np.ndarray:
    """A square window (side, side, 3) uint8: cut out at random, or the picture's largest square shrunk into it."""
    height, width = picture.shape[:2]
    span = side_px if fit == "crop" else min(height, width)
    top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
    window = picture[top : top + span, left : left + span]
    if fit == "resize":
        return np.asarray(PilImage.fromarray(window).resize((side_px, side_px), PilImage.Resampling.BICUBIC))
    return np.asarray(window)


def augment_pair(
    lr: Tensor, hr: Tensor, patch_px: int, scale: int, rngs: Sequence[np.random.Generator]
) -> tuple[Tensor, Tensor]:
    """The same random crop, flips and transposition for ``lr`` (B, 3, h, w) and ``hr`` (B, 3, s*h, s*w).

    One generator a sample. Cropping comes after degrading, so that blur and JPEG blocks do not begin at the patch's border.
    """
    from kornia.geometry.transform import crop_by_indices

    spare = lr.shape[-1] - patch_px
    left, top = torch.from_numpy(np.stack([rng.integers(spare + 1, size=2) for rng in rngs], axis=1))
    small = crop_by_indices(lr, _corners(left, top, patch_px), size=(patch_px, patch_px))
    wide_px = patch_px * scale
    large = crop_by_indices(hr, _corners(left * scale, top * scale, wide_px), size=(wide_px, wide_px))
    flips = torch.from_numpy(np.stack([rng.random(3) < 0.5 for rng in rngs], axis=1)).to(lr.device)
    return _turned(small, flips), _turned(large, flips)


def _corners(left: Tensor, top: Tensor, side_px: int) -> Tensor:
    """Squares as kornia wants them (B, 4, 2): x, y of the corners, clockwise from top left, last pixel included."""
    right, bottom = left + side_px - 1, top + side_px - 1
    return torch.stack([left, top, right, top, right, bottom, left, bottom], dim=-1).view(-1, 4, 2)


def _turned(image: Tensor, flips: Tensor) -> Tensor:
    """Per picture: mirrored left-right, top-bottom and along the diagonal as ``flips`` (3, B) says."""
    mirror, upside, diagonal = flips[:, :, None, None, None]
    image = torch.where(mirror, image.flip(-1), image)
    image = torch.where(upside, image.flip(-2), image)
    return torch.where(diagonal, image.transpose(-1, -2), image).contiguous(memory_format=torch.channels_last)
