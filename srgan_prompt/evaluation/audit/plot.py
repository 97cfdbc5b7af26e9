"""The confusion matrices as a picture: an ``AuditResult`` in, a PNG out. A good model shines on the diagonal only."""

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.evaluation.audit.bars import WORDINGS
from srgan_prompt.evaluation.audit.report import NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from srgan_prompt.evaluation.prompt_audit import AuditResult

_PANEL_INCHES = 7


def matrix_png(result: "AuditResult") -> bytes:
    """One panel per set of wordings, numbers in dB. Raises UsageError without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("The picture of the matrix needs matplotlib; run: pip install 'srgan-prompt[eval]'") from None
    # Figure and not pyplot: no window system is probed and nothing global is left behind.
    figure = Figure((_PANEL_INCHES * len(result.obedience), _PANEL_INCHES), layout="constrained")
    panels = figure.subplots(1, len(result.obedience), squeeze=False)[0]
    for panel, (wordings, obedience) in zip(panels, result.obedience.items(), strict=True):
        _draw(panel, obedience.matrix)
        panel.set_title(f"{WORDINGS[wordings]}: PSNR in dB")
    content = BytesIO()
    # Tight, because the layout gives square panels all of the height and cuts what stands above and below them.
    figure.savefig(content, format="png", dpi=110, bbox_inches="tight", pad_inches=0.1)
    return content.getvalue()


def _draw(panel: "Axes", matrix: np.ndarray) -> None:
    """Colour: how far below the best of its column a cell is, for answers differ in how hard they are."""
    asked = ~np.isnan(matrix).all(axis=1)
    best = np.max(matrix[asked], axis=0)
    panel.imshow(matrix - best, vmin=-12, vmax=0, cmap="viridis")
    for row, column in np.argwhere(~np.isnan(matrix)):
        dark = matrix[row, column] - best[column] < -6
        panel.text(
            column,
            row,
            f"{matrix[row, column]:.0f}",
            ha="center",
            va="center",
            color="white" if dark else "black",
            fontsize=8,
        )
    panel.set_xticks(range(len(NAMES)), NAMES, rotation=60, ha="right")
    panel.set_yticks(range(len(NAMES)), NAMES)
    panel.set_xlabel("measured against the exact answer to")
    panel.set_ylabel("asked for")
