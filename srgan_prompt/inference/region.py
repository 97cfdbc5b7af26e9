"""Where a prompt acts: a box, polygon or mask in input pixels becomes a weight in [0, 1] for every output pixel.

The weight is exactly 0 outside the region and fades in over a few pixels inside it, so that nothing else is touched.
"""

from typing import Any, TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from srgan_prompt.errors import UsageError
from srgan_prompt.images.image import LoadedImage, luma, quantise, to_float
from srgan_prompt.images.read import read_pillow

Region: TypeAlias = Any
"""(x0, y0, x1, y1), a list of (x, y) points, or a mask of the input's size: Pillow (soft; what is
transparent is outside), floats in [0, 1] (soft), integers or booleans (above 0 is inside)."""

FEATHER_PX = 4
_LINES_PER_PX = 8


def region_weights(region: Region, width_px: int, height_px: int) -> np.ndarray:
    """The weight of every INPUT pixel, uint8 [height, width], feathered to the inside.

    Raises:
        UsageError: the region has another form or size, or holds no pixel of the image.
    """
    mask = _mask(region, width_px, height_px)
    if mask.getbbox() is None:
        raise UsageError(f"The region holds no pixel of the {width_px} x {height_px} image.")
    return _feather(mask)


def upscaled_weights(weights: np.ndarray, rows: slice, columns: slice, scale: int) -> np.ndarray:
    """The weights of the OUTPUT pixels that ``rows`` x ``columns`` of the input become, float32 [h, w, 1].

    Interpolated inside; a pixel whose own input pixel is outside the region gets exactly 0.
    """
    top, left = max(0, rows.start - 1), max(0, columns.start - 1)
    part = weights[top : rows.stop + 1, left : columns.stop + 1]
    size_px = ((columns.stop - columns.start) * scale, (rows.stop - rows.start) * scale)
    box = (columns.start - left, rows.start - top, columns.stop - left, rows.stop - top)
    smooth = Image.fromarray(part.astype(np.float32)).resize(size_px, Image.Resampling.BILINEAR, box=box)
    inside = weights[rows, columns].repeat(scale, axis=0).repeat(scale, axis=1) > 0
    return (np.asarray(smooth) * inside / 255)[..., None].astype(np.float32)


def mask_of_image(image: LoadedImage) -> np.ndarray:
    """The mask that ``image`` shows, float32 [height, width]: 1 where it is white, 0 where black or transparent."""
    mask = to_float(luma(image.rgb))
    return mask if image.alpha is None else mask * to_float(image.alpha)


def _mask(region: Region, width_px: int, height_px: int) -> Image.Image:
    if isinstance(region, Image.Image):
        region = mask_of_image(read_pillow(region))
    if isinstance(region, np.ndarray) and region.shape == (height_px, width_px):
        soft = region if region.dtype.kind == "f" else region > 0
        return Image.fromarray(np.ceil(np.clip(np.nan_to_num(soft), 0, 1) * 255).astype(np.uint8))
    mask = Image.new("L", (width_px, height_px))
    match _numbers(region):
        case [float(x0), float(y0), float(x1), float(y1)] if x0 < x1 and y0 < y1:
            left, top = int(x0), int(y0)
            ImageDraw.Draw(mask).rectangle((left, top, max(left, round(x1) - 1), max(top, round(y1) - 1)), fill=255)
        case [[_, _], [_, _], [_, _], *_] as points:
            return Image.fromarray(quantise(_covered(np.array(points), width_px, height_px), np.uint8))
        case _:
            raise UsageError(
                "A region is a box (x0, y0, x1, y1), three or more (x, y) points,"
                f" or a mask of {width_px} x {height_px} pixels."
            )
    return mask


def _covered(points: np.ndarray, width_px: int, height_px: int) -> np.ndarray:
    """The part of every pixel that a polygon [n, 2] covers (even-odd), float [height, width] in [0, 1].

    Corners lie between pixels, as those of a box do. Exact across, and the mean of ``_LINES_PER_PX`` lines down.
    """
    covered = np.zeros((height_px, width_px))
    columns = np.arange(width_px)
    (x, y), (next_x, next_y) = points.T, np.roll(points, -1, axis=0).T
    for row in range(max(0, int(y.min())), min(height_px, int(np.ceil(y.max())))):
        for line in row + (np.arange(_LINES_PER_PX) + 0.5) / _LINES_PER_PX:
            crossed = (y <= line) != (next_y <= line)
            share = (line - y[crossed]) / (next_y - y)[crossed]
            borders = np.sort(x[crossed] + share * (next_x - x)[crossed])
            for left, right in zip(borders[::2], borders[1::2], strict=True):
                covered[row] += np.clip(right - columns, 0, 1) - np.clip(left - columns, 0, 1)
    return covered / _LINES_PER_PX


def _numbers(region: Region) -> list | None:
    """Nested lists of floats, however the numbers came; None for anything else, and for what no image reaches."""
    try:
        numbers = np.asarray(region, dtype=float)
    except (TypeError, ValueError):
        return None
    return numbers.tolist() if (np.abs(numbers) < 1e6).all() else None


def _feather(mask: Image.Image) -> np.ndarray:
    """The mean of the mask and its erosions by 1, 2, ... px; a region too thin to erode further keeps full weight."""
    total, count = np.zeros(mask.size[::-1], np.uint16), 0
    while count < FEATHER_PX and mask.getbbox() is not None:
        total += np.asarray(mask)
        count += 1
        mask = mask.filter(ImageFilter.MinFilter(3))
    return np.ceil(total / count).astype(np.uint8)
