"""Numbers in, figures out: the course of a run, the audit's matrix, amounts, and the perception-distortion plane.

Styles can be told apart in grey. Matplotlib is imported when the first figure is made, so that measuring works without
it. ``Figure`` and not pyplot: no window system is probed, and nothing global is left behind.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
DPI = 100
WIDTH_PX = 900  # of all figures but the matrix, which is square

# The colours of Okabe and Ito (2008), which the colour-blind can tell apart, without their yellow, which is too light
# for a line. Dashes and markers tell the lines apart where there is no colour at all.
COLORS = ("#000000", "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
# There are more of those than colours, so that a colour that comes again is another line.
LINES = (
    "-",
    "--",
    "-.",
    ":",
    (0, (5, 1, 1, 1, 1, 1)),
    (0, (1, 2)),
    (0, (8, 3)),
    (0, (8, 2, 1, 2)),
    (0, (3, 3)),
    (0, (2, 6)),
)
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

PANEL_HEIGHT_PX, NUM_COLUMNS = 240, 2  # of curves
SMOOTHED_SHARE = 0.05  # of a curve's points are averaged on each side of a point
_RAW_OPACITY = 0.3
_MAX_MARKED = 60

MATRIX_PX = 720
_DARK_DB = -6  # below the best of its column: figures on it are white
_WORST_DB = -12

AMOUNTS_COLUMNS = 5
PLANE_HEIGHT_PX = 430

Point = tuple[float, float]


def new_figure(width_px: int, height_px: int, *, layout: str | None = "constrained") -> "Figure":
    """An empty figure of about that size, exactly so without a ``layout``. Raises UsageError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("Drawing needs matplotlib; run: pip install 'srgan-prompt[eval]'") from None
    # A hundredth more, since 57 px would be 56.99 after the way through inches, of which the renderer takes 56.
    size_inches = ((width_px + 0.01) / DPI, (height_px + 0.01) / DPI)
    return Figure(size_inches, dpi=DPI, layout=layout)  # type: ignore[arg-type]  # stubs: no str


def encode(figure: "Figure", file_format: str) -> bytes:
    """``figure`` as one of FORMATS. The same figure gives the same bytes, with one version of matplotlib."""
    from matplotlib import rc_context

    content = BytesIO()
    metadata = {"Date": None} if file_format == "svg" else None
    # Tight, because the layout gives square panels all of the height and cuts what stands above and below them.
    fit: dict[str, Any] = {"bbox_inches": "tight", "pad_inches": 0.1} if figure.get_layout_engine() else {}
    with rc_context({"svg.hashsalt": "srgan_prompt"}):  # names inside an SVG are random otherwise
        figure.savefig(content, format=file_format, metadata=metadata, **fit)
    return content.getvalue()


def _panels(
    number: int, num_columns: int, height_px: int, *, legend_px: int = 0, sharey: bool = False
) -> "tuple[Figure, list[Axes]]":
    """A figure of ``number`` panels, row by row, ``height_px`` high each, with ``legend_px`` above them."""
    num_rows = -(-number // num_columns)
    figure = new_figure(WIDTH_PX, height_px * num_rows + legend_px)
    panels = figure.subplots(num_rows, num_columns, sharex=True, sharey=sharey, squeeze=False).ravel().tolist()
    for empty in panels[number:]:
        empty.remove()
    return figure, panels[:number]


def _label(axes: "Axes", title: str, x_label: str) -> None:
    axes.set_title(title, fontsize=10)
    axes.set_xlabel(x_label, fontsize=9)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.3)


@dataclass(frozen=True)
class Curve:
    """``values`` (N,) at ``steps`` (N,), which rise."""

    steps: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class TrainingLog:
    """Curves by the names that the log has for them: of the steps, and of the validations between them."""

    train: dict[str, Curve]
    validation: dict[str, Curve]


@dataclass(frozen=True)
class Panel:
    """``names``: a pattern for the curves of the log's part ``kind`` that it shows, if no panel before it does.

    What ``is_smoothed`` is drawn as it is, pale, and above that smoothed. Other curves are exact, or have few points.
    """

    title: str
    kind: Literal["train", "validation"]
    names: str
    is_logarithmic: bool = False
    is_smoothed: bool = True


_NO_LOSS = "share_|logit_|discriminator|images_per_s|learning_rate|gradient"
PANELS = (
    Panel("loss of the generator, weighted terms", "train", f"(?!{_NO_LOSS}).*", is_logarithmic=True),
    Panel("discriminator", "train", "discriminator|logit_.*"),
    Panel("gradient norm", "train", ".*gradient", is_logarithmic=True),
    Panel("learning rate", "train", "learning_rate", is_smoothed=False),
    Panel("images per second", "train", "images_per_s"),
    Panel("validation: PSNR (dB)", "validation", "psnr.*", is_smoothed=False),
    Panel("validation: what the right sentence gains (dB)", "validation", "right_minus_.*", is_smoothed=False),
    Panel("validation: other", "validation", ".*", is_smoothed=False),
)


def draw_training_curves(log: TrainingLog) -> "Figure":
    """A panel for each group of curves in ``log``, which must have one; the losses come first."""
    chosen = panels_of(log)
    figure, panels = _panels(len(chosen), min(NUM_COLUMNS, len(chosen)), PANEL_HEIGHT_PX)
    for axes, (panel, curves) in zip(panels, chosen.items(), strict=True):
        _draw_curves(axes, panel, curves)
    return figure


