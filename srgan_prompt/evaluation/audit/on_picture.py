"""Everything that the audit measures on one picture."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from srgan_prompt.evaluation.audit.ceiling import perfect_obedience
from srgan_prompt.evaluation.audit.clean_case import middle
from srgan_prompt.evaluation.audit.contradiction import contradiction_costs
from srgan_prompt.evaluation.audit.hands_off import HandsOff, measure_hands_off
from srgan_prompt.evaluation.audit.settings import AuditSettings
from srgan_prompt.evaluation.audit.spoken import Listener, Sentence, grammar_sentences
from srgan_prompt.evaluation.audit.spread import paraphrase_spread, pixel_spread
from srgan_prompt.evaluation.audit.strength_curve import monotonicity, strength_curves
from srgan_prompt.evaluation.audit.styles import as_rgb8, measure_styles
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import REQUESTS, Obedience, audit_case, obedience_on
from srgan_prompt.evaluation.metrics import lpips
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.types import Answers, Image


@dataclass(frozen=True)
class PictureFindings:
    """Of one picture. ``obedience`` and ``sentences`` by set of wordings: "canonical", "grammar", "human".

    ``ceiling``: what a perfect restorer of the small picture would reach;
    ``lpips`` (K, K) or None; ``request_spread`` and ``paraphrase_spread`` in [0, 1]; ``styles`` by style and measure;
    ``contradictions`` in dB and ``monotonicity`` in [-1, 1] by operation.
    """

    obedience: dict[str, Obedience]
    sentences: dict[str, list[Sentence]]
    ceiling: Obedience
    lpips: np.ndarray | None
    request_spread: float
    paraphrase_spread: float
    hands_off: HandsOff
    styles: dict[str, dict[str, float]]
    contradictions: dict[str, float]
    monotonicity: dict[str, float]


@torch.inference_mode()
def audit_picture(
    subject: AuditSubject, hr: Image, number: int, human: Sequence[Sentence], settings: AuditSettings
) -> PictureFindings:
    """All measurements on picture ``number``, ``hr`` (1, 3, H, W), with ``human`` sentences for it."""
    border_px, seed = subject.scale, settings.seed + number
    case = audit_case(hr, REQUESTS, subject.scale, seed)
    documented = [Sentence(canonical(request), request.clauses[0].operation) for request in REQUESTS]
    grammar = grammar_sentences(settings.wordings_per_request, seed)
    outputs = subject.enlarge_all(case.lr, subject.embed([sentence.prompt for sentence in documented]))
    reworded = subject.enlarge_all(case.lr, subject.embed([sentence.prompt for sentence in grammar]))
    unprompted = subject.enlarge(case.lr)
    listener = Listener(number, case, outputs, unprompted, border_px)
    obedience = {
        "canonical": obedience_on(number, case, outputs, unprompted, border_px),
        "grammar": listener.hear(grammar, reworded),
    }
    if human:
        spoken = subject.enlarge_all(case.lr, subject.embed([sentence.prompt for sentence in human]))
        obedience["human"] = listener.hear(human, spoken)
    return PictureFindings(
        obedience=obedience,
        sentences={"canonical": documented, "grammar": grammar, "human": list(human)},
        ceiling=perfect_obedience(subject, case, unprompted, number=number, border_px=border_px),
        lpips=_lpips_matrix(outputs, case.targets) if settings.with_lpips else None,
        request_spread=pixel_spread(outputs),
        paraphrase_spread=paraphrase_spread(
            torch.cat([outputs, reworded]), [sentence.request for sentence in documented + grammar]
        ),
        hands_off=measure_hands_off(
            subject, case.lr, unprompted, num_offtopic=settings.num_offtopic, seed=seed, border_px=border_px
        ),
        styles=measure_styles(subject, hr, border_px, with_lpips=settings.with_lpips),
        contradictions=contradiction_costs(subject, hr, border_px),
        monotonicity={name: monotonicity(curve) for name, curve in strength_curves(subject, middle(case.lr)).items()},
    )


def _lpips_matrix(outputs: Image, targets: Answers) -> np.ndarray:
    answers = [as_rgb8(target) for target in targets]
    return np.array([[lpips(as_rgb8(output), answer) for answer in answers] for output in outputs])
