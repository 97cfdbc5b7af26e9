"""Compression by real encoders: what JPEG and WebP files make of a picture, through Pillow and memory.

Not differentiable, and always on the CPU. A differentiable JPEG on the device rounds softly and is kinder than a file.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from PIL import Image as PilImage

from srgan_prompt.types import Image

CodecKind = Literal["jpeg", "webp"]
Subsampling = Literal["4:2:0", "4:4:4"]


@dataclass(frozen=True)
class Codec:
    """One file. ``quality`` 1..100 as Pillow counts; ``subsampling`` of colour is JPEG's choice, WebP has only 4:2:0.

    ``offset_px`` (x, y): how far into the first block the picture begins. Its blocks end anywhere then, as those of a
    part of a larger picture do.
    """

    kind: CodecKind
    quality: int
    subsampling: Subsampling = "4:2:0"
    offset_px: tuple[int, int] = (0, 0)

    def file(self, pixels: np.ndarray) -> bytes:
        """``pixels`` (H, W, 3) uint8 as the bytes of a file."""
        file = io.BytesIO()
        own = {"subsampling": self.subsampling} if self.kind == "jpeg" else {"method": 2}  # a third faster than 4
        PilImage.fromarray(pixels).save(file, self.kind, quality=self.quality, **own)
        return file.getvalue()

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """``pixels`` (H, W, 3) uint8, encoded and decoded again."""
        left, top = self.offset_px
        padded = np.pad(pixels, ((top, 0), (left, 0), (0, 0)), mode="edge")
        with PilImage.open(io.BytesIO(self.file(padded))) as decoded:  # noqa: TID251 - bytes that we have just encoded
            return np.asarray(decoded.convert("RGB"))[top:, left:]


def round_trip(image: Image, codecs: Sequence[Codec | None]) -> Image:
    """Each of B pictures on the CPU, rounded to 8 bits, through the file that ``codecs`` (B) says; None: untouched."""
    coded = {row: codec for row, codec in enumerate(codecs) if codec}
    if not coded:
        return image
    rows = list(coded)
    pixels = image[rows].clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).contiguous().numpy()
    decoded = np.stack([codec(each) for codec, each in zip(coded.values(), pixels, strict=True)])
    return image.index_copy(0, torch.tensor(rows), torch.from_numpy(decoded).permute(0, 3, 1, 2).to(image.dtype) / 255)
