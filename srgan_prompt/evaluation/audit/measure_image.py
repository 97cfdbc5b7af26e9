"""The pictures of an audit: a folder in, high-resolution centres (1, 3, H, W) out, float RGB in [0, 1].

A square of at most ``side_px`` is cut from the middle of each, its sides multiples of four times the network's scale.

Everything that the audit measures on one picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.audit.labelled_sentences import PromptScorer, Sentence, grammar_sentences
from srgan_prompt.evaluation.audit.measures import (
    HandsOff,
    as_rgb8,
    contradiction_costs,
    measure_hands_off,
    measure_styles,
    monotonicity,
    paraphrase_spread,
    perfect_obedience,
    pixel_spread,
    strength_curves,
)
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings
from srgan_prompt.evaluation.audit.tone_wishes import middle
from srgan_prompt.evaluation.confusion import REQUESTS, Obedience, audit_case, obedience_on
from srgan_prompt.evaluation.metrics import lpips
from srgan_prompt.images.photos import photos_in, read_rgb8
from srgan_prompt.prompts.operations import canonical
from srgan_prompt.types import Answers, Image

MIN_SIDE_PX = 32  # AlexNet's poolings leave nothing of a smaller picture


def load_pictures(folder: Path, num_images: int, side_px: int, scale: int) -> list[Image]:
    """``num_images`` of the photos below ``folder``, evenly spread over their sorted names (all if there are fewer).

    Raises DataError if there are none or a picture is too small, InputImageError if one cannot be read.
    """
    files = photos_in(folder)
    chosen = np.linspace(0, len(files) - 1, min(num_images, len(files))).round().astype(int)
    return [_centre(files[number], side_px, scale) for number in chosen]


def _centre(path: Path, side_px: int, scale: int) -> Image:
    rgb = read_rgb8(path)
    height, width = (min(side, side_px) // (4 * scale) * (4 * scale) for side in rgb.shape[:2])
    if min(height, width) < MIN_SIDE_PX:
        raise DataError(f"{path}: {rgb.shape[1]} x {rgb.shape[0]} px is too small to audit; take it out of the folder.")
    top, left = (rgb.shape[0] - height) // 2, (rgb.shape[1] - width) // 2
    cut = np.ascontiguousarray(rgb[top : top + height, left : left + width])
    return torch.from_numpy(cut).permute(2, 0, 1)[None].float().div(255)


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
    subject: AuditModel, hr: Image, number: int, human: Sequence[Sentence], settings: AuditSettings
) -> PictureFindings:
    """All measurements on picture ``number``, ``hr`` (1, 3, H, W), with ``human`` sentences for it."""
    border_px, seed = subject.scale, settings.seed + number
    case = audit_case(hr, REQUESTS, subject.scale, seed)
    documented = [Sentence(canonical(request), request.clauses[0].operation) for request in REQUESTS]
    grammar = grammar_sentences(settings.wordings_per_request, seed)
    outputs = subject.enlarge_all(case.lr, subject.embed([sentence.prompt for sentence in documented]))
    reworded = subject.enlarge_all(case.lr, subject.embed([sentence.prompt for sentence in grammar]))
    unprompted = subject.enlarge(case.lr)
    listener = PromptScorer(number, case, outputs, unprompted, border_px)
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
