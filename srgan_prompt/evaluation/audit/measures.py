"""Everything that single requests do to one image: ``measure_image`` tries every request on it.

A ``PromptScorer`` says how far each output obeys the sentence that made it. Six more measures say what a sentence
should and should not do beside its own answer:

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
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.evaluation.audit.labelled_sentences import Sentence, grammar_sentences
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings, middle
from srgan_prompt.evaluation.confusion import (
    NAMES,
    REQUESTS,
    AuditCase,
    PromptScores,
    achieved_matrix,
    audit_case,
    exact_answers,
    psnr_matrix,
    score_requests,
)
from srgan_prompt.evaluation.metrics import as_rgb8, lpips
from srgan_prompt.evaluation.statistics import spearman
from srgan_prompt.grammar.generate import write_offtopic
from srgan_prompt.operators.corruptions import to_8_bits
from srgan_prompt.operators.degradations import Degradations, degrade
from srgan_prompt.operators.filters import down
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.operators.tone import apply_tone, edit
from srgan_prompt.prompts.operations import OPERATIONS, TONE, Clause, Request, canonical, plain_request
from srgan_prompt.types import Answers, Image, LargeImage

OFFTOPIC = "is it totoro?"  # tried on every image
STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)
STYLES = ("faithful", "crisp")

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

_LEVELS = [  # three of every request
    Request((Clause(name, amount),))
    for name in NAMES
    for amount in (OPERATIONS[name].slight, OPERATIONS[name].plain, OPERATIONS[name].strong)
]


@dataclass(frozen=True)
class Identity:
    """Of one image. ``offtopic_db``: PSNR of the outputs under sentences off topic against the unprompted one."""

    empty_is_equal: bool
    strength_0_is_equal: bool
    offtopic_db: dict[str, float]


@dataclass(frozen=True)
class ImageFindings:
    """Of one image. ``prompt_scores`` and ``sentences`` by set of wordings: "canonical", "grammar", "human".

    ``oracle``: what a perfect restorer of the small image would reach; ``lpips`` (K, K) or None; ``request_spread`` and
    ``paraphrase_spread`` in [0, 1]; ``perception_distortion`` by style and measure; ``needless_costs`` in dB and
    ``monotonicity`` in [-1, 1] by operation.
    """

    prompt_scores: dict[str, PromptScores]
    sentences: dict[str, list[Sentence]]
    oracle: PromptScores
    lpips: np.ndarray | None
    request_spread: float
    paraphrase_spread: float
    identity: Identity
    perception_distortion: dict[str, dict[str, float]]
    needless_costs: dict[str, float]
    monotonicity: dict[str, float]


@torch.inference_mode()
def measure_image(
    model: AuditModel, hr: Image, number: int, human: Sequence[Sentence], settings: AuditSettings
) -> ImageFindings:
    """All measurements on image ``number``, ``hr`` (1, 3, H, W), with ``human`` sentences for it."""
    border_px, seed = model.scale, settings.seed + number
    case = audit_case(hr, REQUESTS, model.scale, seed)
    documented = [Sentence(canonical(request), name) for request, name in zip(REQUESTS, NAMES, strict=True)]
    grammar = grammar_sentences(settings.wordings_per_request, seed)
    outputs = _outputs(model, case.lr, documented)
    reworded = _outputs(model, case.lr, grammar)
    unprompted = model.upscale(case.lr)
    scorer = PromptScorer(number, case, outputs, unprompted, border_px)
    scores = {
        "canonical": score_requests(number, case, outputs, unprompted, border_px),
        "grammar": scorer.score(grammar, reworded),
    }
    if human:
        scores["human"] = scorer.score(human, _outputs(model, case.lr, human))
    return ImageFindings(
        prompt_scores=scores,
        sentences={"canonical": documented, "grammar": grammar, "human": list(human)},
        oracle=oracle_scores(model, case, unprompted, number=number, border_px=border_px),
        lpips=_lpips_matrix(outputs, case.targets) if settings.with_lpips else None,
        request_spread=pixel_spread(outputs),
        paraphrase_spread=paraphrase_spread(
            torch.cat([outputs, reworded]), [sentence.request for sentence in documented + grammar]
        ),
        identity=measure_identity(
            model, case.lr, unprompted, num_offtopic=settings.num_offtopic, seed=seed, border_px=border_px
        ),
        perception_distortion=measure_perception_distortion(model, hr, border_px, with_lpips=settings.with_lpips),
        needless_costs=needless_request_costs(model, hr, border_px),
        monotonicity={name: monotonicity(curve) for name, curve in strength_curves(model, middle(case.lr)).items()},
    )


def _outputs(model: AuditModel, lr: Image, sentences: Sequence[Sentence]) -> Answers:
    return model.upscale_all(lr, model.embed([sentence.prompt for sentence in sentences]))


def _lpips_matrix(outputs: Image, targets: Answers) -> np.ndarray:
    answers = [as_rgb8(target) for target in targets]
    return np.array([[lpips(as_rgb8(output), answer) for answer in answers] for output in outputs])


class PromptScorer:
    """Scores sentences on one image.

    People share no scale: a sentence that says how much is right at the nearest of its operation's three levels, and
    then every other request may be taken at its nearest level too. Any other sentence means the plain amount.
    """

    def __init__(self, image: int, case: AuditCase, canonical: Answers, empty: Image, border_px: int) -> None:
        """``canonical`` (K, 3, H, W) and ``empty`` (1, 3, H, W): what the documented wordings and no prompt make of
        ``case``, which is image number ``image``."""
        self._image, self._case, self._canonical, self._empty = image, case, canonical, empty
        self._border_px = border_px

    def score(self, sentences: Sequence[Sentence], outputs: Image) -> PromptScores:
        """How far ``outputs`` (S, 3, H, W) obey the sentences that made them."""
        return PromptScores.joined([self._score_one(*each) for each in zip(sentences, outputs, strict=True)])

    def _score_one(self, sentence: Sentence, output: Tensor) -> PromptScores:
        request = sentence.request
        if sentence.says_how_much:
            by_level = psnr_matrix(output[None], self._all_levels, self._border_px).reshape(len(REQUESTS), 3)
            row, nearest = by_level.max(axis=1), 3 * request + by_level[request].argmax()
            target = self._all_levels[nearest : nearest + 1]
        else:
            row = psnr_matrix(output[None], self._case.targets, self._border_px)[0]
            target = self._case.targets[request : request + 1]
        others = psnr_matrix(self._canonical, target, self._border_px)[:, 0]
        empty = psnr_matrix(self._empty, target, self._border_px)[0]
        achieved = achieved_matrix(output[None], self._empty, self._case, self._border_px)
        return PromptScores(np.array([self._image]), np.array([request]), row[None], others[None], empty, achieved)

    @cached_property
    def _all_levels(self) -> Answers:
        """Three answers to each request."""
        return exact_answers(self._case.degraded, _LEVELS)


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
