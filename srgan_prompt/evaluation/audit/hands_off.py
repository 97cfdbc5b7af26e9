"""When nothing is asked, nothing may change: the empty prompt, strength 0, and sentences that are no request."""

import random
from dataclasses import dataclass

import torch

from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import REQUESTS, psnr_matrix
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.grammar.off_topic import write_offtopic
from srgan_prompt.types import Image, LargeImage

OFFTOPIC = "is it totoro?"


@dataclass(frozen=True)
class HandsOff:
    """Of one picture. ``offtopic_db``: PSNR of the outputs under sentences off topic against the unprompted one."""

    empty_is_equal: bool
    strength_0_is_equal: bool
    offtopic_db: dict[str, float]


def measure_hands_off(
    subject: AuditSubject, lr: Image, unprompted: LargeImage, *, num_offtopic: int, seed: int, border_px: int
) -> HandsOff:
    """``unprompted`` (1, 3, H, W) is the output without any text for ``lr`` (1, 3, h, w). Equal means bit for bit."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    sentences = list(dict.fromkeys([OFFTOPIC, *(write_offtopic(rng) for _ in range(num_offtopic - 1))]))
    outputs = subject.enlarge_all(lr, subject.embed(sentences))
    (blank,) = subject.embed([""])
    asked = subject.embed([canonical(request) for request in REQUESTS])
    return HandsOff(
        empty_is_equal=torch.equal(subject.enlarge(lr, blank), unprompted),
        strength_0_is_equal=all(torch.equal(subject.enlarge(lr, text, 0.0), unprompted) for text in asked[::5]),
        offtopic_db=dict(
            zip(sentences, psnr_matrix(outputs, unprompted.clamp(0, 1), border_px)[:, 0].tolist(), strict=True)
        ),
    )
