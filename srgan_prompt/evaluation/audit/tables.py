"""Tables of what single requests did, in Markdown, and the pieces that all tables are made of."""

from collections.abc import Iterable, Sequence

import numpy as np

from srgan_prompt.evaluation.audit.run import AuditResult
from srgan_prompt.evaluation.audit.statistics import CONFIDENCE_PERCENT, Estimate, estimate
from srgan_prompt.evaluation.audit.targets import WORDINGS, Target
from srgan_prompt.evaluation.confusion import FAMILIES, NAMES, PromptScores


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table with one line of headings."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def shown(value: Estimate | None, digits: int) -> str:
    """A mean with its interval, such as "28.60 (27.10 to 30.00)"; "-" for what was not measured."""
    if value is None:
        return "-"
    return f"{value.mean:.{digits}f} ({value.low:.{digits}f} to {value.high:.{digits}f})"


def cell(text: str) -> str:
    """``text`` as it may stand in a table."""
    return text.replace("|", "\\|")


_DIGITS = {"dB": 2, "%": 1, "points": 1, "x": 1}


def summary_table(targets: Sequence[Target]) -> str:
    """A Markdown table with a row a figure: what was measured, its interval, the target, and whether it was reached."""
    rows = []
    for each in targets:
        sign = "at most" if each.at_most else "at least"
        reached = {None: "not measured", True: "yes", False: "**no**"}[each.reached]
        wanted = f"{sign} {each.target:g} {each.unit}".strip()
        rows.append((each.figure, shown(each.value, _DIGITS.get(each.unit, 3)), wanted, reached))
    return table(("figure", f"measured ({CONFIDENCE_PERCENT} % interval)", "target", "reached"), rows)


def request_table(scores: PromptScores, title: str) -> str:
    """A row for each request: what asking for it gains, and how often it is recognised."""
    rows = []
    for number, name in enumerate(NAMES):
        part = scores[scores.request == number]
        if not len(part):
            continue
        numbers = (part.right, part.right_minus_wrong, part.right_minus_same_family, part.right_minus_empty)
        shares = (100 * part.wins, 100 * part.recall_by_output, 100 * part.recall_by_change)
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


def matrix_table(matrix: np.ndarray, style: str) -> str:
    """The ``matrix`` (K, K) of requests asked against answers, numbers in format ``style``."""
    rows = []
    for number, name in enumerate(NAMES):
        figures = ["-" if np.isnan(value) else format(value, style) for value in matrix[number]]
        figures[number] = f"**{figures[number]}**"
        rows.append((name, *figures))
    return table(("asked", *NAMES), rows)


def readers_table(result: AuditResult) -> str:
    """BERT and its baselines on each set of sentences, and who wins."""
    rows, verdicts = [], []
    for name, scores in result.intent.items():
        outputs = result.baseline_psnr.get(name, {})
        for reader, accuracy in scores.accuracy.items():
            lead = shown(scores.lead_points.get(reader), 1)
            rows.append((WORDINGS[name], reader, shown(accuracy.percent, 1), lead, shown(outputs.get(reader), 2)))
        best = max(scores.accuracy.values(), key=lambda one: one.mean).mean
        winners = [reader for reader, accuracy in scores.accuracy.items() if accuracy.mean == best]
        verdicts.append(
            f"On {scores.num_sentences} {WORDINGS[name]} **{' and '.join(winners)}** wins with {100 * best:.1f} %."
        )
    readers = table(
        ("sentences", "reader", "request understood %", "BERT leads by points", "PSNR of the output dB"), rows
    )
    return f"{readers}\n\n{' '.join(verdicts)}"


def steadiness_table(result: AuditResult) -> str:
    """Strength, needless requests, spread, and the worst sentence off topic."""
    images = result.images
    rows = [
        (f"Spearman of change and strength: {name}", f"{np.mean([each.monotonicity[name] for each in images]):.3f}")
        for name in images[0].monotonicity
    ]
    rows += [
        (
            f"cost of a needless '{name}', dB",
            shown(estimate(np.array([each.needless_costs[name] for each in images])), 2),
        )
        for name in images[0].needless_costs
    ]
    rows += [
        ("mean pixel deviation over requests", f"{np.mean([each.request_spread for each in images]):.4f}"),
        (
            "mean pixel deviation over wordings of one request",
            f"{np.mean([each.paraphrase_spread for each in images]):.4f}",
        ),
    ]
    offtopic = [item for each in images for item in each.identity.offtopic_db.items()]
    worst = min(offtopic, key=lambda item: item[1])
    rows.append(
        (f"sentence off topic that changes most: '{cell(worst[0])}', dB to the unprompted output", f"{worst[1]:.1f}")
    )
    return table(("figure", "value"), rows)


def styles_table(result: AuditResult) -> str:
    """ "Faithful" and "crisp", by both measures."""
    rows = []
    for style in result.images[0].perception_distortion:
        values = [each.perception_distortion[style] for each in result.images]
        lpips = estimate(np.array([each["lpips"] for each in values])) if result.settings.with_lpips else None
        rows.append((style, shown(estimate(np.array([each["psnr_db"] for each in values])), 2), shown(lpips, 4)))
    return table(("asked on clean images", "PSNR dB", "LPIPS"), rows)