def panels_of(log: TrainingLog) -> dict[Panel, dict[str, Curve]]:
    """Which curves stand in which panel; a panel without curves is left out."""
    left = {"train": dict(log.train), "validation": dict(log.validation)}
    found = {}
    for panel in PANELS:
        names = [name for name in left[panel.kind] if re.fullmatch(panel.names, name)]
        if names:
            found[panel] = {name: left[panel.kind].pop(name) for name in names}
    return found


def smoothed(values: np.ndarray) -> np.ndarray:
    """The mean of the values around each of ``values`` (N,), and at the ends of those that there are: (N,)."""
    reach = round(SMOOTHED_SHARE * len(values))
    window = np.ones(2 * reach + 1)
    sums, counts = (np.convolve(each, window) for each in (values, np.ones_like(values)))
    return (sums / counts)[reach : reach + len(values)]


def _draw_curves(axes: "Axes", panel: Panel, curves: Mapping[str, Curve]) -> None:
    for number, (name, curve) in enumerate(curves.items()):
        color, line, marker = (styles[number % len(styles)] for styles in (COLORS, LINES, MARKERS))
        style: dict[str, Any] = {"color": color, "linestyle": line, "label": name.replace("_", " ")}
        if panel.is_smoothed:
            axes.plot(curve.steps, curve.values, color=color, alpha=_RAW_OPACITY, linewidth=0.8)
            axes.plot(curve.steps, smoothed(curve.values), **style)
        else:
            few = marker if len(curve.steps) <= _MAX_MARKED else None
            axes.plot(curve.steps, curve.values, marker=few, markersize=4, **style)
    if panel.is_logarithmic:
        _make_logarithmic(axes, curves)
    _label(axes, panel.title, "step")
    axes.tick_params(labelbottom=True)
    if len(curves) > 1:
        axes.legend(fontsize=8, handlelength=3, framealpha=0.5)


def _make_logarithmic(axes: "Axes", curves: Mapping[str, Curve]) -> None:
    """As far as it goes: an adversarial term may be negative, and is then near zero on a straight scale."""
    smallest = min(curve.values.min() for curve in curves.values())
    if smallest > 0:
        axes.set_yscale("log")
    else:
        axes.set_yscale("symlog", linthresh=0.01)


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


def draw_amounts(
    asked: Sequence[float] | np.ndarray, shown: Mapping[str, Sequence[float]], tolerance: float
) -> "Figure":
    """The amount that outputs show over the amount ``asked`` for, a panel for each operation.

    The band is ``tolerance`` of the amount to either side: what the audit counts as right.
    """
    figure, panels = _panels(len(shown), AMOUNTS_COLUMNS, WIDTH_PX // AMOUNTS_COLUMNS, legend_px=40, sharey=True)
    exact = np.array([0.0, 1.0])
    for axes, (name, found) in zip(panels, shown.items(), strict=True):
        axes.plot(asked, found, color="black", marker="o", markersize=4, label="shown by the output")
        axes.plot(exact, exact, color="grey", linestyle="--", linewidth=1, label="as asked for")
        label = f"within {tolerance:.0%} of the amount"
        axes.fill_between(exact, (1 - tolerance) * exact, (1 + tolerance) * exact, color="0.85", label=label)
        axes.set_title(name.replace("_", " "), fontsize=10)
        axes.tick_params(labelsize=8)
    figure.supxlabel("amount asked for", fontsize=10)
    figure.supylabel("amount shown", fontsize=10)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=3, fontsize=9)
    return figure


def draw_plane(measured: Mapping[str, Mapping[str, Point]], published: Mapping[str, Mapping[str, Point]]) -> "Figure":
    """PSNR-Y in dB against LPIPS, as ``[test set][method]``, a panel for each test set that was measured.

    ``measured`` are filled marks, ``published`` hollow ones. To the right and below is better, and nothing can be at
    the end of both ways (Blau and Michaeli 2018).
    """
    figure = new_figure(WIDTH_PX, PLANE_HEIGHT_PX)
    panels = figure.subplots(1, len(measured), squeeze=False)[0]
    methods = [list(dict.fromkeys(name for each in part.values() for name in each)) for part in (measured, published)]
    for axes, data in zip(panels, measured, strict=True):
        for part, names, is_filled in zip((measured, published), methods, (True, False), strict=True):
            for number, name in enumerate(names):
                if name in part.get(data, {}):
                    label = name if is_filled else f"{name}, as published"
                    _mark(axes, part[data][name], number, label, is_filled=is_filled)
        _label(axes, data, "PSNR-Y (dB), higher is better")
    panels[0].set_ylabel("LPIPS, lower is better", fontsize=9)
    marks = {label: mark for axes in panels for mark, label in zip(*axes.get_legend_handles_labels(), strict=True)}
    figure.legend(marks.values(), marks.keys(), loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _mark(axes: "Axes", point: Point, number: int, label: str, *, is_filled: bool) -> None:
    color, marker = COLORS[number % len(COLORS)], MARKERS[number % len(MARKERS)]
    face = color if is_filled else "none"
    axes.plot(*point, color=color, marker=marker, markerfacecolor=face, linestyle="none", markersize=7, label=label)
