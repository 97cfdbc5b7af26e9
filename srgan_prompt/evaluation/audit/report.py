"""An ``AuditResult`` as three files: ``audit.md`` for people, ``audit.json`` for machines, ``audit.png`` to look at."""

import json
from dataclasses import asdict
from typing import Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.audit.run import AuditResult
from srgan_prompt.evaluation.audit.tables import (
    SENTENCE_PROTOCOL,
    matrix_table,
    readers_table,
    request_table,
    sentence_sections,
    steadiness_table,
    styles_table,
    summary_table,
)
from srgan_prompt.evaluation.audit.targets import WORDINGS, summarise
from srgan_prompt.evaluation.confusion import (
    AUDIT_BLUR_SIGMA_PX,
    AUDIT_JPEG_QUALITY,
    AUDIT_NOISE_STD,
    NAMES,
    REQUESTS,
    PromptScores,
)
from srgan_prompt.evaluation.figures import draw_matrices, encode
from srgan_prompt.evaluation.statistics import NUM_DRAWS, estimate, shown

PROTOCOL = (
    f"every image is blurred (sigma {AUDIT_BLUR_SIGMA_PX:g} px), reduced, given noise (sigma "
    f"{255 * AUDIT_NOISE_STD:g} of 255) and JPEG artefacts (quality {AUDIT_JPEG_QUALITY:g}); PSNR over RGB of 8-bit "
    "outputs against each request's exact answer, a border of `scale` px cropped"
)
PERFECT = "a perfect restorer of the small image"


def render(result: AuditResult) -> dict[str, bytes]:
    """Their contents by file name. Raises UsageError without matplotlib."""
    return {
        "audit.md": as_markdown(result).encode(),
        "audit.json": json.dumps(as_document(result), indent=1, allow_nan=False).encode(),
        "audit.png": matrix_png(result),
    }


def as_markdown(result: AuditResult) -> str:
    """The whole report."""
    lpips = result.lpips_matrix
    parts = [
        f"# Prompt audit of {result.model}",
        _introduction(result),
        "## Summary",
        summary_table(summarise(result)),
        _oracle(result),
        "## By request",
        *[request_table(part, WORDINGS[name]) for name, part in result.prompt_scores.items()],
        request_table(result.oracle, PERFECT),
        "## PSNR in dB, asked (rows) against measured (columns)",
        *[
            f"{WORDINGS[name].capitalize()}:\n\n{matrix_table(part.matrix, '.1f')}"
            for name, part in result.prompt_scores.items()
        ],
        *(["## LPIPS, documented wordings", matrix_table(lpips, ".3f")] if lpips is not None else []),
        "## BERT and what could stand in its place",
        readers_table(result),
        *sentence_sections(result.sentence_scores),
        "## Strength, needless requests and sentences off topic",
        steadiness_table(result),
        "## Faithful and crisp",
        styles_table(result),
        "## How it was measured",
        _protocol(result),
    ]
    return "\n\n".join(parts) + "\n"


def _introduction(result: AuditResult) -> str:
    tried = ", ".join(f"{len(part)} {WORDINGS[name]}" for name, part in result.prompt_scores.items())
    return f"{len(result.images)} images, {len(REQUESTS)} requests, x{result.scale}; sentences tried: {tried}."


def _oracle(result: AuditResult) -> str:
    measured = [
        estimate(100 * each, result.oracle.image)
        for each in (result.oracle.recall_by_output, result.oracle.recall_by_change)
    ]
    nearest, change = (shown(each, 1) for each in measured)
    return (
        f"{PERFECT.capitalize()} would reach a recall@1 of {nearest} % by the nearest answer and of {change} % by the "
        "change made: the rest is detail that no small image holds."
    )


def _protocol(result: AuditResult) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in package_versions().items())
    return f"""\
- Protocol: {PROTOCOL}.
- Intervals: bootstrap over images, and over sentences where they are a sample; {NUM_DRAWS} draws.
- A human sentence that says how much counts at the nearest of its operation's three levels; it is left out of the
  paraphrase gap and of the readers' PSNR.
- Recall@1 by the nearest answer: of all requests' answers, the output is nearest in PSNR to its own. An answer that
  holds detail or noise which no network can foretell is far from every output; so restorations cannot reach 100 %. The
  perfect restorer shows how far they can: its small image is exactly what was asked for, and only upscaled.
  By the change made: of the changes that the requests ask for (answer minus untouched answer), its own is the one of
  which the prompt made the largest share (output minus unprompted output).
- Spread: standard deviation of each pixel over outputs, averaged. Change by strength: mean absolute difference.
- The one-hot table knows its training sentences perfectly and no other. The keyword table was written by hand, by an
  author who had read the human sentences: there it is better than a table written before. "Word counts" is the fair
  one: naive Bayes over the words of the training sentences, which knows no sentence of any test. About sentences
  without a wish a reader is right that understands nothing: so the one-hot table is.
{SENTENCE_PROTOCOL}
- Settings: {result.settings.model_dump_json()}. Versions: {versions}."""


def as_document(result: AuditResult) -> dict[str, Any]:
    """The strict JSON document that ships beside a model as ``audit.json``.

    It holds everything but the sentences themselves: people's own need not be ours to publish.
    """
    return {
        "model": result.model,
        "scale": result.scale,
        "settings": result.settings.model_dump(),
        "protocol": PROTOCOL,
        "versions": package_versions(),
        "summary": [asdict(each) | {"reached": each.reached} for each in summarise(result)],
        "requests": NAMES,
        "wordings": {name: _wordings(part) for name, part in result.prompt_scores.items()},
        "lpips_matrix": None if result.lpips_matrix is None else _rounded(result.lpips_matrix),
        "oracle": _wordings(result.oracle),
        "intent": {name: asdict(scores) for name, scores in result.intent.items()},
        "readers_psnr_db": {
            name: {reader: None if value is None else asdict(value) for reader, value in readers.items()}
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


def matrix_png(result: AuditResult) -> bytes:
    """The confusion matrices as a PNG, one panel a set of wordings. Raises UsageError without matplotlib."""
    matrices = {WORDINGS[wordings]: scores.matrix for wordings, scores in result.prompt_scores.items()}
    return encode(draw_matrices(matrices, NAMES), "png")
