"""An ``AuditResult`` as one strict JSON document, as it ships beside a model (``audit.json``)."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.audit.bars import summarise
from srgan_prompt.evaluation.audit.report import NAMES, PROTOCOL
from srgan_prompt.evaluation.audit.statistics import Estimate
from srgan_prompt.evaluation.confusion import Obedience

if TYPE_CHECKING:
    from srgan_prompt.evaluation.prompt_audit import AuditResult


def as_document(result: "AuditResult") -> dict[str, Any]:
    """Everything but the sentences themselves: people's own need not be ours to publish."""
    lpips = [each.lpips for each in result.pictures if each.lpips is not None]
    return {
        "model": result.model,
        "scale": result.scale,
        "settings": result.settings.model_dump(),
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "summary": [asdict(bar) | {"reached": bar.reached} for bar in summarise(result)],
        "requests": NAMES,
        "wordings": {name: _wordings(part) for name, part in result.obedience.items()},
        "lpips_matrix": _rounded(np.mean(lpips, axis=0)) if lpips else None,
        "ceiling": _wordings(result.ceiling),
        "intent": {name: asdict(scores) for name, scores in result.intent.items()},
        "readers_psnr_db": {
            name: {reader: _maybe(value) for reader, value in readers.items()}
            for name, readers in result.stand_ins.items()
        },
        "sentences": asdict(result.sentence_scores),
        "pictures": [
            {
                "hands_off": asdict(each.hands_off),
                "styles": each.styles,
                "contradiction_cost_db": each.contradictions,
                "strength_spearman": each.monotonicity,
                "request_spread": each.request_spread,
                "paraphrase_spread": each.paraphrase_spread,
            }
            for each in result.pictures
        ],
    }


def _wordings(obedience: Obedience) -> dict[str, Any]:
    return {
        "psnr_matrix_db": _rounded(obedience.matrix),
        "picture": obedience.picture.tolist(),
        "request": obedience.request.tolist(),
        "right_db": _rounded(obedience.right),
        "right_minus_wrong_db": _rounded(obedience.right_minus_wrong),
        "right_minus_kin_db": _rounded(obedience.right_minus_kin),
        "right_minus_empty_db": _rounded(obedience.right_minus_empty),
        "wins": obedience.wins.tolist(),
        "recalled": obedience.recalled.tolist(),
        "recognised": obedience.recognised.tolist(),
    }


def _rounded(values: np.ndarray) -> list:
    """Nested lists to 4 digits; a value that was not measured is null, for JSON knows no NaN."""
    rounded = np.round(values.astype(float), 4).astype(object)
    rounded[np.isnan(values)] = None
    return rounded.tolist()


def _maybe(value: Estimate | None) -> dict[str, float] | None:
    return None if value is None else asdict(value)
