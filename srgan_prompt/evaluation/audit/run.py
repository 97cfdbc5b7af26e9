"""The prompt audit: does the sentence decide what the network does?

A model and photos in, an ``AuditResult`` out: every request against every other on the same images, in documented
wordings, in wordings of the grammar that training never saw, and in people's own if a file of them is given; with what
should change nothing, with strengths, with needless requests, with sentences of several wishes or none, and with what
could read the sentences in BERT's place. ``report`` and ``document`` present it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from srgan_prompt.evaluation.audit.baselines import (
    IntentScores,
    OneHotTable,
    OperationReader,
    WordCounts,
    baseline_db,
    compare_readers,
    operation_by_keywords,
    read_by_bert,
    training_sentences,
)
from srgan_prompt.evaluation.audit.labelled_sentences import (
    Sentence,
    grammar_sentences,
    load_hand_written,
    single_wishes,
    without_wish,
)
from srgan_prompt.evaluation.audit.measures import ImageFindings, measure_image
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings, clean_case
from srgan_prompt.evaluation.audit.reading import HumanReadingScores, ReadingScores, score_human, score_readings
from srgan_prompt.evaluation.audit.wishes import (
    AbstentionScores,
    AmountScores,
    CompoundScores,
    NegationScores,
    compound_db,
    compounds,
    forbidding_tone,
    lab_shifts,
    obeyed,
    score_abstention,
    score_amounts,
    score_compounds,
    score_negation,
    shown_by_percent,
)
from srgan_prompt.evaluation.confusion import PromptScores
from srgan_prompt.evaluation.statistics import Estimate, estimate
from srgan_prompt.prompts.operations import OPERATIONS, plain_request
from srgan_prompt.types import Image


@dataclass(frozen=True)
class AuditResult:
    """All findings.

    ``prompt_scores``, ``sentences`` and ``intent`` by set of wordings: "canonical", "grammar", "human"; ``intent`` has
    "hand-written" and "no wish" too. ``oracle``: what a perfect restorer of the small image would reach.
    ``baseline_psnr``: set -> reader -> PSNR in dB of the output when that reader hears the sentence instead of BERT.
    """

    model: str
    scale: int
    settings: AuditSettings
    images: list[ImageFindings]
    oracle: PromptScores
    prompt_scores: dict[str, PromptScores]
    sentences: dict[str, list[Sentence]]
    intent: dict[str, IntentScores]
    baseline_psnr: dict[str, dict[str, Estimate | None]]
    sentence_scores: "SentenceScores"

    @property
    def lpips_matrix(self) -> np.ndarray | None:
        """LPIPS (K, K) of documented wordings against exact answers, the mean over images; None if not measured."""
        matrices = [each.lpips for each in self.images if each.lpips is not None]
        return np.mean(matrices, axis=0) if matrices else None

    def estimate(self, wordings: str, measure: str, chosen: np.ndarray | None = None) -> Estimate | None:
        """The mean of a measure of ``PromptScores`` ("right_minus_wrong", "wins", ...) over ``chosen`` sentences."""
        scores = self.prompt_scores[wordings]
        chosen = np.full(len(scores), True) if chosen is None else chosen
        units = [scores.image[chosen]]
        if wordings != "canonical":  # documented wordings are all there are; the others are a sample
            units.append(np.arange(len(scores))[chosen])
        return estimate(getattr(scores, measure)[chosen], *units)


def run_audit(
    model: AuditModel,
    images: Sequence[Image],
    human: Sequence[Sentence] = (),
    settings: AuditSettings | None = None,
    on_image: Callable[[int], None] = lambda number: None,
) -> AuditResult:
    """Audit ``model`` on clean ``images`` (1, 3, H, W) each; ``on_image`` hears the number of each one first.

    Every one of the ``human`` sentences is tried on one image, in turn. Raises ModelError when ``settings`` want
    LPIPS and its weights cannot be had.
    """
    settings = settings or AuditSettings()
    findings, sentence_findings = [], []
    for number, hr in enumerate(images):
        on_image(number)
        findings.append(measure_image(model, hr, number, human[number :: len(images)], settings))
        sentence_findings.append(measure_sentences(model, hr, settings))
    names = ("canonical", "grammar", "human") if human else ("canonical", "grammar")
    parts = {name: [each for each in findings if name in each.prompt_scores] for name in names}
    known = training_sentences(settings.known_wordings, settings.seed)
    baselines: dict[str, OperationReader] = {
        "keywords": operation_by_keywords,
        "word counts": WordCounts(known),
        "one-hot": OneHotTable(known),
    }
    scores = {name: PromptScores.joined([each.prompt_scores[name] for each in parts[name]]) for name in names}
    sentences = {name: [one for each in parts[name] for one in each.sentences[name]] for name in names}
    return AuditResult(
        model=model.name,
        scale=model.scale,
        settings=settings,
        images=findings,
        oracle=PromptScores.joined([each.oracle for each in findings]),
        prompt_scores=scores,
        sentences=sentences,
        intent=_score_intent(model, human, baselines, settings),
        baseline_psnr={
            name: _baseline_psnr(*without_amounts(scores[name], sentences[name]), baselines) for name in names[1:]
        },
        sentence_scores=score_sentences(model, sentence_findings, human, settings),
    )


def _score_intent(
    model: AuditModel, human: Sequence[Sentence], baselines: Mapping[str, OperationReader], settings: AuditSettings
) -> dict[str, IntentScores]:
    """By set of sentences, how often BERT and each of the ``baselines`` tell which one operation is asked for."""
    every = [plain_request(name) for name in OPERATIONS]
    hand_written = load_hand_written("evaluation")
    grammar = grammar_sentences(settings.intent_sentences, settings.seed, every)
    to_read: dict[str, list[tuple[str, str | None]]] = {
        "grammar": [(sentence.prompt, sentence.operation) for sentence in grammar],
        "human": [(sentence.prompt, sentence.operation) for sentence in human],
        "hand-written": list(single_wishes(hand_written)),
        "no wish": [(sentence.prompt, None) for sentence in without_wish(hand_written)],
    }
    by_bert = read_by_bert(model, [prompt for part in to_read.values() for prompt, _ in part])
    readers: dict[str, OperationReader] = {"BERT": by_bert.get, **baselines}
    scores = {name: compare_readers(readers, part) for name, part in to_read.items()}
    return {name: one for name, one in scores.items() if one is not None}


def _baseline_psnr(
    scores: PromptScores, sentences: Sequence[Sentence], baselines: Mapping[str, OperationReader]
) -> dict[str, Estimate | None]:
    """PSNR of the output in dB if BERT, or a baseline in its place, reads the ``sentences``."""
    units = (scores.image, np.arange(len(scores)))
    return {"BERT": estimate(scores.right, *units)} | {
        name: estimate(baseline_db(scores, sentences, reader), *units) for name, reader in baselines.items()
    }


def without_amounts(scores: PromptScores, sentences: Sequence[Sentence]) -> tuple[PromptScores, list[Sentence]]:
    """Both without the sentences that say how much.

    Such a sentence asks for another amount, so that neither the documented wording nor a reader that knows operations
    alone could answer it fairly.
    """
    plain = [not sentence.says_how_much for sentence in sentences]
    return scores[np.array(plain)], [sentence for sentence, chosen in zip(sentences, plain, strict=True) if chosen]


@dataclass(frozen=True)
class SentenceFindings:
    """Of one image: see ``compound_db``, ``shown_by_percent``, ``lab_shifts`` and ``obeyed``."""

    compound_db: np.ndarray
    shown: np.ndarray
    shifts: np.ndarray
    obeyed: np.ndarray


@dataclass(frozen=True)
class SentenceScores:
    """Over all images, what one operation asked alone cannot show: sentences of several wishes, of none, and the like.

    ``compounds``, ``abstention`` and ``reading`` by kind of sentence; ``human_reading`` is None
    without people's sentences."""

    compounds: dict[str, CompoundScores]
    amounts: AmountScores
    abstention: dict[str, AbstentionScores]
    negation: NegationScores
    reading: dict[str, ReadingScores]
    human_reading: HumanReadingScores | None


