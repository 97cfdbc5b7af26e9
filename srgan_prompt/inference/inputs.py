"""What a caller may hand over as one picture, brought to one form: ``LoadedImage``.

Paths, file contents and streams, Pillow images, numpy arrays [H, W], [H, W, 3] or [H, W, 4], torch tensors [3, H, W];
uint8, uint16, or floats in [0, 1].
"""

import os
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.color import ProfileError, to_srgb
from srgan_prompt.images.loaded import ImageMeta, LoadedImage
from srgan_prompt.images.modes import UnsupportedModeError, decode_pixels
from srgan_prompt.images.read import read_image

_MAX_OVERSHOOT = 0.5  # a filter may ring beyond black and white; more is another range


def as_loaded(image: Any) -> LoadedImage:
    """``image`` as sRGB pixels. Floats in [0, 1] are rounded to 8 bits, and clipped; uint16 keeps its 16.

    Raises:
        InputImageError: it cannot be read, or its shape or type is not a picture's.
    """
    if isinstance(image, LoadedImage):
        return image
    if isinstance(image, str | bytes | os.PathLike) or hasattr(image, "read"):
        return read_image(image)
    if isinstance(image, Image.Image):
        return _from_pillow(image)
    if hasattr(image, "detach"):  # a tensor, told without importing torch
        pixels = image.detach().cpu()
        return _from_array(_channels_last((pixels.float() if pixels.is_floating_point() else pixels).numpy()))
    if isinstance(image, np.ndarray):
        return _from_array(image)
    raise InputImageError(f"A {type(image).__name__} is not a picture; give a path, Pillow image, array or tensor.")


def _from_pillow(image: Image.Image) -> LoadedImage:
    if min(image.size) < 1:
        raise InputImageError("The Pillow image has no pixels.")
    try:
        image.load()
        copy = image.copy()
        copy.tile = []  # nothing is left to decode; images made in memory lack the attribute
        pixels = decode_pixels(copy, image.copy)
        profile = image.info.get("icc_profile")
        try:
            rgb = to_srgb(pixels.colour, profile)
        except ProfileError:
            rgb, profile = to_srgb(pixels.colour, None), None
    except (UnsupportedModeError, OSError) as error:
        raise InputImageError(f"The Pillow image cannot be used: {error}.") from None
    is_gray = pixels.colour.ndim == 2
    keeps_profile = profile and not is_gray and pixels.colour.shape[-1] == 3
    meta = ImageMeta("<image>", is_gray=is_gray, icc_profile=profile if keeps_profile else None, notes=pixels.notes)
    return LoadedImage(rgb, pixels.alpha, meta)


def _from_array(array: np.ndarray) -> LoadedImage:
    if array.size == 0 or array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (1, 3, 4)):
        raise InputImageError(f"An array of shape {array.shape} is not a picture; give [H, W], [H, W, 3] or [H, W, 4].")
    pixels = _integers(array)
    is_gray = pixels.ndim == 2 or pixels.shape[2] == 1
    if is_gray:
        pixels = np.broadcast_to(pixels.reshape(*pixels.shape[:2], 1), (*pixels.shape[:2], 3))
    alpha = np.ascontiguousarray(pixels[..., 3]) if pixels.shape[2] == 4 else None
    return LoadedImage(np.ascontiguousarray(pixels[..., :3]), alpha, replace(ImageMeta(), is_gray=is_gray))


def _integers(array: np.ndarray) -> np.ndarray:
    if array.dtype in (np.uint8, np.uint16):
        return array
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise InputImageError(f"An array of {array.dtype} is not a picture; give uint8, uint16, or floats in [0, 1].")
    if array.min() < -_MAX_OVERSHOOT or array.max() > 1 + _MAX_OVERSHOOT:
        raise InputImageError(f"Floats from {array.min():g} to {array.max():g} are not in [0, 1]; divide by 255 first.")
    return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)


def _channels_last(array: np.ndarray) -> np.ndarray:
    if array.ndim == 4 and len(array) == 1:
        array = array[0]
    if array.ndim != 3 or len(array) not in (1, 3):
        raise InputImageError(f"A tensor of shape {array.shape} is not a picture; give one of shape [3, H, W].")
    return np.moveaxis(array, 0, -1)
