"""An ``AuditResult`` as Markdown for people: the summary against its targets first, then every table behind it."""

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.audit.run import AuditResult
from srgan_prompt.evaluation.audit.sentence_tables import SENTENCE_PROTOCOL, sentence_sections
from srgan_prompt.evaluation.audit.statistics import NUM_DRAWS, estimate
from srgan_prompt.evaluation.audit.tables import (
    matrix_table,
    readers_table,
    request_table,
    shown,
    steadiness_table,
    styles_table,
    summary_table,
)
from srgan_prompt.evaluation.audit.targets import WORDINGS, summarise
from srgan_prompt.evaluation.confusion import AUDIT_BLUR_SIGMA_PX, AUDIT_JPEG_QUALITY, AUDIT_NOISE_STD, REQUESTS

PROTOCOL = (
    f"every image is blurred (sigma {AUDIT_BLUR_SIGMA_PX:g} px), reduced, given noise (sigma "
    f"{255 * AUDIT_NOISE_STD:g} of 255) and JPEG artefacts (quality {AUDIT_JPEG_QUALITY:g}); PSNR over RGB of 8-bit "
    "outputs against each request's exact answer, a border of `scale` px cropped"
)
PERFECT = "a perfect restorer of the small image"


def as_markdown(result: AuditResult) -> str:
    """The whole report."""
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
        *_lpips(result),
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


def _lpips(result: AuditResult) -> list[str]:
    matrices = [each.lpips for each in result.images if each.lpips is not None]
    return ["## LPIPS, documented wordings", matrix_table(np.mean(matrices, axis=0), ".3f")] if matrices else []


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