def measure_sentences(model: AuditModel, hr: Image, settings: AuditSettings) -> SentenceFindings:
    """Every sentence on the middle of the clean image ``hr`` (1, 3, H, W)."""
    case = clean_case(model, hr)
    sentences = load_hand_written("evaluation")
    return SentenceFindings(
        compound_db=compound_db(model, case, compounds(settings.num_triples, settings.seed)),
        shown=shown_by_percent(model, case),
        shifts=lab_shifts(model, case, [each.prompt for each in without_wish(sentences)]),
        obeyed=obeyed(model, case, forbidding_tone(sentences)),
    )


def score_sentences(
    model: AuditModel, findings: Sequence[SentenceFindings], human: Sequence[Sentence], settings: AuditSettings
) -> SentenceScores:
    """The scores of ``findings``, one an image, and of how ``model`` reads hand-written and ``human`` sentences."""
    sentences = load_hand_written("evaluation")
    silent = without_wish(sentences)
    asked = compounds(settings.num_triples, settings.seed)
    return SentenceScores(
        compounds=score_compounds(asked, np.stack([each.compound_db for each in findings])),
        amounts=score_amounts([each.shown for each in findings]),
        abstention=score_abstention(
            silent, model.read([each.prompt for each in silent]), [each.shifts for each in findings]
        ),
        negation=score_negation(forbidding_tone(sentences), [each.obeyed for each in findings]),
        reading=score_readings(sentences, model.read([each.prompt for each in sentences])),
        human_reading=score_human(human, model.read([each.prompt for each in human])),
    )
