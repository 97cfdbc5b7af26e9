"""The course of a run: losses, gradient norms, rates and validations against the step."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from srgan_prompt.evaluation.plots.figures import COLORS, LINES, MARKERS, new_figure
from srgan_prompt.evaluation.plots.training_log import Curve, TrainingLog

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_PX, PANEL_HEIGHT_PX, NUM_COLUMNS = 900, 240, 2
SMOOTHED_SHARE = 0.05  # of a curve's points are averaged on each side of a point
_RAW_OPACITY = 0.3
_MAX_MARKED = 60


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
    num_columns = min(NUM_COLUMNS, len(chosen))
    num_rows = -(-len(chosen) // num_columns)
    figure = new_figure(WIDTH_PX, PANEL_HEIGHT_PX * num_rows)
    panels = figure.subplots(num_rows, num_columns, sharex=True, squeeze=False).flatten()
    for axes, (panel, curves) in zip(panels, chosen.items(), strict=False):
        _draw(axes, panel, curves)
    for empty in panels[len(chosen) :]:
        empty.remove()
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


def _draw(axes: "Axes", panel: Panel, curves: Mapping[str, Curve]) -> None:
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
    axes.set_title(panel.title, fontsize=10)
    axes.set_xlabel("step", fontsize=9)
    axes.tick_params(labelsize=8, labelbottom=True)
    axes.grid(alpha=0.3)
    if len(curves) > 1:
        axes.legend(fontsize=8, handlelength=3, framealpha=0.5)


def _make_logarithmic(axes: "Axes", curves: Mapping[str, Curve]) -> None:
    """As far as it goes: an adversarial term may be negative, and is then near zero on a straight scale."""
    smallest = min(curve.values.min() for curve in curves.values())
    if smallest > 0:
        axes.set_yscale("log")
    else:
        axes.set_yscale("symlog", linthresh=0.01)
