"""How well a request can be recognised at all: the audit of a perfect reader and restorer.

Its small picture is free of exactly the faults that it was asked to remove; the audited network only enlarges it, and
the exact tone edit follows. What is missing then is detail that no small picture holds: so these figures are the
ceiling for a network that enlarges as well as the audited one.
"""

import numpy as np
import torch

from srgan_prompt.data.degradations import Degradations, degrade
from srgan_prompt.data.edits import apply_tone
from srgan_prompt.data.requests import as_tensors
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import REQUESTS, AuditCase, Obedience, obedience_on
from srgan_prompt.types import Image, LargeImage


def perfect_obedience(
    subject: AuditSubject, case: AuditCase, unprompted: LargeImage, *, number: int, seed: int, border_px: int
) -> Obedience:
    """Every one of REQUESTS carried out perfectly before enlarging, on picture ``number`` damaged with ``seed``."""
    asked = as_tensors(REQUESTS)
    enlarged = torch.cat([subject.enlarge(_restored(case, removed, seed)) for removed in asked.removed])
    outputs = apply_tone(enlarged, asked.tone).clamp(0, 1)
    return obedience_on(number, case, outputs, unprompted, border_px)


def _restored(case: AuditCase, removed: torch.Tensor, seed: int) -> Image:
    """The small picture of ``case`` as it would be without the faults of which ``removed`` (3,) says 1."""
    blur, noise, jpeg = 1 - removed
    what, scale = case.damage.what, case.damage.scale
    left = Degradations(
        blur_sigma_px=blur * what.blur_sigma_px,
        gaussian_std=noise * what.gaussian_std,
        grain_std=noise * what.grain_std,
        shot_std=noise * what.shot_std,
        jpeg_quality=jpeg * what.jpeg_quality,
    )
    return degrade(case.damage.hr, left, scale, [np.random.default_rng(seed)]).lr
