"""An ``AuditResult`` as three files: ``audit.md`` for people, ``audit.json`` for machines, ``audit.png`` to look at."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.errors import UsageError
from srgan_prompt.evaluation.audit.report import PROTOCOL, as_markdown
from srgan_prompt.evaluation.audit.run import AuditResult
from srgan_prompt.evaluation.audit.statistics import Estimate
from srgan_prompt.evaluation.audit.targets import WORDINGS, summarise
from srgan_prompt.evaluation.confusion import NAMES, PromptScores
from srgan_prompt.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def render(result: AuditResult) -> dict[str, bytes]:
    """Their contents by name. Raises UsageError without matplotlib."""
    return {
        "audit.md": as_markdown(result).encode(),
        "audit.json": json.dumps(as_document(result), indent=1, allow_nan=False).encode(),
        "audit.png": matrix_png(result),
    }


def write_files(contents: Mapping[str, bytes], folder: Path) -> list[Path]:
    """Write them into ``folder``, replacing those of an earlier audit. Raises OutputError."""
    for name, content in contents.items():
        with replacing(folder / name) as file:
            file.write(content)
    return [folder / name for name in contents]


def as_document(result: AuditResult) -> dict[str, Any]:
    """The strict JSON document that ships beside a model as ``audit.json``.

    It holds everything but the sentences themselves: people's own need not be ours to publish.
    """
    lpips = [each.lpips for each in result.images if each.lpips is not None]
    return {
        "model": result.model,
        "scale": result.scale,
        "settings": result.settings.model_dump(),
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "summary": [asdict(each) | {"reached": each.reached} for each in summarise(result)],
        "requests": NAMES,
        "wordings": {name: _wordings(part) for name, part in result.prompt_scores.items()},
        "lpips_matrix": _rounded(np.mean(lpips, axis=0)) if lpips else None,
        "oracle": _wordings(result.oracle),
        "intent": {name: asdict(scores) for name, scores in result.intent.items()},
        "readers_psnr_db": {
            name: {reader: _maybe(value) for reader, value in readers.items()}
            for name, readers in result.baseline_psnr.items()
        },
        "sentences": asdict(result.sentence_scores),
        "images": [
            {
                "identity": asdict(each.identity),
                "perception_distortion": each.perception_distortion,
                "needless_request_cost_db": each.needless_costs,
                "strength_spearman": each.monotonicity,
                "request_spread": each.request_spread,
                "paraphrase_spread": each.paraphrase_spread,
            }
            for each in result.images
        ],
    }


def _wordings(scores: PromptScores) -> dict[str, Any]:
    return {
        "psnr_matrix_db": _rounded(scores.matrix),
        "image": scores.image.tolist(),
        "request": scores.request.tolist(),
        "right_db": _rounded(scores.right),
        "right_minus_wrong_db": _rounded(scores.right_minus_wrong),
        "right_minus_same_family_db": _rounded(scores.right_minus_same_family),
        "right_minus_empty_db": _rounded(scores.right_minus_empty),
        "wins": scores.wins.tolist(),
        "recall_by_output": scores.recall_by_output.tolist(),
        "recall_by_change": scores.recall_by_change.tolist(),
    }


def _rounded(values: np.ndarray) -> list:
    """Nested lists to 4 digits; a value that was not measured is null, for JSON knows no NaN."""
    rounded = np.round(values.astype(float), 4).astype(object)
    rounded[np.isnan(values)] = None
    return rounded.tolist()


def _maybe(value: Estimate | None) -> dict[str, float] | None:
    return None if value is None else asdict(value)


_PANEL_INCHES = 7


def matrix_png(result: AuditResult) -> bytes:
    """The confusion matrices as a PNG, one panel a set of wordings, numbers in dB.

    A good model shines on the diagonal only. Raises UsageError without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("The plot of the matrix needs matplotlib; run: pip install 'srgan-prompt[eval]'") from None
    # Figure and not pyplot: no window system is probed and nothing global is left behind.
    figure = Figure((_PANEL_INCHES * len(result.prompt_scores), _PANEL_INCHES), layout="constrained")
    panels = figure.subplots(1, len(result.prompt_scores), squeeze=False)[0]
    for panel, (wordings, scores) in zip(panels, result.prompt_scores.items(), strict=True):
        _draw(panel, scores.matrix)
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
