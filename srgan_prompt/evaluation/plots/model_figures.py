"""What a model does: the audit's matrix, amounts asked for and shown, and the perception-distortion plane."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.evaluation.plots.figures import COLORS, MARKERS, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MATRIX_PX = 720
_DARK_DB = -6  # below the best of its column: figures on it are white
_WORST_DB = -12


def draw_matrices(matrices: Mapping[str, np.ndarray], names: Sequence[str]) -> "Figure":
    """Confusion matrices (K, K), in dB, of the K operations in ``names``: a panel each under its title.

    A row is what was asked for, a column the exact answer that the output is measured against. A good model shines on
    the diagonal only. What was not measured is NaN.
    """
    figure = new_figure(MATRIX_PX * len(matrices), MATRIX_PX)
    panels = figure.subplots(1, len(matrices), squeeze=False)[0]
    for axes, (title, matrix) in zip(panels, matrices.items(), strict=True):
        _draw_matrix(axes, matrix, names)
        axes.set_title(f"{title}: PSNR (dB)")
    return figure


def _draw_matrix(axes: "Axes", matrix: np.ndarray, names: Sequence[str]) -> None:
    """Brightness: how far below the best of its column a cell is, for answers differ in how hard they are."""
    asked = ~np.isnan(matrix).all(axis=1)
    below = matrix - np.max(matrix[asked], axis=0)
    axes.imshow(below, vmin=_WORST_DB, vmax=0, cmap="viridis")
    for row, column in np.argwhere(~np.isnan(matrix)):
        color = "white" if below[row, column] < _DARK_DB else "black"
        text = f"{matrix[row, column]:.0f}"
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=8)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("measured against the exact answer to")
    axes.set_ylabel("asked for")


AMOUNTS_COLUMNS, AMOUNT_PANEL_PX = 5, 180


def draw_amounts(
    asked: Sequence[float] | np.ndarray, shown: Mapping[str, Sequence[float]], tolerance: float
) -> "Figure":
    """The amount that outputs show over the amount ``asked`` for, a panel for each operation.

    The band is ``tolerance`` of the amount to either side: what the audit counts as right.
    """
    num_rows = -(-len(shown) // AMOUNTS_COLUMNS)
    figure = new_figure(AMOUNT_PANEL_PX * AMOUNTS_COLUMNS, AMOUNT_PANEL_PX * num_rows + 40)
    panels = figure.subplots(num_rows, AMOUNTS_COLUMNS, sharex=True, sharey=True, squeeze=False).flatten()
    exact = np.array([0.0, 1.0])
    for axes, (name, found) in zip(panels, shown.items(), strict=False):
        axes.plot(asked, found, color="black", marker="o", markersize=4, label="shown by the output")
        axes.plot(exact, exact, color="grey", linestyle="--", linewidth=1, label="as asked for")
        label = f"within {tolerance:.0%} of the amount"
        axes.fill_between(exact, (1 - tolerance) * exact, (1 + tolerance) * exact, color="0.85", label=label)
        axes.set_title(name.replace("_", " "), fontsize=10)
        axes.tick_params(labelsize=8)
    for empty in panels[len(shown) :]:
        empty.remove()
    figure.supxlabel("amount asked for", fontsize=10)
    figure.supylabel("amount shown", fontsize=10)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return figure


Point = tuple[float, float]
PLANE_PX = (900, 430)


def draw_plane(measured: Mapping[str, Mapping[str, Point]], published: Mapping[str, Mapping[str, Point]]) -> "Figure":
    """PSNR-Y in dB against LPIPS, as ``[test set][method]``, a panel for each test set that was measured.

    ``measured`` are filled marks, ``published`` hollow ones. To the right and below is better, and nothing can be at
    the end of both ways (Blau and Michaeli 2018).
    """
    figure = new_figure(*PLANE_PX)
    panels = figure.subplots(1, len(measured), squeeze=False)[0]
    methods = [list(dict.fromkeys(name for each in part.values() for name in each)) for part in (measured, published)]
    for axes, data in zip(panels, measured, strict=True):
        for part, names, is_filled in zip((measured, published), methods, (True, False), strict=True):
            for number, name in enumerate(names):
                if name in part.get(data, {}):
                    label = name if is_filled else f"{name}, as published"
                    _mark(axes, part[data][name], number, label, is_filled=is_filled)
        axes.set_title(data, fontsize=10)
        axes.set_xlabel("PSNR-Y (dB), higher is better", fontsize=9)
        axes.tick_params(labelsize=8)
        axes.grid(alpha=0.3)
    panels[0].set_ylabel("LPIPS, lower is better", fontsize=9)
    marks = {label: mark for axes in panels for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _mark(axes: "Axes", point: Point, number: int, label: str, *, is_filled: bool) -> None:
    color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
    face = color if is_filled else "none"
    axes.plot(*point, color=color, marker=marker, markerfacecolor=face, linestyle="none", markersize=7, label=label)
