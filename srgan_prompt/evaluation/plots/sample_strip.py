"""How the samples of a run changed: the sheets of a few validations side by side, a column a step, a row a prompt."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.plots.figures import DPI, new_figure
from srgan_prompt.evaluation.validation import cut_sheet
from srgan_prompt.images.photos import read_rgb8

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHEET = re.compile(r"step_(\d{8,})\.png")
MARGIN_PX = 24  # for names, above and on the left
_FONT_PT = 10.0
_LETTER_PX_PER_PT = 0.6 * DPI / 72  # the mean width of a letter

Strip = Mapping[int, Mapping[str, np.ndarray]]


def read_strip(folder: Path, num_steps: int) -> Strip:
    """The first photo of at most ``num_steps`` sheets in ``folder``, the first and the last among them.

    By step, then by what a column of the sheet stands for: (H, W, 3) uint8. Raises DataError for a file that is no
    sheet, or if the sheets do not have the same columns.
    """
    sheets = {int(match[1]): path for path in folder.glob("*.png") if (match := _SHEET.fullmatch(path.name))}
    steps = sorted(sheets)
    chosen = np.linspace(0, len(steps) - 1, min(num_steps, len(steps))).round().astype(int)
    strip: dict[int, dict[str, np.ndarray]] = {}
    for step in (steps[number] for number in chosen):
        cells = cut_sheet(read_rgb8(sheets[step]))
        if cells is None or (strip and _shapes(cells) != _shapes(next(iter(strip.values())))):
            raise DataError(f"{sheets[step]}: no sheet of samples, or not laid out as those before it; remove it.")
        strip[step] = cells
    return strip


def _shapes(cells: Mapping[str, np.ndarray]) -> dict[str, tuple[int, ...]]:
    return {name: cell.shape for name, cell in cells.items()}


def draw_strip(strip: Strip) -> "Figure":
    """Every pixel of ``strip``, which has at least one step, is a pixel of the figure."""
    names = list(next(iter(strip.values())))
    height, width, _ = strip[next(iter(strip))][names[0]].shape
    figure_px = (MARGIN_PX + width * len(strip), MARGIN_PX + height * len(names))
    figure = new_figure(*figure_px, layout=None)

    def write(text: str, x_px: float, y_px: float, room_px: int, rotation: int) -> None:
        size_pt = min(_FONT_PT, room_px / (len(text) * _LETTER_PX_PER_PT))
        place = (x_px / figure_px[0], 1 - y_px / figure_px[1])
        figure.text(*place, text, ha="center", va="center", fontsize=size_pt, rotation=rotation)

    for column, (step, cells) in enumerate(strip.items()):
        left_px = MARGIN_PX + column * width
        write(f"step {step}", left_px + width / 2, MARGIN_PX / 2, width, 0)
        for row, name in enumerate(names):
            figure.figimage(cells[name], left_px, figure_px[1] - MARGIN_PX - (row + 1) * height, origin="upper")
    for row, name in enumerate(names):
        write(name, MARGIN_PX / 2, MARGIN_PX + (row + 0.5) * height, height, 90)
    return figure
