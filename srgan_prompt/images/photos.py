"""Photos as training and measuring see them: the same files as ``srgan-prompt upscale`` finds, as uint8 RGB.

Hidden files and folders are passed over (on other systems' disks ``._photo.jpg`` is no photo).
"""

import hashlib
from pathlib import Path

import numpy as np

from srgan_prompt.errors import DataError, InputImageError
from srgan_prompt.images.image import to_uint8
from srgan_prompt.images.paths import expand_inputs
from srgan_prompt.images.read import read_image


def photos_in(folder: Path) -> list[Path]:
    """The image files below ``folder``, in the order of their names. Raises DataError if it is missing or has none."""
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; give a folder of photos.")
    try:
        return sorted(file.path for file in expand_inputs([folder], recursive=True))
    except InputImageError as error:
        raise DataError(f"{error} Give a folder of photos.") from error


def read_rgb8(source: Path | str | bytes) -> np.ndarray:
    """A file, by name or content, as (H, W, 3) uint8: grey as three equal channels, 16 bits rounded.

    Colours stored where nothing can be seen are replaced, as before upscaling. Raises InputImageError, for an image
    too that is transparent everywhere.
    """
    image = read_image(source)
    if image.alpha is not None and not image.alpha.any():
        raise InputImageError(f"{image.meta.name}: every pixel is transparent; there is nothing to train on.")
    return to_uint8(image.opaque_rgb)


def identity_of(source: Path | bytes) -> str:
    """What changes when the image may have: path, size and time of a file, sha256 of a content."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    try:
        state = source.stat()
    except OSError:
        return f"{source.absolute()}, missing"
    return f"{source.resolve()}, {state.st_size} bytes, {state.st_mtime_ns} ns"
