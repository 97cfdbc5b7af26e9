"""Whether more strength changes more: the mean absolute change of the output at strengths from 0 to 1.5."""

import numpy as np

from srgan_prompt.evaluation.audit.statistics import spearman
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import FAMILIES, REQUESTS
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.types import Image

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
_TONE = [request for request, family in zip(REQUESTS, FAMILIES, strict=True) if family == "tone"]


def strength_curves(subject: AuditSubject, lr: Image) -> dict[str, np.ndarray]:
    """Change of one picture's clipped output against strength 0, by tone operation: (len(STRENGTHS),) each."""
    curves = {}
    for request, text in zip(_TONE, subject.embed([canonical(request) for request in _TONE]), strict=True):
        outputs = [subject.enlarge(lr, text, strength).clamp(0, 1) for strength in STRENGTHS]
        curves[request.clauses[0].operation] = np.array([(out - outputs[0]).abs().mean().item() for out in outputs])
    return curves


def monotonicity(curve: np.ndarray) -> float:
    """Spearman's rank correlation of strength and change; 1 if each step changes more than the last."""
    return spearman(np.array(STRENGTHS), curve)
