"""Windows out of photos, and crops and flips that move input and answer together."""

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Patches:
    """Where the training patch of each of R samples lies, and how it is turned; the same for input and answer.

    Cutting comes after degrading, so that blur and JPEG blocks do not begin at the patch's border.
    """

    side_px: int
    corners_px: np.ndarray  # (R, 2) left and top, in low-resolution pixels
    turns: np.ndarray  # (R, 3) booleans: mirrored left-right, top-bottom, along the diagonal

    @classmethod
    def sample(cls, source_px: int, side_px: int, rngs: Sequence[np.random.Generator]) -> "Patches":
        """Patches of ``side_px`` in pictures of ``source_px``, anywhere and turned any way; one generator a sample."""
        corners = np.stack([rng.integers(source_px - side_px + 1, size=2) for rng in rngs])
        return cls(side_px, corners, np.stack([rng.random(3) < 0.5 for rng in rngs]))

    def cut(self, image: Tensor, scale: int = 1) -> Tensor:
        """The patches (R, 3, s * side, s * side) of ``image`` (R, 3, H, W), which is ``scale`` (s) times the input."""
        return self.turn(self.crop(image, torch.arange(len(image)), scale))

    def crop(self, image: Tensor, rows: Tensor, scale: int = 1) -> Tensor:
        """The same, not yet turned, when sample r shows picture ``rows[r]`` of ``image`` (N, 3, H, W)."""
        span = self.side_px * scale
        corners = (self.corners_px * scale).tolist()
        places = zip(rows.tolist(), corners, strict=True)
        return torch.stack([image[row, :, top : top + span, left : left + span] for row, (left, top) in places])

    def turn(self, image: Tensor) -> Tensor:
        """Each sample of ``image`` (R, 3, H, H) mirrored and transposed as drawn."""
        return torch.stack([_turned(one, turns) for one, turns in zip(image, self.turns, strict=True)])


def _turned(image: Tensor, turns: np.ndarray) -> Tensor:
    mirrored, upside_down, diagonal = turns
    image = image.flip([axis for axis, turn in ((-1, mirrored), (-2, upside_down)) if turn])
    return image.transpose(-1, -2) if diagonal else image
