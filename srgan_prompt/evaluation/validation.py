"""The fast check on every validation of a training run: fidelity, obedience, and a sheet of pictures to look at.

Samples of a network as one image to look at: a column for each way to make them, with its name above.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image as PilImage
from PIL import ImageDraw, ImageFont
from torch import Tensor

from srgan_prompt.evaluation.confusion import FAMILIES, REQUESTS, AuditCase, audit_case, confuse
from srgan_prompt.models.conditioning import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.filters import down, up
from srgan_prompt.prompts.operations import Request, canonical, plain_request
from srgan_prompt.types import Image, LargeImage

IGNORED_BELOW_DB = 0.5
CRISP = canonical(plain_request("crisp"))
SHOWN = ("crisp", "warm", "darken", "grayscale")  # on the sheet: detail, and tones that the eye judges at once
SIDE_PX = 256  # of the high-resolution centre that is scored: enough to rank checkpoints, cheap enough to do often


class Validation:
    """``validation(generator, step)`` scores the averaged generator and writes ``samples/step_....png``."""

    def __init__(
        self,
        pictures: Sequence[np.ndarray],
        scale: int,
        texts_of: Callable[[Sequence[Request]], Tensor],
        folder: Path,
        show: Callable[[int, np.ndarray], None] = lambda step, sheet: None,
    ) -> None:
        """``texts_of``: what the network is given for each of n requests, (n, D); ``show`` is given every sheet."""
        self._hr = [_centre(picture, scale) for picture in pictures]
        self._cases: list[AuditCase] = [audit_case(hr, REQUESTS, scale, seed) for seed, hr in enumerate(self._hr)]
        self._texts = texts_of(REQUESTS)
        self._shown = {canonical(request): texts_of([request]) for request in map(plain_request, SHOWN)}
        self._scale, self._folder, self._show = scale, folder, show

    @torch.inference_mode()
    def __call__(self, generator: Generator, step: int) -> dict[str, float]:
        """Mean PSNR in dB of the clean enlargement and of bicubic, right minus wrong and minus empty prompt, recall."""
        device = next(generator.parameters()).device

        def enlarge(lr: Image, text: Tensor) -> LargeImage:
            return generator(lr.to(device), TextConditioning.of(text.to(device))).cpu()

        crisp_text = self._shown[CRISP]
        none = torch.zeros_like(crisp_text)
        small = [down(hr, self._scale).mul(255).round().div(255) for hr in self._hr]
        faithful = [enlarge(lr, none) for lr in small]
        crisp = [enlarge(lr, crisp_text) for lr in small]
        bicubic = [up(lr, self._scale) for lr in small]
        scores = {
            name: float(np.mean([_psnr(one, hr) for one, hr in zip(outputs, self._hr, strict=True)]))
            for name, outputs in (("psnr", faithful), ("psnr_crisp", crisp), ("psnr_bicubic", bicubic))
        }
        if generator.config.composition != "none":
            obedience = confuse(enlarge, self._cases, self._texts, self._scale)
            for family in ("restoration", "tone"):
                gains = obedience[FAMILIES[obedience.request] == family].right_minus_wrong
                scores[f"right_minus_wrong_{family}"] = float(gains.mean())
            scores["right_minus_empty"] = float(obedience.right_minus_empty.mean())
            scores["recall"] = float(obedience.recalled.mean())
            scores["prompt_ignored"] = float(obedience.right_minus_wrong.mean() < IGNORED_BELOW_DB)
        asked = self._shown if generator.config.composition != "none" else {}
        steered = {prompt: [enlarge(lr, text) for lr in small] for prompt, text in asked.items()}
        self._save_sheet({"bicubic": bicubic, "no prompt": faithful, **steered, "original": self._hr}, step)
        return scores

    def _save_sheet(self, columns: Mapping[str, Sequence[Image]], step: int) -> None:
        """One image a row; under each name what it stands for."""
        sheet = sample_sheet(columns)
        self._folder.mkdir(parents=True, exist_ok=True)
        PilImage.fromarray(sheet).save(self._folder / f"step_{step:08}.png")
        self._show(step, sheet)


def _centre(picture: np.ndarray, scale: int) -> Image:
    side_px = min(SIDE_PX, *picture.shape[:2]) // scale * scale
    top, left = ((side - side_px) // 2 for side in picture.shape[:2])
    cut = picture[top : top + side_px, left : left + side_px].copy()
    return torch.from_numpy(cut).permute(2, 0, 1)[None].float().div(255)


def _psnr(output: Image, target: Image) -> float:
    error = (output.clamp(0, 1) - target).square().mean().item()
    return -10 * np.log10(max(error, 1e-10))


LABEL_PX = 20
_FONT_PX = 14
_SMALLEST_FONT_PX = 6


def sample_sheet(columns: Mapping[str, Sequence[Image]]) -> np.ndarray:
    """``columns``: names, and under each the same number of (1, 3, H, W) in [0, 1], clipped. To (H, W, 3) uint8."""
    rows = [torch.cat(row, dim=-1) for row in zip(*columns.values(), strict=True)]
    pixels = torch.cat(rows, dim=-2)[0].clamp(0, 1).mul(255).round().byte().permute(1, 2, 0).numpy()
    labels = [_label(name, images[0].shape[-1]) for name, images in columns.items()]
    return np.concatenate([np.concatenate(labels, axis=1), pixels])


def _label(name: str, width_px: int) -> np.ndarray:
    """``name`` in black on white, (LABEL_PX, width, 3), as large as the width allows."""
    strip = PilImage.new("RGB", (width_px, LABEL_PX), "white")
    fonts = [ImageFont.load_default(size_px) for size_px in range(_FONT_PX, _SMALLEST_FONT_PX - 1, -1)]
    font = next((each for each in fonts if each.getlength(name) <= width_px - 4), fonts[-1])
    ImageDraw.Draw(strip).text((2, LABEL_PX // 2), name, fill="black", font=font, anchor="lm")
    return np.asarray(strip)
