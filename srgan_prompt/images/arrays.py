"""Arrays as images: numpy [H, W], [H, W, 3] or [H, W, 4], torch [3, H, W]; uint8, uint16, or floats in [0, 1]."""

from typing import Any

import numpy as np

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.image import ImageMeta, LoadedImage, quantise

# A filter may ring beyond black and white, at few pixels or by little; more is another range, such as [-0.5, 0.5].
_MAX_OVERSHOOT = 0.5
_MAX_MEAN_OVERSHOOT = 0.01
_TOLD_ABOVE = 1e-4


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
