"""What one operation asked alone cannot show: sentences of several wishes, of none, with numbers, or that forbid.

``measure_sentences`` is what they do to one image; ``score_sentences`` sums up all images, and how they are read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.audit.abstention import AbstentionScores, lab_shifts, score_abstention, without_wish
from srgan_prompt.evaluation.audit.amounts import AmountScores, score_amounts, shown_by_percent
from srgan_prompt.evaluation.audit.clean_case import clean_case
from srgan_prompt.evaluation.audit.compound import CompoundScores, compound_db, compounds, score_compounds
from srgan_prompt.evaluation.audit.hand_written import load_hand_written
from srgan_prompt.evaluation.audit.negation import NegationScores, forbidding_tone, obeyed, score_negation
from srgan_prompt.evaluation.audit.reading_accuracy import (
    HumanReadingScores,
    ReadingScores,
    score_human,
    score_readings,
)
from srgan_prompt.evaluation.audit.settings import AuditSettings
from srgan_prompt.evaluation.audit.spoken import Sentence
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.audit.understood import read
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


def measure_sentences(subject: AuditSubject, hr: Image, settings: AuditSettings) -> SentenceFindings:
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
    subject: AuditSubject, findings: Sequence[SentenceFindings], human: Sequence[Sentence], settings: AuditSettings
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
