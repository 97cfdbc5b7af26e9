"""Before and after as one image: a row for every result, the upscaled input at the left."""

import os
from pathlib import Path

import numpy as np

from srgan_prompt.errors import OutputError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX
from srgan_prompt.images.image import ImageMeta, LoadedImage
from srgan_prompt.images.paths import Plan
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.result import UpscaleResult

MAX_ROWS = 16
ROW_PIXELS = 2**20
_GAP_PX = 8
_WHITE = 255


class Comparison:
    """Collects results, at most ``MAX_ROWS``, each reduced to at most a megapixel; ``write`` makes the image."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []
        self.num_left_out = 0

    def add(self, result: UpscaleResult) -> None:
        """One more row, if there is room."""
        if len(self._rows) == MAX_ROWS:
            self.num_left_out += 1
        else:
            self._rows.append(np.asarray(result.side_by_side(ROW_PIXELS)))

    def write(self, path: Path) -> None:
        """Write the rows below each other; nothing if there are none. Raises OutputError."""
        if not self._rows:
            return
        width_px = max(row.shape[1] for row in self._rows)
        height_px = sum(row.shape[0] + _GAP_PX for row in self._rows) - _GAP_PX
        sheet = np.full((height_px, width_px, 3), _WHITE, np.uint8)
        top = 0
        for row in self._rows:
            sheet[top : top + row.shape[0], : row.shape[1]] = row
            top += row.shape[0] + _GAP_PX
        write_image(path, LoadedImage(sheet, meta=ImageMeta("comparison")))


def refuse_comparison_over(path: Path, plan: Plan, *, overwrite: bool) -> None:
    """Raise OutputError if a sheet at ``path`` would replace an input, a result, or (unless told) any file.

    Raises UsageError if its name says no format that can be written.
    """
    if path.suffix.lower() not in FORMAT_OF_SUFFIX:
        raise UsageError(f"{printable(path)}: not a format that can be written; use .png, .jpg, .webp or .tif.")
    taken = {os.path.realpath(name) for job in (*plan.jobs, *plan.skipped) for name in (job.source, job.target)}
    if os.path.realpath(path) in taken:
        raise OutputError(f"{printable(path)}: is an input or a result; choose another name for the comparison.")
    if path.is_dir():
        raise OutputError(f"{printable(path)}: is a folder; name an image for the comparison.")
    if os.path.lexists(path) and not overwrite:
        raise OutputError(f"{printable(path)}: already exists; use --overwrite or another name for the comparison.")
