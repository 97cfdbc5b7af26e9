"""An ``AuditResult`` as Markdown for people: the summary against its bars first, then every table behind it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.audit.sentence_tables import SENTENCE_PROTOCOL, cell, sentence_sections, shown, table
from srgan_prompt.evaluation.audit.statistics import CONFIDENCE_PERCENT, NUM_DRAWS, Estimate, estimate
from srgan_prompt.evaluation.audit.targets import WORDINGS, Bar, summarise
from srgan_prompt.evaluation.confusion import (
    AUDIT_BLUR_SIGMA_PX,
    AUDIT_JPEG_QUALITY,
    AUDIT_NOISE_STD,
    FAMILIES,
    REQUESTS,
    Obedience,
)

if TYPE_CHECKING:
    from srgan_prompt.evaluation.audit.run import AuditResult

PROTOCOL = (
    f"every picture is blurred (sigma {AUDIT_BLUR_SIGMA_PX:g} px), reduced, given noise (sigma "
    f"{255 * AUDIT_NOISE_STD:g} of 255) and JPEG artefacts (quality {AUDIT_JPEG_QUALITY:g}); PSNR over RGB of 8-bit "
    "outputs against each request's exact answer, a border of `scale` px cropped"
)
PERFECT = "a perfect restorer of the small picture"
NAMES = [request.clauses[0].operation for request in REQUESTS]


def as_markdown(result: "AuditResult") -> str:
    """The whole report."""
    parts = [
        f"# Prompt audit of {result.model}",
        _introduction(result),
        "## Summary",
        summary_table(summarise(result)),
        _ceiling(result),
        "## By request",
        *[_by_request(part, WORDINGS[name]) for name, part in result.obedience.items()],
        _by_request(result.ceiling, PERFECT),
        "## PSNR in dB, asked (rows) against measured (columns)",
        *[
            f"{WORDINGS[name].capitalize()}:\n\n{_matrix(part.matrix, '.1f')}"
            for name, part in result.obedience.items()
        ],
        *_lpips(result),
        "## BERT and what could stand in its place",
        _readers(result),
        *sentence_sections(result.sentence_scores),
        "## Strength, needless requests and sentences off topic",
        _steadiness(result),
        "## Faithful and crisp",
        _styles(result),
        "## How it was measured",
        _protocol(result),
    ]
    return "\n\n".join(parts) + "\n"


def _introduction(result: "AuditResult") -> str:
    tried = ", ".join(f"{len(part)} {WORDINGS[name]}" for name, part in result.obedience.items())
    return f"{len(result.pictures)} pictures, {len(REQUESTS)} requests, x{result.scale}; sentences tried: {tried}."


def summary_table(bars: Sequence[Bar]) -> str:
    """A Markdown table with a row a figure: what was measured, its interval, the bar, and whether it was reached."""
    rows = []
    for bar in bars:
        sign = "at most" if bar.at_most else "at least"
        reached = {None: "not measured", True: "yes", False: "**no**"}[bar.reached]
        wanted = f"{sign} {bar.bar:g} {bar.unit}".strip()
        rows.append((bar.figure, shown(bar.value, _digits(bar.unit)), wanted, reached))
    return table(("figure", f"measured ({CONFIDENCE_PERCENT} % interval)", "bar", "reached"), rows)


def _ceiling(result: "AuditResult") -> str:
    measured = [
        estimate(100 * each, result.ceiling.picture) for each in (result.ceiling.recalled, result.ceiling.recognised)
    ]
    nearest, change = (shown(each, 1) for each in measured)
    return (
        f"{PERFECT.capitalize()} would reach a recall@1 of {nearest} % by the nearest answer and of {change} % by the "
        "change made: the rest is detail that no small picture holds."
    )


def _by_request(obedience: Obedience, title: str) -> str:
    rows = []
    for number, name in enumerate(NAMES):
        part = obedience[obedience.request == number]
        if not len(part):
            continue
        numbers = (part.right, part.right_minus_wrong, part.right_minus_kin, part.right_minus_empty)
        shares = (100 * part.wins, 100 * part.recalled, 100 * part.recognised)
        figures = [f"{each.mean():.2f}" for each in numbers] + [f"{each.mean():.0f}" for each in shares]
        rows.append((name, FAMILIES[number], str(len(part)), *figures))
    head = (
        "asked",
        "family",
        "trials",
        "PSNR dB",
        "minus wrong dB",
        "minus wrong of its family dB",
        "minus empty dB",
        "wins %",
        "recall@1 %",
        "by change %",
    )
    return f"{title.capitalize()}:\n\n{table(head, rows)}"


def _matrix(matrix: np.ndarray, style: str) -> str:
    rows = []
    for number, name in enumerate(NAMES):
        figures = ["-" if np.isnan(value) else format(value, style) for value in matrix[number]]
        figures[number] = f"**{figures[number]}**"
        rows.append((name, *figures))
    return table(("asked", *NAMES), rows)


def _lpips(result: "AuditResult") -> list[str]:
    matrices = [each.lpips for each in result.pictures if each.lpips is not None]
    return ["## LPIPS, documented wordings", _matrix(np.mean(matrices, axis=0), ".3f")] if matrices else []


def _readers(result: "AuditResult") -> str:
    rows, verdicts = [], []
    for name, scores in result.intent.items():
        outputs = result.stand_ins.get(name, {})
        for reader, accuracy in scores.accuracy.items():
            share = Estimate(100 * accuracy.mean, 100 * accuracy.low, 100 * accuracy.high)
            lead = shown(scores.lead_points.get(reader), 1)
            rows.append((WORDINGS[name], reader, shown(share, 1), lead, shown(outputs.get(reader), 2)))
        best = max(scores.accuracy.values(), key=lambda one: one.mean).mean
        winners = [reader for reader, accuracy in scores.accuracy.items() if accuracy.mean == best]
        verdicts.append(
            f"On {scores.num_sentences} {WORDINGS[name]} **{' and '.join(winners)}** wins with {100 * best:.1f} %."
        )
    readers = table(
        ("sentences", "reader", "request understood %", "BERT leads by points", "PSNR of the output dB"), rows
    )
    return f"{readers}\n\n{' '.join(verdicts)}"


def _steadiness(result: "AuditResult") -> str:
    pictures = result.pictures
    rows = [
        (f"Spearman of change and strength: {name}", f"{np.mean([each.monotonicity[name] for each in pictures]):.3f}")
        for name in pictures[0].monotonicity
    ]
    rows += [
        (
            f"cost of a needless '{name}', dB",
            shown(estimate(np.array([each.contradictions[name] for each in pictures])), 2),
        )
        for name in pictures[0].contradictions
    ]
    rows += [
        ("mean pixel deviation over requests", f"{np.mean([each.request_spread for each in pictures]):.4f}"),
        (
            "mean pixel deviation over wordings of one request",
            f"{np.mean([each.paraphrase_spread for each in pictures]):.4f}",
        ),
    ]
    offtopic = [item for each in pictures for item in each.hands_off.offtopic_db.items()]
    worst = min(offtopic, key=lambda item: item[1])
    rows.append(
        (f"sentence off topic that changes most: '{cell(worst[0])}', dB to the unprompted output", f"{worst[1]:.1f}")
    )
    return table(("figure", "value"), rows)


def _styles(result: "AuditResult") -> str:
    rows = []
    for style in result.pictures[0].styles:
        values = [each.styles[style] for each in result.pictures]
        lpips = estimate(np.array([each["lpips"] for each in values])) if result.settings.with_lpips else None
        rows.append((style, shown(estimate(np.array([each["psnr_db"] for each in values])), 2), shown(lpips, 4)))
    return table(("asked on clean pictures", "PSNR dB", "LPIPS"), rows)


def _protocol(result: "AuditResult") -> str:
    versions = ", ".join(f"{package} {version}" for package, version in package_versions().items())
    return f"""\
