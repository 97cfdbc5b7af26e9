"""The bars of ``SentenceScores``: what a user who types freely may expect."""

from srgan_prompt.evaluation.audit.bar import Bar
from srgan_prompt.evaluation.audit.sentence_scores import SentenceScores


def sentence_bars(scores: SentenceScores) -> list[Bar]:
    """All figures of sentences that have a bar."""
    bars = []
    for kind, one in scores.compounds.items():
        bars.append(Bar(f"PSNR to the exact edit, tone wishes in {kind}", one.exact_db, 35))
        bars.append(Bar(f"worse than doing nothing, tone wishes in {kind}", one.worse_percent, 0, "%", at_most=True))
    bars += [
        Bar("amounts within a fifth", scores.amounts.within_percent, 90, "%"),
        Bar("amounts monotone", scores.amounts.monotone_percent, 100, "%"),
    ]
    for kind, none in scores.abstention.items():
        bars.append(Bar(f"image unchanged, {kind} sentences without a wish", none.unchanged_percent, 95, "%"))
        bars.append(Bar(f"reported to the user, {kind} sentences without a wish", none.reported_percent, 90, "%"))
    bars += [
        Bar("forbidden left undone", scores.negation.forbidden_undone_percent, 95, "%"),
        Bar("forbidden left undone and wish done", scores.negation.both_percent, 90, "%"),
    ]
    bars += [
        Bar(f"operations read exactly, {kind} sentences", one.asked_percent, 90, "%")
        for kind, one in scores.reading.items()
    ]
    if scores.human_reading is not None:
        bars.append(Bar("operation read exactly, human sentences", scores.human_reading.operation_percent, 90, "%"))
        bars.append(Bar("direction read, human sentences", scores.human_reading.direction_percent, 95, "%"))
    return bars
