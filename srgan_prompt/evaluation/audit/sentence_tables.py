"""``SentenceScores`` as Markdown: a section with one table for each question."""

from srgan_prompt.evaluation.audit.reading import HumanReadingScores
from srgan_prompt.evaluation.audit.refusals import DONE_ABOVE, UNSEEN_BELOW, NegationScores
from srgan_prompt.evaluation.audit.run import SentenceScores
from srgan_prompt.evaluation.audit.tables import cell, shown, table
from srgan_prompt.evaluation.audit.tone_wishes import PERCENT


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


def _compounds(scores: SentenceScores) -> str:
    rows = [
        (
            kind,
            str(one.num_sentences),
            shown(one.exact_db, 2),
            shown(one.nothing_db, 2),
            shown(one.worse_percent, 1),
            f"{one.num_worse} of {one.num_sentences}",
            cell(one.worst),
        )
        for kind, one in scores.compounds.items()
    ]
    head = (
        "sentences",
        "tried",
        "PSNR to the exact edit dB",
        "of doing nothing dB",
        "outputs worse than doing nothing %",
        "sentences worse in the mean",
        "worst",
    )
    return table(head, rows)


def _amounts(scores: SentenceScores) -> str:
    rows = [(name, *(f"{100 * value:.0f}" for value in values)) for name, values in scores.amounts.shown.items()]
    return (
        "What the output shows, in percent:\n\n"
        + table(("asked for", *(f"{percent} %" for percent in PERCENT)), rows)
        + f"\n\nWithin a fifth of the amount: {shown(scores.amounts.within_percent, 1)} % of outputs. Each higher "
        f"number shows more than the last: {shown(scores.amounts.monotone_percent, 1)} % of curves."
    )


def _abstention(scores: SentenceScores) -> str:
    rows = [
        (kind, str(one.num_sentences), shown(one.unchanged_percent, 1), shown(one.reported_percent, 1))
        for kind, one in scores.abstention.items()
    ]
    return table(("hand-written sentences", "tried", "image unchanged %", "reported to the user %"), rows)


def _negation(one: NegationScores) -> str:
    rows = [
        ("forbidden operation left undone", str(one.num_sentences), shown(one.forbidden_undone_percent, 1)),
        ("wish done in the right direction", str(one.num_with_wish), shown(one.wish_done_percent, 1)),
        ("both", str(one.num_with_wish), shown(one.both_percent, 1)),
    ]
    return table(("hand-written negations and contrasts", "tried", "% of outputs"), rows)


def _reading(scores: SentenceScores) -> str:
    rows = [
        (
            kind,
            str(one.num_sentences),
            shown(one.asked_percent, 1),
            shown(one.amounts_percent, 1),
            shown(one.forbidden_percent, 1),
            shown(one.complete_percent, 1),
            shown(one.all_percent, 1),
        )
        for kind, one in scores.reading.items()
    ]
    head = (
        "hand-written sentences",
        "read",
        "operations exactly right %",
        "and amounts within a fifth %",
        "forbidden exactly right %",
        "understood in full or not, rightly %",
        "all of these %",
    )
    return table(head, rows)


def _human_reading(one: HumanReadingScores) -> str:
    return (
        f"Of {one.num_sentences} human sentences, {shown(one.operation_percent, 1)} % are read as exactly the right "
        f"operation and {shown(one.direction_percent, 1)} % as the right direction, whatever else is read."
    )
