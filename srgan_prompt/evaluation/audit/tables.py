"""An audit's findings as Markdown tables: of single requests, and a section for each question about sentences."""

from collections.abc import Sequence

import numpy as np

from srgan_prompt.evaluation.audit.reading import HumanReadingScores
from srgan_prompt.evaluation.audit.run import AuditResult, SentenceScores
from srgan_prompt.evaluation.audit.targets import WORDINGS, Target
from srgan_prompt.evaluation.audit.wishes import DONE_ABOVE, PERCENT, UNSEEN_BELOW, NegationScores
from srgan_prompt.evaluation.confusion import FAMILIES, NAMES, PromptScores
from srgan_prompt.evaluation.statistics import CONFIDENCE_PERCENT, cell, estimate, shown, table, table_of

_DIGITS = {"dB": 2, "%": 1, "points": 1, "x": 1}  # by unit

SENTENCE_PROTOCOL = f"""\
- Sentences of several wishes, amounts and sentences without a wish are tried on the middle of each clean image. The
  exact answer is the exact edit of the network's own output under the empty prompt; a perfect edit reaches about 59 dB,
  for outputs are rounded to 8 bits.
- An output shows the amount that explains best, by least squares, how it differs from the output under the empty prompt
  (values that clip are left out). N % is the amount N / 100. Forbidden operations count as done, and wishes too, above
  an amount of {DONE_ABOVE:g}; only tone is judged there.
- Unchanged: mean L* and mean chroma (CIELAB, D65) both move by less than {UNSEEN_BELOW:g}.
- Hand-written sentences are those of `evaluation/audit/sentences/evaluation.json`; nothing was trained on them or
  chosen by them. Shares of sentences have Wilson's interval."""


def summary_table(targets: Sequence[Target]) -> str:
    """A Markdown table with a row a figure: what was measured, its interval, the target, and whether it was reached."""
    return table_of(
        [
            {
                "figure": each.figure,
                f"measured ({CONFIDENCE_PERCENT} % interval)": shown(each.value, _DIGITS.get(each.unit, 3)),
                "target": f"{'at most' if each.at_most else 'at least'} {each.target:g} {each.unit}".strip(),
                "reached": {None: "not measured", True: "yes", False: "**no**"}[each.reached],
            }
            for each in targets
        ]
    )


def request_table(scores: PromptScores, title: str) -> str:
    """A row for each request: what asking for it gains, and how often it is recognised."""
    parts = {number: scores[scores.request == number] for number in range(len(NAMES))}
    rows = [
        {
            "asked": NAMES[number],
            "family": FAMILIES[number],
            "trials": str(len(part)),
            "PSNR dB": f"{part.right.mean():.2f}",
            "minus wrong dB": f"{part.right_minus_wrong.mean():.2f}",
            "minus wrong of its family dB": f"{part.right_minus_same_family.mean():.2f}",
            "minus empty dB": f"{part.right_minus_empty.mean():.2f}",
            "wins %": f"{100 * part.wins.mean():.0f}",
            "recall@1 %": f"{100 * part.recall_by_output.mean():.0f}",
            "by change %": f"{100 * part.recall_by_change.mean():.0f}",
        }
        for number, part in parts.items()
        if len(part)
    ]
    return f"{title.capitalize()}:\n\n{table_of(rows)}"


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
        rows += [
            {
                "sentences": WORDINGS[name],
                "reader": reader,
                "request understood %": shown(accuracy.percent, 1),
                "BERT leads by points": shown(scores.lead_points.get(reader), 1),
                "PSNR of the output dB": shown(outputs.get(reader), 2),
            }
            for reader, accuracy in scores.accuracy.items()
        ]
        best = max(scores.accuracy.values(), key=lambda one: one.mean).mean
        winners = [reader for reader, accuracy in scores.accuracy.items() if accuracy.mean == best]
        verdicts.append(
            f"On {scores.num_sentences} {WORDINGS[name]} **{' and '.join(winners)}** wins with {100 * best:.1f} %."
        )
    return f"{table_of(rows)}\n\n{' '.join(verdicts)}"


