"""Photos as training and measuring see them: the same files as ``srgan-prompt upscale`` finds, as uint8 RGB.

Hidden files and folders are passed over (on other systems' disks ``._photo.jpg`` is no photo). For runs without photos
there are synthetic images: gradients, discs, boxes, stripes and letters with hard and soft edges.
"""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

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


def draw_synthetic_image(seed: int, side_px: int = 192) -> np.ndarray:
    """One image (side, side, 3) uint8; the same seed draws the same image.

    Drawn at three times the size and reduced: a staircase edge would have no low-resolution counterpart to learn from.
    """
    rng = np.random.default_rng(seed)
    small_px, side_px = side_px, 3 * side_px
    corners = rng.integers(0, 256, (2, 2, 3), dtype=np.uint8)
    image = Image.fromarray(corners).resize((side_px, side_px), Image.Resampling.BILINEAR)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(6, 14)):
        color = tuple(int(value) for value in rng.integers(0, 256, 3))
        x, y = (int(value) for value in rng.integers(-60, side_px, 2))
        size = int(rng.integers(24, side_px // 2))
        match rng.integers(4):
            case 0:
                draw.ellipse((x, y, x + size, y + size), fill=color)
            case 1:
                draw.rectangle((x, y, x + size, y + size // 2), fill=color)
            case 2:
                for offset in range(0, size, 24):
                    draw.line((x + offset, y, x + offset + size // 3, y + size), fill=color, width=9)
            case 3:
                letters = "".join(chr(value) for value in rng.integers(65, 91, 6))
                draw.text((x, y), letters, fill=color, font_size=30 + size // 4)
    if rng.random() < 0.3:
        image = image.filter(ImageFilter.GaussianBlur(5.0))
    return np.asarray(image.resize((small_px, small_px), Image.Resampling.BOX))
