"""A clean photo and what the audited network makes of it under the empty prompt.

Sentences about tone are measured here: the exact answer is the exact edit of the network's own output under the empty
prompt, so that nothing counts but what the sentence did.
"""

from dataclasses import dataclass

import torch

from srgan_prompt.data.resampling import down, to_8_bits
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.types import Image, LargeImage


@dataclass(frozen=True)
class CleanCase:
    """``lr`` (1, 3, h, w), and ``empty`` (1, 3, H, W), the output under the empty prompt clipped to [0, 1]."""

    lr: Image
    empty: LargeImage
    border_px: int


@torch.inference_mode()
def clean_case(subject: AuditSubject, hr: Image) -> CleanCase:
    """The middle of ``hr`` (1, 3, H, W), reduced and rounded to 8 bits."""
    lr = to_8_bits(middle(down(hr, subject.scale)))
    (blank,) = subject.embed([""])
    return CleanCase(lr, subject.enlarge(lr, blank).clamp(0, 1), subject.scale)


def middle(image: Image) -> Image:
    """The middle quarter: tone is global, and a quarter costs a quarter."""
    height, width = image.shape[-2:]
    return image[..., height // 4 : height - height // 4, width // 4 : width - width // 4]
