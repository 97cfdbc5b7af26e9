"""The fast check at every validation of a training run: fidelity, obedience, and a sheet of images to look at."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont
from torch import Tensor

from srgan_prompt.evaluation.confusion import EQUAL_DB, FAMILIES, REQUESTS, audit_case, centre, confuse
from srgan_prompt.evaluation.metrics import as_rgb8, psnr
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.corruptions import to_8_bits
from srgan_prompt.operators.filters import down, up
from srgan_prompt.prompts.operations import Request, canonical, plain_request
from srgan_prompt.types import Image, LargeImage

IGNORED_BELOW_DB = 0.5
CRISP = canonical(plain_request("crisp"))
SHOWN = ("crisp", "warm", "darken", "grayscale")  # on the sheet: detail, and tones that the eye judges at once
SIDE_PX = 256  # of the high-resolution centre that is scored: enough to rank checkpoints, cheap enough to do often

LABEL_PX = 20  # high is the strip above the sheet
_FONT_PX = 14
_SMALLEST_FONT_PX = 6


class Validation:
    """``validation(generator, step)`` scores the averaged generator and writes ``samples/step_....png``."""

    def __init__(
        self,
        images: Sequence[np.ndarray],
        scale: int,
        texts_of: Callable[[Sequence[Request]], Tensor],
        folder: Path,
        show: Callable[[int, np.ndarray], None] = lambda step, sheet: None,
    ) -> None:
        """``images``: (H, W, 3) uint8; ``texts_of``: what the network is given for each of n requests, (n, D);
        ``show`` is given every sheet."""
        self._hr = [centre(image, min(SIDE_PX, *image.shape[:2]), scale) for image in images]
        self._cases = [audit_case(hr, REQUESTS, scale, seed) for seed, hr in enumerate(self._hr)]
        self._texts = texts_of(REQUESTS)
        self._shown = {canonical(request): texts_of([request]) for request in map(plain_request, SHOWN)}
        self._scale, self._folder, self._show = scale, folder, show

    @torch.inference_mode()
    def __call__(self, generator: Generator, step: int) -> dict[str, float]:
        """Mean PSNR in dB of the upscaled clean image and of bicubic, right minus wrong and minus empty prompt, recall.

        What depends on the prompt is left out of the scores and of the sheet for a generator that takes none.
        """
        device = next(generator.parameters()).device

        def upscale(lr: Image, text: Tensor) -> LargeImage:
            return generator(lr.to(device), TextConditioning.of(text.to(device))).cpu()

        takes_prompts = generator.config.composition != "none"
        lr = [to_8_bits(down(hr, self._scale)) for hr in self._hr]
        none = torch.zeros_like(self._shown[CRISP])
        columns = {"bicubic": [up(each, self._scale) for each in lr], "no prompt": [upscale(each, none) for each in lr]}
        shown = self._shown if takes_prompts else {CRISP: self._shown[CRISP]}
        prompted = {prompt: [upscale(each, text) for each in lr] for prompt, text in shown.items()}
        scores = {
            "psnr": self._mean_psnr(columns["no prompt"]),
            "psnr_crisp": self._mean_psnr(prompted[CRISP]),
            "psnr_bicubic": self._mean_psnr(columns["bicubic"]),
        }
        if takes_prompts:
            scores |= self._obedience(upscale)
            columns |= prompted
        self._save_sheet(columns | {"original": self._hr}, step)
        return scores

    def _mean_psnr(self, outputs: Sequence[Image]) -> float:
        errors = [(one.clamp(0, 1) - hr).square().mean().item() for one, hr in zip(outputs, self._hr, strict=True)]
        return float(np.minimum(psnr(np.array(errors)), EQUAL_DB).mean())

    def _obedience(self, upscale: Callable[[Image, Tensor], LargeImage]) -> dict[str, float]:
        """What the prompt decides on the degraded images."""
        found = confuse(upscale, self._cases, self._texts, self._scale)
        gains = {family: found[FAMILIES[found.request] == family] for family in ("restoration", "tone")}
        return {
            **{f"right_minus_wrong_{family}": float(part.right_minus_wrong.mean()) for family, part in gains.items()},
            "right_minus_empty": float(found.right_minus_empty.mean()),
            "recall": float(found.recall_by_output.mean()),
            "prompt_ignored": float(found.right_minus_wrong.mean() < IGNORED_BELOW_DB),
        }

    def _save_sheet(self, columns: Mapping[str, Sequence[Image]], step: int) -> None:
        """One image a row; above each column what it stands for."""
        sheet = sample_sheet(columns)
        self._folder.mkdir(parents=True, exist_ok=True)
        PilImage.fromarray(sheet).save(self._folder / f"step_{step:08}.png")
        self._show(step, sheet)


def cut_sheet(sheet: np.ndarray) -> dict[str, np.ndarray] | None:
    """The first photo under each name of a run's ``sheet`` (H, W, 3) uint8; None if it is none of ``Validation``.

    How many columns it has says whether the network takes prompts.
    """
    height_px, width_px, _ = sheet.shape
    for shown in (SHOWN, ()):
        names = ["bicubic", "no prompt", *(canonical(plain_request(name)) for name in shown), "original"]
        side_px = width_px // len(names)
        if width_px % len(names) == 0 and side_px > 0 and (height_px - LABEL_PX) % side_px == 0 and height_px > side_px:
            row = sheet[LABEL_PX : LABEL_PX + side_px]
            return dict(zip(names, np.split(row, len(names), axis=1), strict=True))
    return None


def sample_sheet(columns: Mapping[str, Sequence[Image]]) -> np.ndarray:
    """``columns``: names, and under each the same number of (1, 3, H, W) in [0, 1], clipped. To (H, W, 3) uint8."""
    rows = [torch.cat(row, dim=-1) for row in zip(*columns.values(), strict=True)]
    labels = [_label(name, images[0].shape[-1]) for name, images in columns.items()]
    return np.concatenate([np.concatenate(labels, axis=1), as_rgb8(torch.cat(rows, dim=-2)[0])])


def _label(name: str, width_px: int) -> np.ndarray:
    """``name`` in black on white, (LABEL_PX, width, 3), as large as the width allows."""
    strip = PilImage.new("RGB", (width_px, LABEL_PX), "white")
    fonts = [ImageFont.load_default(size_px) for size_px in range(_FONT_PX, _SMALLEST_FONT_PX - 1, -1)]
    font = next((each for each in fonts if each.getlength(name) <= width_px - 4), fonts[-1])
    ImageDraw.Draw(strip).text((2, LABEL_PX // 2), name, fill="black", font=font, anchor="lm")
    return np.asarray(strip)