- Protocol: {PROTOCOL}.
- Intervals: bootstrap over pictures, and over sentences where they are a sample; {NUM_DRAWS} draws.
- A human sentence that says how much counts at the nearest of its operation's three levels; it is left out of the
  paraphrase gap and of the readers' PSNR.
- Recall@1 by the nearest answer: of all requests' answers, the output is nearest in PSNR to its own. An answer that
  holds detail or noise which no network can foretell is far from every output; so restorations cannot reach 100 %. The
  perfect restorer shows how far they can: its small picture is exactly what was asked for, and only enlarged.
  By the change made: of the changes that the requests ask for (answer minus untouched answer), its own is the one of
  which the prompt made the largest share (output minus unprompted output).
- Spread: standard deviation of each pixel over outputs, averaged. Change by strength: mean absolute difference.
- The one-hot table knows its training sentences perfectly and no other. The keyword table was written by hand, by an
  author who had read the human sentences: there it is better than a table written before. "Word counts" is the fair
  one: naive Bayes over the words of the training sentences, which knows no sentence of any test. About sentences
  without a wish a reader is right that understands nothing: so the one-hot table is.
{SENTENCE_PROTOCOL}
- Settings: {result.settings.model_dump_json()}. Versions: {versions}."""


def _digits(unit: str) -> int:
    return {"dB": 2, "%": 1, "points": 1, "x": 1}.get(unit, 3)
