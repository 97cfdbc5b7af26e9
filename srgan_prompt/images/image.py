"""An image in memory, which every surface of the package reads, passes on and writes; and arithmetic on its pixels.

Pixels are numpy, HWC, uint8 or uint16, sRGB-encoded and upright; everything else the file said is in ``ImageMeta``.
Arrays and tensors become images here too. The arithmetic keeps their dtype where nothing else is said. What needs wider
numbers on its way goes a band of rows at a time, so that a huge image needs no wide copy.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.color import neutral_curve, to_srgb
from srgan_prompt.images.metadata import NO_SIDE_DATA, SideData
from srgan_prompt.images.png import Chunk

_ROWS_PER_BAND_PX = 256
# A filter may ring beyond black and white, at few pixels or by little; more is another range, such as [-0.5, 0.5].
_MAX_OVERSHOOT = 0.5
_MAX_MEAN_OVERSHOOT = 0.01
_TOLD_ABOVE = 1e-4


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

    def for_network(self) -> "tuple[LoadedImage, np.ndarray | None]":
        """What a network works on, and its curve to sRGB's: the profile's own values, so that none is clipped to sRGB.

        Profiles whose greys are not grey go through sRGB.
        """
        native = self.as_native()
        profile = native.meta.icc_profile
        if not native.meta.is_native or profile is None:
            return self, None
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


def bands_of_rows(num_rows: int) -> Iterator[slice]:
    """All rows, a few hundred at a time."""
    for top in range(0, num_rows, _ROWS_PER_BAND_PX):
        yield slice(top, top + _ROWS_PER_BAND_PX)


def is_neutral(rgb: np.ndarray) -> bool:
    """Whether every pixel of ``rgb`` [H, W, 3] is grey, up to the rounding of a JPEG or a colour profile."""
    tolerance = 1 if rgb.dtype == np.uint8 else 16
    return all(np.ptp(rgb[rows], axis=2).max() <= tolerance for rows in bands_of_rows(len(rgb)))


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


def read_array(image: Any) -> LoadedImage:
    """An array or tensor as sRGB pixels. Floats are rounded to 8 bits, and clipped; uint16 keeps its 16.

    Raises:
        InputImageError: its type, shape or range is not an image's.
    """
    if hasattr(image, "detach"):  # a tensor, told without importing torch
        pixels = image.detach().cpu()
        image = _channels_last((pixels.float() if pixels.is_floating_point() else pixels).numpy())
    if isinstance(image, np.ndarray):
        return _from_array(image)
    raise InputImageError(f"A {type(image).__name__} is not an image; give a path, Pillow image, array or tensor.")


def _from_array(array: np.ndarray) -> LoadedImage:
    if array.size == 0 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputImageError(f"An array of shape {array.shape} is not an image; give [H, W], [H, W, 3] or [H, W, 4].")
    pixels, notes = _integers(array)
    is_gray = pixels.ndim == 2 or pixels.shape[2] == 1
    if is_gray:
        pixels = np.broadcast_to(pixels.reshape(*pixels.shape[:2], 1), (*pixels.shape[:2], 3))
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return LoadedImage(np.ascontiguousarray(pixels[..., :3]), alpha, ImageMeta(is_gray=is_gray, notes=notes))


def _integers(array: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """uint8 or uint16, and a note if more than a trace of the values was clipped."""
    if array.dtype in (np.uint8, np.uint16):
        return array, ()
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise InputImageError(f"An array of {array.dtype} is not an image; give uint8, uint16, or floats in [0, 1].")
    lowest, highest = float(array.min()), float(array.max())
    clipped = np.clip(array, 0, 1)
    lost = float(np.abs(array - clipped).mean(dtype=np.float64))
    if max(-lowest, highest - 1) > _MAX_OVERSHOOT or lost > _MAX_MEAN_OVERSHOOT:
        advice = "divide by 255 first" if highest > 2 else "scale and shift them to it first"
        raise InputImageError(f"Floats from {lowest:g} to {highest:g} are not in [0, 1]; {advice}.")
    notes = (f"values from {lowest:.2g} to {highest:.2g} clipped to [0, 1]",) if lost > _TOLD_ABOVE else ()
    return quantise(clipped, np.uint8), notes


def _channels_last(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim != 3 or len(array) not in (1, 3):
        raise InputImageError(f"A tensor of shape {array.shape} is not an image; give one of shape [3, H, W].")
    return np.moveaxis(array, 0, -1)
