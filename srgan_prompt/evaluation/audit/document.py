"""An ``AuditResult`` as three files: ``audit.md`` for people, ``audit.json`` for machines, ``audit.png`` to look at."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.audit.report import PROTOCOL, as_markdown
from srgan_prompt.evaluation.audit.run import AuditResult
from srgan_prompt.evaluation.audit.statistics import Estimate
from srgan_prompt.evaluation.audit.targets import WORDINGS, summarise
from srgan_prompt.evaluation.confusion import NAMES, PromptScores
from srgan_prompt.evaluation.plots.figures import encode
from srgan_prompt.evaluation.plots.model_figures import draw_matrices
from srgan_prompt.files import replacing


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


def matrix_png(result: AuditResult) -> bytes:
    """The confusion matrices as a PNG, one panel a set of wordings. Raises UsageError without matplotlib."""
    matrices = {WORDINGS[wordings]: scores.matrix for wordings, scores in result.prompt_scores.items()}
    return encode(draw_matrices(matrices, NAMES), "png")
