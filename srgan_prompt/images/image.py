"""An image in memory: what every surface of the house reads, passes on and writes.

Pixels are numpy, HWC, uint8 or uint16, sRGB-encoded and upright; everything else the file said is in ``ImageMeta``.

Transparency: colours for what cannot be seen, and flattening.

Arrays are uint8 or uint16: ``rgb`` [H, W, 3] and ``alpha`` [H, W] of the same dtype, not premultiplied.
"""

from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.images.color import to_srgb
from srgan_prompt.images.metadata import NO_SIDE_DATA, SideData


@dataclass(frozen=True)
class ImageMeta:
    """What the file said beside its pixels.

    ``exif`` starts with ``Exif\\0\\0`` and its orientation is 1. ``icc_profile`` is the source's profile where the
    result can be converted back to it, else None (untagged means sRGB). ``is_native`` says that the pixels are that
    profile's own values instead of sRGB. ``hdr_chunks`` are a PNG's chunks that say how
    its HDR values are encoded; its pixels are then those values. ``notes`` are plain sentences for the user.
    A caller who colours a grey image says so with ``dataclasses.replace(meta, is_gray=False)``.
    """

    name: str = "<array>"
    format: str = "PNG"
    is_gray: bool = False
    icc_profile: bytes | None = None
    is_native: bool = False
    exif: bytes | None = None
    side_data: SideData = NO_SIDE_DATA
    hdr_chunks: tuple[tuple[bytes, bytes], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class LoadedImage:
    """``rgb`` [height, width, 3] and ``alpha`` [height, width] or None, of one dtype: uint8 or uint16.

    ``native`` is ``rgb`` before its conversion to sRGB, which clips what sRGB does not hold; None where both are equal.
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
        """Pixels a row."""
        return self.rgb.shape[1]

    @property
    def height_px(self) -> int:
        """Rows."""
        return self.rgb.shape[0]


_ROWS_PER_BAND_PX = 256


def fill_transparent(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` with each fully transparent pixel given the mean colour of the nearest visible ones.

    Call it before a network or a filter sees ``rgb``: whatever was stored under alpha 0 would bleed over the edge.
    Visible pixels keep their values. The means come from a 2 x 2 pyramid (the pull-push method of Gortler et al. 1996).
    """
    visible = alpha > 0
    if visible.all() or not visible.any():
        return rgb
    return _fill(rgb, visible)


def flatten(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` seen through ``alpha`` over white."""
    white = int(np.iinfo(rgb.dtype).max)
    result = np.empty_like(rgb)
    for top in range(0, len(rgb), _ROWS_PER_BAND_PX):
        rows = slice(top, top + _ROWS_PER_BAND_PX)
        opacity = alpha[rows, :, None].astype(np.uint32)
        # white * white + white // 2 stays under 2**32 for 16 bits.
        result[rows] = (rgb[rows] * opacity + white * (white - opacity) + white // 2) // white
    return result


def _fill(colour: np.ndarray, visible: np.ndarray) -> np.ndarray:
    if visible.all():
        return colour
    coarse = _fill(*_halve(colour, visible))
    rows, columns = np.nonzero(~visible)
    means = coarse[rows // 2, columns // 2]
    filled = colour.copy()
    filled[rows, columns] = np.rint(means) if colour.dtype.kind == "u" else means
    return filled


def _halve(colour: np.ndarray, visible: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of the visible pixels of each 2 x 2 block, float32, and whether there was one."""
    height, width = ((side + 1) // 2 for side in visible.shape)
    total = np.zeros((height, width, 3), np.float32)
    count = np.zeros((height, width, 1), np.float32)
    for corner in np.ndindex(2, 2):
        every_second = tuple(slice(start, None, 2) for start in corner)
        seen = visible[every_second][..., None]
        block = np.s_[: seen.shape[0], : seen.shape[1]]
        total[block] += colour[every_second] * seen
        count[block] += seen
    return total / np.maximum(count, 1), count[..., 0] > 0
