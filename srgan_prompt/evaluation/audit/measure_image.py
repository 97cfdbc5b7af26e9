"""Everything that the audit measures on one image.

``load_images`` cuts the images from photos; ``measure_image`` tries every request on one of them. A ``PromptScorer``
says how far each output obeys the sentence that made it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.data.pairs import MIN_SIDE_PX
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import Sentence, grammar_sentences
from srgan_prompt.evaluation.audit.measures import (
    Identity,
    measure_identity,
    measure_perception_distortion,
    monotonicity,
    needless_request_costs,
    oracle_scores,
    paraphrase_spread,
    pixel_spread,
    strength_curves,
)
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings
from srgan_prompt.evaluation.audit.tone_wishes import middle
from srgan_prompt.evaluation.confusion import (
    NAMES,
    REQUESTS,
    AuditCase,
    PromptScores,
    achieved_matrix,
    audit_case,
    centre,
    exact_answers,
    psnr_matrix,
    score_requests,
)
from srgan_prompt.evaluation.metrics import as_rgb8, lpips
from srgan_prompt.images.photos import photos_in, read_rgb8
from srgan_prompt.prompts.operations import OPERATIONS, Clause, Request, canonical
from srgan_prompt.types import Answers, Image


def load_images(folder: Path, num_images: int, side_px: int, scale: int) -> list[Image]:
    """High-resolution centres (1, 3, H, W) in [0, 1] of ``num_images`` of the photos below ``folder``, or of all.

    The photos are evenly spread over their sorted names. At most ``side_px`` is cut from the middle of each, in
    multiples of four times ``scale``. Raises DataError if there are no photos or one is too small, InputImageError if
    one cannot be read.
    """
    files = photos_in(folder)
    chosen = np.linspace(0, len(files) - 1, min(num_images, len(files))).round().astype(int)
    return [_load_centre(files[number], side_px, 4 * scale) for number in chosen]


def _load_centre(path: Path, side_px: int, multiple: int) -> Image:
    rgb = read_rgb8(path)
    image = centre(rgb, side_px, multiple)
    if min(image.shape[-2:]) < MIN_SIDE_PX:
        raise DataError(f"{path}: {rgb.shape[1]} x {rgb.shape[0]} px is too small to audit; take it out of the folder.")
    return image


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


_LEVELS = [
    Request((Clause(name, amount),))
    for name in NAMES
    for amount in (OPERATIONS[name].slight, OPERATIONS[name].plain, OPERATIONS[name].strong)
]


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
