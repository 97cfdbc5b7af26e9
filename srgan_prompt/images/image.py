"""An image in memory: what every surface of the package reads, passes on and writes.

Pixels are numpy, HWC, uint8 or uint16, sRGB-encoded and upright; everything else the file said is in ``ImageMeta``.
"""

from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.images.color import to_srgb
from srgan_prompt.images.pixels import fill_transparent
from srgan_prompt.images.png import Chunk
from srgan_prompt.images.side_data import NO_SIDE_DATA, SideData


@dataclass(frozen=True)
class ImageMeta:
    """What the file said beside its pixels.

    ``exif`` starts with ``Exif\\0\\0`` and its orientation is 1. ``icc_profile`` is the source's profile where the
    result can be converted back to it, else None (untagged means sRGB). ``is_native`` says that the pixels are that
    profile's own values instead of sRGB. ``hdr_chunks`` are a PNG's chunks that say how its HDR values are encoded; its
    pixels are then those values. ``notes`` are plain sentences for the user.
    A caller who colours a grey image says so with ``dataclasses.replace(meta, is_gray=False)``.
    """

    name: str = "<array>"
    format: str = "PNG"
    is_gray: bool = False
    icc_profile: bytes | None = None
    is_native: bool = False
    exif: bytes | None = None
    side_data: SideData = NO_SIDE_DATA
    hdr_chunks: tuple[Chunk, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadedImage:
    """``rgb`` [height, width, 3] and ``alpha`` [height, width] or None, of one dtype: uint8 or uint16.

    Alpha is straight: ``rgb`` was not multiplied by it. ``native`` is ``rgb`` before its conversion to sRGB, which
    clips what sRGB does not hold; None where both are equal.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None = None
    meta: ImageMeta = ImageMeta()
    native: np.ndarray | None = None

    def as_native(self) -> "LoadedImage":
        """This image with the values of its own profile in ``rgb``, where it has any."""
        if self.native is None:
            return self
        return LoadedImage(self.native, self.alpha, replace(self.meta, is_native=True))

    def as_srgb(self) -> "LoadedImage":
        """This image in sRGB, whatever it was in."""
        if not self.meta.is_native:
            return self
        rgb = to_srgb(self.rgb, self.meta.icc_profile)
        return LoadedImage(rgb, self.alpha, replace(self.meta, is_native=False))

    @property
    def opaque_rgb(self) -> np.ndarray:
        """``rgb`` for a network: what is hidden under alpha 0 is replaced by the colours around it."""
        return self.rgb if self.alpha is None else fill_transparent(self.rgb, self.alpha)

    @property
    def width_px(self) -> int:
        """Pixels in a row."""
        return self.rgb.shape[1]

    @property
    def height_px(self) -> int:
        """Rows."""
        return self.rgb.shape[0]
