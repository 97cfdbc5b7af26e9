"""The value of ``--region``: "10,20,50,60", "10,20 50,20 30,60", or the name of a mask picture -> a region."""

import re
from pathlib import Path

from srgan_prompt.errors import UsageError

_NUMBER = r"\s*[-+]?\d+(?:\.\d+)?\s*"
_BOX = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}}")
_POINT = re.compile(rf"({_NUMBER}),({_NUMBER})")
_POLYGON = re.compile(rf"{_POINT.pattern}(?:[;\s]{_POINT.pattern}){{2,}}")


def read_region(text: str | None) -> object:
    """A box (x0, y0, x1, y1), a list of points, a mask [height, width] in [0, 1], or None.

    Raises UsageError for text that is neither numbers nor a file, InputImageError for a mask that cannot be read.
    """
    if text is None:
        return None
    if _BOX.fullmatch(text):
        return tuple(float(number) for number in text.split(","))
    if _POLYGON.fullmatch(text):
        return [(float(x), float(y)) for x, y in _POINT.findall(text)]
    if not Path(text).exists():
        raise UsageError(f"--region '{text}' is no box X0,Y0,X1,Y1, no polygon X,Y X,Y X,Y, and no picture's name.")
    return _read_mask(Path(text))


def _read_mask(path: Path) -> object:
    from srgan_prompt.images.read import read_image
    from srgan_prompt.inference.region import mask_of_image

    return mask_of_image(read_image(path))
