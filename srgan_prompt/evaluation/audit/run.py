"""The prompt audit: does the sentence decide what the network does?

A model and photos in, an ``AuditResult`` out: every request against every other on the same pictures, in documented
wordings, in wordings of the grammar that training never saw, and in people's own if a file of them is given; with what
should change nothing, with strengths, with contradictions, with sentences of several wishes or none, and with BERT's
rivals. ``audit.report`` presents it.

What one operation asked alone cannot show: sentences of several wishes, of none, with numbers, or that forbid.

``measure_sentences`` is what they do to one image; ``score_sentences`` sums up all images, and how they are read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.audit.baselines import OneHotTable, WordCounts, operation_by_keywords, training_sentences
from srgan_prompt.evaluation.audit.labelled_sentences import (
    Sentence,
    grammar_sentences,
    load_hand_written,
    single_wishes,
)
from srgan_prompt.evaluation.audit.measure_image import PictureFindings, audit_picture
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings, read
from srgan_prompt.evaluation.audit.reading import (
    HumanReadingScores,
    IntentScores,
    Reader,
    ReadingScores,
    read_by_bert,
    score_human,
    score_readers,
    score_readings,
    stand_in_db,
)
from srgan_prompt.evaluation.audit.refusals import (
    AbstentionScores,
    NegationScores,
    forbidding_tone,
    lab_shifts,
    obeyed,
    score_abstention,
    score_negation,
    without_wish,
)
from srgan_prompt.evaluation.audit.statistics import Estimate, estimate
from srgan_prompt.evaluation.audit.tone_wishes import (
    AmountScores,
    CompoundScores,
    clean_case,
    compound_db,
    compounds,
    score_amounts,
    score_compounds,
    shown_by_percent,
)
from srgan_prompt.evaluation.confusion import Obedience
from srgan_prompt.prompts.operations import OPERATIONS, plain_request
from srgan_prompt.types import Image


@dataclass(frozen=True)
class SentenceFindings:
    """Of one image: see ``compound_db``, ``shown_by_percent``, ``lab_shifts`` and ``obeyed``."""

    compound_db: np.ndarray
    shown: np.ndarray
    shifts: np.ndarray
    obeyed: np.ndarray


@dataclass(frozen=True)
class SentenceScores:
    """Over all images. ``compounds``, ``abstention`` and ``reading`` by kind of sentence; ``human_reading`` is None
    without people's sentences."""

    compounds: dict[str, CompoundScores]
    amounts: AmountScores
    abstention: dict[str, AbstentionScores]
    negation: NegationScores
    reading: dict[str, ReadingScores]
    human_reading: HumanReadingScores | None


def measure_sentences(subject: AuditModel, hr: Image, settings: AuditSettings) -> SentenceFindings:
    """Every sentence on the middle of the clean image ``hr`` (1, 3, H, W)."""
    case = clean_case(subject, hr)
    sentences = load_hand_written("evaluation")
    return SentenceFindings(
        compound_db=compound_db(subject, case, compounds(settings.num_triples, settings.seed)),
        shown=shown_by_percent(subject, case),
        shifts=lab_shifts(subject, case, [each.prompt for each in without_wish(sentences)]),
        obeyed=obeyed(subject, case, forbidding_tone(sentences)),
    )


def score_sentences(
    subject: AuditModel, findings: Sequence[SentenceFindings], human: Sequence[Sentence], settings: AuditSettings
) -> SentenceScores:
    """The scores of ``findings``, one an image, and of how ``subject`` reads hand-written and ``human`` sentences."""
    sentences = load_hand_written("evaluation")
    silent = without_wish(sentences)
    asked = compounds(settings.num_triples, settings.seed)
    return SentenceScores(
        compounds=score_compounds(asked, np.stack([each.compound_db for each in findings])),
        amounts=score_amounts([each.shown for each in findings]),
        abstention=score_abstention(
            silent, read(subject, [each.prompt for each in silent]), [each.shifts for each in findings]
        ),
        negation=score_negation(forbidding_tone(sentences), [each.obeyed for each in findings]),
        reading=score_readings(sentences, read(subject, [each.prompt for each in sentences])),
        human_reading=score_human(human, read(subject, [each.prompt for each in human])),
    )


