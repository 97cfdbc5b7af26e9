"""One figure of the audit against what it should reach.

What an audit should reach: every figure with its bar, and whether it is reached.

The bars come from published text-guided restoration (InstructIR gains 1.7 dB by its text; AttnGAN's R-precision is 68
to 86 %) and from what a user may expect. A figure that was not measured is neither reached nor missed.

The bars of ``SentenceScores``: what a user who types freely may expect.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from srgan_prompt.evaluation.audit.run import SentenceScores
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate
from srgan_prompt.evaluation.confusion import FAMILIES

if TYPE_CHECKING:
    from srgan_prompt.evaluation.audit.run import AuditResult


@dataclass(frozen=True)
class Bar:
    """``value`` against ``bar``; ``unit`` is "dB", "%", "points", "x" or "". ``at_most``: less is better."""

    figure: str
    value: Estimate | None
    bar: float
    unit: str = "dB"
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the mean is on the right side of the bar; None if it was not measured."""
        if self.value is None:
            return None
        return self.value.mean <= self.bar if self.at_most else self.value.mean >= self.bar


WORDINGS = {
    "canonical": "documented wordings",
    "grammar": "grammar wordings never trained on",
    "human": "human wordings",
    "hand-written": "hand-written wishes",
    "no wish": "hand-written sentences without a wish",
}
_FAMILY_BARS_DB = {"tone": 3.0, "restoration": 1.0}


def summarise(result: "AuditResult") -> list[Bar]:
    """All figures that have a bar."""
    bars = [bar for wordings in result.obedience for bar in _obedience_bars(result, wordings)]
    return [
        *bars,
        *_steadiness_bars(result),
        *_style_bars(result),
        *_reader_bars(result),
        *sentence_bars(result.sentence_scores),
    ]


def paraphrase_gap(result: "AuditResult", wordings: str) -> Estimate | None:
    """PSNR in dB that the documented wording gains over ``wordings``, on the same pictures and requests.

    Sentences that say how much are left out: they ask for another amount.
    """
    plain = np.array([not sentence.says_how_much for sentence in result.sentences[wordings]])
    heard = result.obedience[wordings][plain]
    documented = heard.rivals[np.arange(len(heard)), heard.request]
    return estimate(documented - heard.right, heard.picture, np.arange(len(heard)))


def _obedience_bars(result: "AuditResult", wordings: str) -> list[Bar]:
    said = WORDINGS[wordings]
    families = FAMILIES[result.obedience[wordings].request]
    bars = [
        Bar(
            f"right minus wrong prompt, {family}, {said}",
            _of(result, wordings, "right_minus_wrong", families == family),
            db,
        )
        for family, db in _FAMILY_BARS_DB.items()
    ]
    bars.append(Bar(f"right minus empty prompt, {said}", _of(result, wordings, "right_minus_empty"), 1.7))
    bars.append(Bar(f"right prompt wins, {said}", _percent(_of(result, wordings, "wins")), 95, "%"))
    recall_bar = 90 if wordings == "human" else 95
    for measure, how in (("recalled", "nearest answer"), ("recognised", "change made")):
        recall = _percent(_of(result, wordings, measure))
        bars.append(Bar(f"recall@1 by {how}, {said}", recall, recall_bar, "%"))
    if wordings != "canonical":
        bars.append(Bar(f"paraphrase gap, {said}", paraphrase_gap(result, wordings), 0.1, at_most=True))
    return bars


def _steadiness_bars(result: "AuditResult") -> list[Bar]:
    """Spread, hands off, strength, contradiction."""
    pictures = result.pictures
    ratios = [each.request_spread / max(each.paraphrase_spread, 1e-9) for each in pictures]
    equal = [each.hands_off.empty_is_equal and each.hands_off.strength_0_is_equal for each in pictures]
    offtopic, where = zip(
        *((db, number) for number, each in enumerate(pictures) for db in each.hands_off.offtopic_db.values()),
        strict=True,
    )
    monotonicity = [value for each in pictures for value in each.monotonicity.values()]
    costs = [value for each in pictures for value in each.contradictions.values()]
    return [
        Bar("spread over requests / over paraphrases", estimate(np.array(ratios)), 10, "x"),
        Bar("empty prompt and strength 0 bit-equal to no prompt", estimate(100 * np.array(equal)), 100, "%"),
        Bar("sentences off topic: PSNR to the unprompted output", estimate(np.array(offtopic), np.array(where)), 45),
        Bar(
            "Spearman of change and strength, tone",
            estimate(np.array(monotonicity), _owner(pictures, "monotonicity")),
            0.98,
            "",
        ),
        Bar(
            "cost of a needless request",
            estimate(np.array(costs), _owner(pictures, "contradictions")),
            0.3,
            at_most=True,
        ),
    ]


def _style_bars(result: "AuditResult") -> list[Bar]:
    """Both differences are positive when each style wins its own measure."""
    styles = [each.styles for each in result.pictures]
    psnr = np.array([each["faithful"]["psnr_db"] - each["crisp"]["psnr_db"] for each in styles])
    bars = [Bar("faithful minus crisp, PSNR", estimate(psnr), 0)]
    lpips = None
    if result.settings.with_lpips:
        lpips = estimate(np.array([each["faithful"]["lpips"] - each["crisp"]["lpips"] for each in styles]))
    return [*bars, Bar("faithful minus crisp, LPIPS", lpips, 0, "")]


def _reader_bars(result: "AuditResult") -> list[Bar]:
    """Against the hand-written table and against the one that a machine made of the training sentences."""
    return [
        Bar(f"BERT minus {title}, intent accuracy, {WORDINGS[name]}", scores.lead_points[reader], 5, "points")
        for name, scores in result.intent.items()
        for reader, title in (("keywords", "keyword table"), ("word counts", "word counts"))
    ]


def _of(result: "AuditResult", wordings: str, measure: str, chosen: np.ndarray | None = None) -> Estimate | None:
    return result.estimate(wordings, measure, chosen)


def _percent(value: Estimate | None) -> Estimate | None:
    return None if value is None else Estimate(100 * value.mean, 100 * value.low, 100 * value.high)


def _owner(pictures: list, name: str) -> np.ndarray:
    """The picture of each value of a per-operation measure, in the order of the values."""
    return np.repeat(np.arange(len(pictures)), [len(getattr(each, name)) for each in pictures])


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
