"""How well a request can be recognised at all: the audit of a perfect reader and restorer.

Its small picture is free of exactly the faults that it was asked to remove; the audited network only enlarges it, and
the exact tone edit follows. What is missing then is detail that no small picture holds: so these figures are the
ceiling for a network that enlarges as well as the audited one.
"""

import torch

from srgan_prompt.data.edits import apply_tone
from srgan_prompt.data.requests import as_tensors
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import REQUESTS, AuditCase, Obedience, obedience_on
from srgan_prompt.types import LargeImage


def perfect_obedience(
    subject: AuditSubject, case: AuditCase, unprompted: LargeImage, *, number: int, border_px: int
) -> Obedience:
    """Every one of REQUESTS carried out perfectly before enlarging, on picture ``number``."""
    asked = as_tensors(REQUESTS)
    restored = case.damage.kept(torch.zeros(len(REQUESTS), dtype=torch.long), asked.removed)
    enlarged = torch.cat([subject.enlarge(lr[None]) for lr in restored])
    outputs = apply_tone(enlarged, asked.tone).clamp(0, 1)
    return obedience_on(number, case, outputs, unprompted, border_px)
