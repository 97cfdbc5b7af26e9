"""What an audit should reach: every figure with its target, and whether it is reached.

The targets come from published text-guided restoration (InstructIR gains 1.7 dB by its text; AttnGAN's R-precision is
68 to 86 %) and from what a user may expect. A figure that was not measured is neither reached nor missed.
"""

from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.audit.run import AuditResult, SentenceScores, without_amounts
from srgan_prompt.evaluation.confusion import FAMILIES
from srgan_prompt.evaluation.statistics import Estimate, estimate, estimate_grid

WORDINGS = {
    "canonical": "documented wordings",
    "grammar": "grammar wordings never trained on",
    "human": "human wordings",
    "hand-written": "hand-written wishes",
    "no wish": "hand-written sentences without a wish",
}
_RIGHT_MINUS_WRONG_DB = {"tone": 3.0, "restoration": 1.0}


@dataclass(frozen=True)
class Target:
    """``value`` against ``target``; ``unit`` is "dB", "%", "points", "x" or "". ``at_most``: less is better."""

    figure: str
    value: Estimate | None
    target: float
    unit: str = "dB"
    at_most: bool = False

    @property
    def reached(self) -> bool | None:
        """Whether the mean is on the right side of the target; None if it was not measured."""
        if self.value is None:
            return None
        return self.value.mean <= self.target if self.at_most else self.value.mean >= self.target


def summarise(result: AuditResult) -> list[Target]:
    """All figures that have a target."""
    return [
        *(target for wordings in result.prompt_scores for target in _prompt_targets(result, wordings)),
        *_steadiness_targets(result),
        *_style_targets(result),
        *_reader_targets(result),
        *_sentence_targets(result.sentence_scores),
    ]


def paraphrase_gap(result: AuditResult, wordings: str) -> Estimate | None:
    """PSNR in dB that the documented wording gains over ``wordings``, on the same images and requests."""
    scores, _ = without_amounts(result.prompt_scores[wordings], result.sentences[wordings])
    row = np.arange(len(scores))
    return estimate(scores.other_prompt_psnr[row, scores.request] - scores.right, scores.image, row)


def _prompt_targets(result: AuditResult, wordings: str) -> list[Target]:
    """What single requests in one set of wordings should do to the output."""
    said, families = WORDINGS[wordings], FAMILIES[result.prompt_scores[wordings].request]
    targets = [
        Target(
            f"right minus wrong prompt, {family}, {said}",
            result.estimate(wordings, "right_minus_wrong", families == family),
            db,
        )
        for family, db in _RIGHT_MINUS_WRONG_DB.items()
    ]
    targets.append(Target(f"right minus empty prompt, {said}", result.estimate(wordings, "right_minus_empty"), 1.7))
    recall = 90 if wordings == "human" else 95
    for measure, title, percent in (
        ("wins", "right prompt wins", 95),
        ("recall_by_output", "recall@1 by nearest answer", recall),
        ("recall_by_change", "recall@1 by change made", recall),
    ):
        share = result.estimate(wordings, measure)
        targets.append(Target(f"{title}, {said}", share and share.percent, percent, "%"))
    if wordings != "canonical":
        targets.append(Target(f"paraphrase gap, {said}", paraphrase_gap(result, wordings), 0.1, at_most=True))
    return targets


def _steadiness_targets(result: AuditResult) -> list[Target]:
    """Spread, identity, strength, needless requests."""
    images = result.images
    ratios = np.array([each.request_spread / max(each.paraphrase_spread, 1e-9) for each in images])
    equal = np.array([each.identity.empty_is_equal and each.identity.strength_0_is_equal for each in images])
    offtopic = [(db, number) for number, each in enumerate(images) for db in each.identity.offtopic_db.values()]
    offtopic_db, image = np.array(offtopic).T
    monotonicity = np.array([list(each.monotonicity.values()) for each in images])
    costs_db = np.array([list(each.needless_costs.values()) for each in images])
    return [
        Target("spread over requests / over paraphrases", estimate(ratios), 10, "x"),
        Target("empty prompt and strength 0 bit-equal to no prompt", estimate(100 * equal), 100, "%"),
        Target("sentences off topic: PSNR to the unprompted output", estimate(offtopic_db, image), 45),
        Target("Spearman of change and strength, tone", estimate_grid(monotonicity), 0.98, ""),
        Target("cost of a needless request", estimate_grid(costs_db), 0.3, at_most=True),
    ]


def _style_targets(result: AuditResult) -> list[Target]:
    """Both differences are positive when each style wins its own measure."""

    def faithful_minus_crisp(measure: str) -> Estimate | None:
        styles = [each.perception_distortion for each in result.images]
        return estimate(np.array([each["faithful"][measure] - each["crisp"][measure] for each in styles]))

    lpips = faithful_minus_crisp("lpips") if result.settings.with_lpips else None
    return [
        Target("faithful minus crisp, PSNR", faithful_minus_crisp("psnr_db"), 0),
        Target("faithful minus crisp, LPIPS", lpips, 0, ""),
    ]


def _reader_targets(result: AuditResult) -> list[Target]:
    """Against the hand-written table and against the one that a machine made of the training sentences."""
    return [
        Target(f"BERT minus {title}, intent accuracy, {WORDINGS[name]}", scores.lead_points[reader], 5, "points")
        for name, scores in result.intent.items()
        for reader, title in (("keywords", "keyword table"), ("word counts", "word counts"))
    ]


def _sentence_targets(scores: SentenceScores) -> list[Target]:
    """What a user who types freely may expect."""

    def percent(figure: str, value: Estimate, target: float) -> Target:
        return Target(figure, value, target, "%")

    targets = []
    for kind, one in scores.compounds.items():
        worse = Target(f"worse than doing nothing, tone wishes in {kind}", one.worse_percent, 0, "%", at_most=True)
        targets += [Target(f"PSNR to the exact edit, tone wishes in {kind}", one.exact_db, 35), worse]
    targets += [
        percent("amounts within a fifth", scores.amounts.within_percent, 90),
        percent("amounts monotone", scores.amounts.monotone_percent, 100),
    ]
    for kind, none in scores.abstention.items():
        targets += [
            percent(f"image unchanged, {kind} sentences without a wish", none.unchanged_percent, 95),
            percent(f"reported to the user, {kind} sentences without a wish", none.reported_percent, 90),
        ]
    targets += [
        percent("forbidden left undone", scores.negation.forbidden_undone_percent, 95),
        percent("forbidden left undone and wish done", scores.negation.both_percent, 90),
    ]
    targets += [
        percent(f"operations read exactly, {kind} sentences", one.asked_percent, 90)
        for kind, one in scores.reading.items()
    ]
    if (human := scores.human_reading) is not None:
        targets += [
            percent("operation read exactly, human sentences", human.operation_percent, 90),
            percent("direction read, human sentences", human.direction_percent, 95),
        ]
    return targets