def steadiness_table(result: AuditResult) -> str:
    """Strength, needless requests, spread, and the worst sentence off topic."""
    images = result.images
    rows = [
        (f"Spearman of change and strength: {name}", f"{np.mean([each.monotonicity[name] for each in images]):.3f}")
        for name in images[0].monotonicity
    ]
    for name in images[0].needless_costs:
        cost_db = estimate(np.array([each.needless_costs[name] for each in images]))
        rows.append((f"cost of a needless '{name}', dB", shown(cost_db, 2)))
    spreads = np.mean([(each.request_spread, each.paraphrase_spread) for each in images], axis=0)
    sentence, worst_db = min(
        (item for each in images for item in each.identity.offtopic_db.items()), key=lambda item: item[1]
    )
    rows += [
        ("mean pixel deviation over requests", f"{spreads[0]:.4f}"),
        ("mean pixel deviation over wordings of one request", f"{spreads[1]:.4f}"),
        (f"sentence off topic that changes most: '{cell(sentence)}', dB to the unprompted output", f"{worst_db:.1f}"),
    ]
    return table(("figure", "value"), rows)


def styles_table(result: AuditResult) -> str:
    """ "Faithful" and "crisp", by both measures."""
    rows = []
    for style in result.images[0].perception_distortion:
        values = [each.perception_distortion[style] for each in result.images]
        lpips = estimate(np.array([each["lpips"] for each in values])) if result.settings.with_lpips else None
        rows.append((style, shown(estimate(np.array([each["psnr_db"] for each in values])), 2), shown(lpips, 4)))
    return table(("asked on clean images", "PSNR dB", "LPIPS"), rows)


def sentence_sections(scores: SentenceScores) -> list[str]:
    """Headings and their tables, in turn."""
    parts = [
        "## Two and three tone wishes in one sentence",
        _compounds(scores),
        "## Amounts",
        _amounts(scores),
        "## Sentences without a wish",
        _abstention(scores),
        "## Negations",
        _negation(scores.negation),
        "## How sentences are read",
        _reading(scores),
    ]
    return parts if scores.human_reading is None else [*parts, _human_reading(scores.human_reading)]


def _compounds(scores: SentenceScores) -> str:
    return table_of(
        [
            {
                "sentences": kind,
                "tried": str(one.num_sentences),
                "PSNR to the exact edit dB": shown(one.exact_db, 2),
                "of doing nothing dB": shown(one.nothing_db, 2),
                "outputs worse than doing nothing %": shown(one.worse_percent, 1),
                "sentences worse in the mean": f"{one.num_worse} of {one.num_sentences}",
                "worst": cell(one.worst),
            }
            for kind, one in scores.compounds.items()
        ]
    )


def _amounts(scores: SentenceScores) -> str:
    rows = [(name, *(f"{100 * value:.0f}" for value in values)) for name, values in scores.amounts.shown.items()]
    return (
        "What the output shows, in percent:\n\n"
        + table(("asked for", *(f"{percent} %" for percent in PERCENT)), rows)
        + f"\n\nWithin a fifth of the amount: {shown(scores.amounts.within_percent, 1)} % of outputs. Each higher "
        f"number shows more than the last: {shown(scores.amounts.monotone_percent, 1)} % of curves."
    )


def _abstention(scores: SentenceScores) -> str:
    return table_of(
        [
            {
                "hand-written sentences": kind,
                "tried": str(one.num_sentences),
                "image unchanged %": shown(one.unchanged_percent, 1),
                "reported to the user %": shown(one.reported_percent, 1),
            }
            for kind, one in scores.abstention.items()
        ]
    )


def _negation(one: NegationScores) -> str:
    rows = [
        ("forbidden operation left undone", str(one.num_sentences), shown(one.forbidden_undone_percent, 1)),
        ("wish done in the right direction", str(one.num_with_wish), shown(one.wish_done_percent, 1)),
        ("both", str(one.num_with_wish), shown(one.both_percent, 1)),
    ]
    return table(("hand-written negations and contrasts", "tried", "% of outputs"), rows)


def _reading(scores: SentenceScores) -> str:
    return table_of(
        [
            {
                "hand-written sentences": kind,
                "read": str(one.num_sentences),
                "operations exactly right %": shown(one.asked_percent, 1),
                "and amounts within a fifth %": shown(one.amounts_percent, 1),
                "forbidden exactly right %": shown(one.forbidden_percent, 1),
                "understood in full or not, rightly %": shown(one.complete_percent, 1),
                "all of these %": shown(one.all_percent, 1),
            }
            for kind, one in scores.reading.items()
        ]
    )


def _human_reading(one: HumanReadingScores) -> str:
    return (
        f"Of {one.num_sentences} human sentences, {shown(one.operation_percent, 1)} % are read as exactly the right "
        f"operation and {shown(one.direction_percent, 1)} % as the right direction, whatever else is read."
    )
