"""An image in memory, which every surface of the package reads, passes on and writes; and arithmetic on its pixels.

Pixels are numpy, HWC, uint8 or uint16, sRGB-encoded and upright; everything else the file said is in ``ImageMeta``.
The arithmetic keeps their dtype where nothing else is said. What needs wider numbers on its way goes a band of rows at
a time, so that a huge image needs no wide copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.images.png import Chunk
from srgan_prompt.images.side_data import NO_SIDE_DATA, SideData

LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue in Y', by ITU-R BT.601; they sum to 1."""

_LUMA_OF_65536 = [round(weight * 65_536) for weight in LUMA]
_ROWS_PER_BAND_PX = 256


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
        from srgan_prompt.images.color import to_srgb

        rgb = to_srgb(self.rgb, self.meta.icc_profile)
        return LoadedImage(rgb, self.alpha, replace(self.meta, is_native=False))

    def for_network(self) -> "tuple[LoadedImage, np.ndarray | None]":
        """What a network works on, and its curve to sRGB's: the profile's own values, so that none is clipped to sRGB.

        Profiles whose greys are not grey go through sRGB.
        """
        native = self.as_native()
        profile = native.meta.icc_profile
        if not native.meta.is_native or profile is None:
            return self, None
        from srgan_prompt.images.color import neutral_curve

        curve = neutral_curve(profile)
        return (self.as_srgb(), None) if curve is None else (native, curve)

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


def to_float(pixels: np.ndarray) -> np.ndarray:
    """Integer pixels to float32 in [0, 1]."""
    return pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)


def quantise(pixels: np.ndarray, dtype: np.dtype | type) -> np.ndarray:
    """Float [0, 1] to the full range of ``dtype``, clipped and rounded to nearest. Works in place on ``pixels``."""
    pixels *= np.iinfo(dtype).max
    np.rint(pixels, out=pixels)
    np.clip(pixels, 0, np.iinfo(dtype).max, out=pixels)
    return pixels.astype(dtype)


def to_uint8(pixels: np.ndarray) -> np.ndarray:
    """uint16 -> uint8, rounded to nearest; uint8 is returned as it is."""
    if pixels.dtype == np.uint8:
        return pixels
    return ((pixels.astype(np.uint32) * 255 + 32_767) // 65_535).astype(np.uint8)


def luma(rgb: np.ndarray) -> np.ndarray:
    """Y' [H, W] of full-range RGB [H, W, 3] by ITU-R BT.601, in integers: equal channels come back exactly."""
    red, green, blue = (rgb[..., channel].astype(np.uint32) * _LUMA_OF_65536[channel] for channel in range(3))
    return ((red + green + blue + 0x8000) >> 16).astype(rgb.dtype)


def bands_of_rows(num_rows: int) -> Iterator[slice]:
    """All rows, a few hundred at a time."""
    for top in range(0, num_rows, _ROWS_PER_BAND_PX):
        yield slice(top, top + _ROWS_PER_BAND_PX)


def flatten(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` [H, W, 3] seen through ``alpha`` [H, W], which it was not multiplied by, over white."""
    white = int(np.iinfo(rgb.dtype).max)
    result = np.empty_like(rgb)
    for rows in bands_of_rows(len(rgb)):
        opacity = alpha[rows, :, None].astype(np.uint32)
        # white * white + white // 2 stays under 2**32 for 16 bits.
        result[rows] = (rgb[rows] * opacity + white * (white - opacity) + white // 2) // white
    return result


def fill_transparent(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """``rgb`` with each fully transparent pixel given the mean colour of the nearest visible ones.

    Call it before a network or a filter sees ``rgb``: whatever was stored under alpha 0 would bleed over the edge.
    Visible pixels keep their values. The means come from a 2 x 2 pyramid (the pull-push method of Gortler et al. 1996).
    """
    visible = alpha > 0
    if visible.all() or not visible.any():
        return rgb
    return _fill(rgb, visible)


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


def make_upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """``pixels`` turned as EXIF ``orientation`` (1..8) asks; contiguous."""
    if orientation >= 5:  # stored as columns
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
