"""What else a sentence should and should not do, beside its own answer: six measures of one image.

- Identity: when nothing is asked, nothing may change.
- Oracle: how well a request could be recognised at all.
- Needless requests: what it costs to ask for what is there already.
- Strength: whether more of it changes more.
- Spread: outputs should differ over requests, and not over wordings of one request.
- Perception and distortion: "faithful" must win PSNR, "crisp" must win LPIPS.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from srgan_prompt.evaluation.audit.model import AuditModel
from srgan_prompt.evaluation.audit.statistics import spearman
from srgan_prompt.evaluation.confusion import (
    REQUESTS,
    AuditCase,
    PromptScores,
    exact_answers,
    psnr_matrix,
    score_requests,
)
from srgan_prompt.evaluation.metrics import as_rgb8, lpips
from srgan_prompt.grammar.off_topic import write_offtopic
from srgan_prompt.operators.corruptions import to_8_bits
from srgan_prompt.operators.degradations import Degradations, degrade
from srgan_prompt.operators.filters import down
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.operators.tone import apply_tone, edit
from srgan_prompt.prompts.operations import OPERATIONS, TONE, Request, canonical, plain_request
from srgan_prompt.types import Image, LargeImage

OFFTOPIC = "is it totoro?"


@dataclass(frozen=True)
class Identity:
    """Of one image. ``offtopic_db``: PSNR of the outputs under sentences off topic against the unprompted one."""

    empty_is_equal: bool
    strength_0_is_equal: bool
    offtopic_db: dict[str, float]


def measure_identity(
    model: AuditModel, lr: Image, unprompted: LargeImage, *, num_offtopic: int, seed: int, border_px: int
) -> Identity:
    """``unprompted`` (1, 3, H, W) is the output without any text for ``lr`` (1, 3, h, w). Equal means bit for bit."""
    rng = random.Random(seed)  # noqa: S311  not for secrets
    sentences = list(dict.fromkeys([OFFTOPIC, *(write_offtopic(rng) for _ in range(num_offtopic - 1))]))
    outputs = model.upscale_all(lr, model.embed(sentences))
    (blank,) = model.embed([""])
    asked = model.embed([canonical(request) for request in REQUESTS])
    return Identity(
        empty_is_equal=torch.equal(model.upscale(lr, blank), unprompted),
        strength_0_is_equal=all(torch.equal(model.upscale(lr, text, 0.0), unprompted) for text in asked[::5]),
        offtopic_db=dict(
            zip(sentences, psnr_matrix(outputs, unprompted.clamp(0, 1), border_px)[:, 0].tolist(), strict=True)
        ),
    )


def oracle_scores(
    model: AuditModel, case: AuditCase, unprompted: LargeImage, *, number: int, border_px: int
) -> PromptScores:
    """What a perfect reader and restorer would reach on image ``number``, for every one of REQUESTS.

    Its small image is free of exactly the faults that it was asked to remove; the audited network only upscales it,
    and the exact tone edit follows. What is missing then is detail that no small image holds.
    """
    asked = as_tensors(REQUESTS)
    restored = case.degraded.kept(torch.zeros(len(REQUESTS), dtype=torch.long), asked.removed)
    upscaled = torch.cat([model.upscale(lr[None]) for lr in restored])
    outputs = apply_tone(upscaled, asked.tone).clamp(0, 1)
    return score_requests(number, case, outputs, unprompted, border_px)


# What is asked, and the tone that the clean image is given first.
NEEDLESS_REQUESTS: dict[str, str | None] = {
    "denoise": None,
    "deblur": None,
    "dejpeg": None,
    "restore": None,
    "brighten": "brighten",
    "darken": "darken",
    "saturate": "saturate",
    "desaturate": "desaturate",
}


def needless_request_costs(model: AuditModel, hr: Image, border_px: int) -> dict[str, float]:
    """The cost in dB of each of NEEDLESS_REQUESTS on one clean image (1, 3, H, W).

    It is the PSNR that the output loses against its own exact answer, compared with no prompt against its own: for a
    restoration both answers are the clean image itself.
    """
    costs = {}
    for asked, already in NEEDLESS_REQUESTS.items():
        image = hr if already is None else edit(hr, {already: OPERATIONS[already].strong})
        clean = degrade(image, [Degradations()], model.scale, [np.random.default_rng(0)])
        request = plain_request(asked)
        outputs = [model.upscale(clean.lr), model.upscale(clean.lr, model.embed([canonical(request)])[0])]
        found = psnr_matrix(torch.cat(outputs), exact_answers(clean, [Request(), request]), border_px)
        costs[asked] = float(found[0, 0] - found[1, 1])
    return costs


STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


def strength_curves(model: AuditModel, lr: Image) -> dict[str, np.ndarray]:
    """Mean absolute change of one clipped output against strength 0, by tone operation: (len(STRENGTHS),) each."""
    curves = {}
    for name, text in zip(TONE, model.embed([canonical(plain_request(name)) for name in TONE]), strict=True):
        outputs = [model.upscale(lr, text, strength).clamp(0, 1) for strength in STRENGTHS]
        curves[name] = np.array([(output - outputs[0]).abs().mean().item() for output in outputs])
    return curves


def monotonicity(curve: np.ndarray) -> float:
    """Spearman's rank correlation of strength and change; 1 if each step changes more than the last."""
    return spearman(np.array(STRENGTHS), curve)


def pixel_spread(outputs: Image) -> float:
    """The standard deviation of each pixel over ``outputs`` (S, 3, H, W), at least two, averaged over pixels.

    [0, 1] is the full range.
    """
    return outputs.clamp(0, 1).std(dim=0).mean().item()


def paraphrase_spread(outputs: Image, request: Sequence[int]) -> float:
    """The same over wordings: ``request`` (S,) says what each output was asked for; averaged over requests."""
    asked = torch.tensor(request)
    return float(np.mean([pixel_spread(outputs[asked == number]) for number in asked.unique()]))


STYLES = ("faithful", "crisp")


def measure_perception_distortion(
    model: AuditModel, hr: Image, border_px: int, *, with_lpips: bool
) -> dict[str, dict[str, float]]:
    """``{"faithful": {"psnr_db": ..., "lpips": ...}, "crisp": ...}`` of one clean image (1, 3, H, W)."""
    lr = to_8_bits(down(hr, model.scale))
    outputs = model.upscale_all(lr, model.embed([canonical(plain_request(style)) for style in STYLES]))
    psnr_db = psnr_matrix(outputs, hr, border_px)[:, 0].tolist()
    scores = {style: {"psnr_db": value} for style, value in zip(STYLES, psnr_db, strict=True)}
    if with_lpips:
        for style, output in zip(STYLES, outputs, strict=True):
            scores[style]["lpips"] = lpips(as_rgb8(output), as_rgb8(hr[0]))
    return scores
