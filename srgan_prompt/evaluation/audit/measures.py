"""When nothing is asked, nothing may change: the empty prompt, strength 0, and sentences that are no request.

How well a request can be recognised at all: the audit of a perfect reader and restorer.

Its small picture is free of exactly the faults that it was asked to remove; the audited network only enlarges it, and
the exact tone edit follows. What is missing then is detail that no small picture holds: so these figures are the
ceiling for a network that enlarges as well as the audited one.

What a needless request costs: "remove the noise" where there is none, "brighter" on a picture that is bright.

The cost is the PSNR in dB that the output loses against its own exact answer, compared with no prompt against its own:
for a restoration both answers are the clean picture itself.

Whether more strength changes more: the mean absolute change of the output at strengths from 0 to 1.5.

How much the outputs for one picture differ: over requests they should, over wordings of one request they should not.

The measure is the standard deviation of each pixel over the outputs, averaged over pixels; [0, 1] is the full range.

The two ends of perception and distortion on a clean picture: "faithful" must win PSNR, "crisp" must win LPIPS.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.audit.statistics import spearman
from srgan_prompt.evaluation.confusion import (
    FAMILIES,
    REQUESTS,
    AuditCase,
    Obedience,
    exact_answers,
    obedience_on,
    psnr_matrix,
)
from srgan_prompt.evaluation.metrics import lpips
from srgan_prompt.grammar.off_topic import write_offtopic
from srgan_prompt.operators.degradations import Degradations, degrade
from srgan_prompt.operators.filters import down
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.operators.tone import apply_tone, edit
from srgan_prompt.prompts.operations import OPERATIONS, Request, canonical, plain_request
from srgan_prompt.types import Image, LargeImage

OFFTOPIC = "is it totoro?"


@dataclass(frozen=True)
class HandsOff:
    """Of one picture. ``offtopic_db``: PSNR of the outputs under sentences off topic against the unprompted one."""

    empty_is_equal: bool
    strength_0_is_equal: bool
    offtopic_db: dict[str, float]


def measure_hands_off(
    subject: AuditModel, lr: Image, unprompted: LargeImage, *, num_offtopic: int, seed: int, border_px: int
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


def perfect_obedience(
    subject: AuditModel, case: AuditCase, unprompted: LargeImage, *, number: int, border_px: int
) -> Obedience:
    """Every one of REQUESTS carried out perfectly before enlarging, on picture ``number``."""
    asked = as_tensors(REQUESTS)
    restored = case.damage.kept(torch.zeros(len(REQUESTS), dtype=torch.long), asked.removed)
    enlarged = torch.cat([subject.enlarge(lr[None]) for lr in restored])
    outputs = apply_tone(enlarged, asked.tone).clamp(0, 1)
    return obedience_on(number, case, outputs, unprompted, border_px)


# what is asked, and the tone that the clean picture is given first
CONTRADICTIONS: dict[str, str | None] = {
    "denoise": None,
    "deblur": None,
    "dejpeg": None,
    "restore": None,
    "brighten": "brighten",
    "darken": "darken",
    "saturate": "saturate",
    "desaturate": "desaturate",
}


def contradiction_costs(subject: AuditModel, hr: Image, border_px: int) -> dict[str, float]:
    """The cost in dB of each of CONTRADICTIONS on one clean picture (1, 3, H, W)."""
    costs = {}
    for asked, already in CONTRADICTIONS.items():
        picture = hr if already is None else edit(hr, {already: OPERATIONS[already].strong})
        clean = degrade(picture, [Degradations()], subject.scale, [np.random.default_rng(0)])
        request = plain_request(asked)
        outputs = [subject.enlarge(clean.lr), subject.enlarge(clean.lr, subject.embed([canonical(request)])[0])]
        found = psnr_matrix(torch.cat(outputs), exact_answers(clean, [Request(), request]), border_px)
        costs[asked] = float(found[0, 0] - found[1, 1])
    return costs


STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
_TONE = [request for request, family in zip(REQUESTS, FAMILIES, strict=True) if family == "tone"]


def strength_curves(subject: AuditModel, lr: Image) -> dict[str, np.ndarray]:
    """Change of one picture's clipped output against strength 0, by tone operation: (len(STRENGTHS),) each."""
    curves = {}
    for request, text in zip(_TONE, subject.embed([canonical(request) for request in _TONE]), strict=True):
        outputs = [subject.enlarge(lr, text, strength).clamp(0, 1) for strength in STRENGTHS]
        curves[request.clauses[0].operation] = np.array([(out - outputs[0]).abs().mean().item() for out in outputs])
    return curves


def monotonicity(curve: np.ndarray) -> float:
    """Spearman's rank correlation of strength and change; 1 if each step changes more than the last."""
    return spearman(np.array(STRENGTHS), curve)


def pixel_spread(outputs: Image) -> float:
    """The mean pixel deviation over ``outputs`` (S, 3, H, W), at least two."""
    return outputs.clamp(0, 1).std(dim=0).mean().item()


def paraphrase_spread(outputs: Image, request: Sequence[int]) -> float:
    """The same over wordings: ``request`` (S,) says what each output was asked for; averaged over requests."""
    asked = torch.tensor(request)
    return float(np.mean([pixel_spread(outputs[asked == number]) for number in asked.unique()]))


STYLES = ("faithful", "crisp")


def measure_styles(subject: AuditModel, hr: Image, border_px: int, *, with_lpips: bool) -> dict[str, dict[str, float]]:
    """``{"faithful": {"psnr_db": ..., "lpips": ...}, "crisp": ...}`` of one clean picture (1, 3, H, W)."""
    lr = down(hr, subject.scale).mul(255).round().div(255)
    outputs = subject.enlarge_all(lr, subject.embed([canonical(plain_request(style)) for style in STYLES]))
    psnr = psnr_matrix(outputs, hr, border_px)[:, 0]
    scores = {style: {"psnr_db": float(value)} for style, value in zip(STYLES, psnr, strict=True)}
    if with_lpips:
        for style, output in zip(STYLES, outputs, strict=True):
            scores[style]["lpips"] = lpips(as_rgb8(output), as_rgb8(hr[0]))
    return scores


def as_rgb8(image: Tensor) -> np.ndarray:
    """(3, H, W) in [0, 1] to (H, W, 3) uint8."""
    return image.clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