@dataclass(frozen=True)
class AuditResult:
    """All findings. ``obedience``, ``sentences`` and ``intent`` by set of wordings: "canonical", "grammar", "human".

    ``ceiling``: what a perfect restorer of the small picture would reach.
    ``intent`` has "hand-written" and "no wish" too. ``sentence_scores``: sentences of several
    wishes, of none, and the like.
    ``stand_ins``: set -> reader -> PSNR in dB of the output when that reader hears the sentence instead of BERT.
    """

    model: str
    scale: int
    settings: AuditSettings
    pictures: list[PictureFindings]
    ceiling: Obedience
    obedience: dict[str, Obedience]
    sentences: dict[str, list[Sentence]]
    intent: dict[str, IntentScores]
    stand_ins: dict[str, dict[str, Estimate | None]]
    sentence_scores: SentenceScores

    def estimate(self, wordings: str, measure: str, chosen: np.ndarray | None = None) -> Estimate | None:
        """The mean of a measure of ``Obedience`` ("right_minus_wrong", "recalled", ...) over ``chosen`` sentences."""
        obedience = self.obedience[wordings]
        chosen = np.full(len(obedience), True) if chosen is None else chosen
        units = [obedience.picture[chosen]]
        if wordings != "canonical":  # documented wordings are all there are; the others are a sample
            units.append(np.arange(len(obedience))[chosen])
        return estimate(getattr(obedience, measure)[chosen], *units)


def run_audit(
    subject: AuditModel,
    pictures: Sequence[Image],
    human: Sequence[Sentence] = (),
    settings: AuditSettings | None = None,
    on_picture: Callable[[int], None] = lambda number: None,
) -> AuditResult:
    """Audit ``subject`` on clean ``pictures`` (1, 3, H, W) each; ``on_picture`` hears the number of each one first.

    Every one of the ``human`` sentences is tried on one picture, in turn. Raises ModelError when ``settings`` want
    LPIPS and its weights cannot be had.
    """
    settings = settings or AuditSettings()
    findings, sentence_findings = [], []
    for number, hr in enumerate(pictures):
        on_picture(number)
        findings.append(audit_picture(subject, hr, number, human[number :: len(pictures)], settings))
        sentence_findings.append(measure_sentences(subject, hr, settings))
    names = ("canonical", "grammar", "human") if human else ("canonical", "grammar")
    parts = {name: [each for each in findings if name in each.obedience] for name in names}
    obedience = {name: Obedience.joined([each.obedience[name] for each in parts[name]]) for name in names}
    sentences = {name: [one for each in parts[name] for one in each.sentences[name]] for name in names}
    intent, stand_ins = _compare_readers(subject, obedience, sentences, human, settings)
    return AuditResult(
        model=subject.name,
        scale=subject.scale,
        settings=settings,
        pictures=findings,
        ceiling=Obedience.joined([each.ceiling for each in findings]),
        obedience=obedience,
        sentences=sentences,
        intent=intent,
        stand_ins=stand_ins,
        sentence_scores=score_sentences(subject, sentence_findings, human, settings),
    )


def _compare_readers(
    subject: AuditModel,
    obedience: dict[str, Obedience],
    sentences: dict[str, list[Sentence]],
    human: Sequence[Sentence],
    settings: AuditSettings,
) -> tuple[dict[str, IntentScores], dict[str, dict[str, Estimate | None]]]:
    """Accuracy of understanding, and what it means for the output, of BERT, keywords, word counts and a one-hot table.

    Whoever wrote the keywords had read people's sentences; the other two tables know training sentences only.
    """
    every = [plain_request(name) for name in OPERATIONS]
    hand_written = load_hand_written("evaluation")
    to_read: dict[str, Sequence[tuple[str, str | None]]] = {
        "grammar": _as_pairs(grammar_sentences(settings.intent_sentences, settings.seed, every)),
        "human": _as_pairs(human),
        "hand-written": single_wishes(hand_written),
        "no wish": [(sentence.prompt, None) for sentence in without_wish(hand_written)],
    }
    by_bert = read_by_bert(subject, [prompt for part in to_read.values() for prompt, _ in part])
    known = training_sentences(settings.known_wordings, settings.seed)
    stand_ins: dict[str, Reader] = {
        "keywords": operation_by_keywords,
        "word counts": WordCounts(known),
        "one-hot": OneHotTable(known),
    }
    readers: dict[str, Reader] = {"BERT": by_bert.get, **stand_ins}
    intent = {name: scores for name, part in to_read.items() if (scores := score_readers(readers, part)) is not None}
    psnr = {}
    for name in obedience.keys() - {"canonical"}:
        # A sentence that says how much has no one answer that would be fair to readers of operations alone.
        plain = np.array([not sentence.says_how_much for sentence in sentences[name]])
        heard = obedience[name][plain]
        spoken = [sentence for sentence in sentences[name] if not sentence.says_how_much]
        units = (heard.picture, np.arange(len(heard)))
        psnr[name] = {"BERT": estimate(heard.right, *units)} | {
            reader: estimate(stand_in_db(heard, spoken, read), *units) for reader, read in stand_ins.items()
        }
    return intent, psnr


def _as_pairs(sentences: Sequence[Sentence]) -> list[tuple[str, str | None]]:
    return [(sentence.prompt, sentence.operation) for sentence in sentences]
