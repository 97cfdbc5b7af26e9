"""The two ends of perception and distortion on a clean picture: "faithful" must win PSNR, "crisp" must win LPIPS."""

import numpy as np
from torch import Tensor

from srgan_prompt.data.resampling import down
from srgan_prompt.evaluation.audit.subject import AuditSubject
from srgan_prompt.evaluation.confusion import psnr_matrix
from srgan_prompt.evaluation.metrics import lpips
from srgan_prompt.grammar.instructions import canonical
from srgan_prompt.prompts.operations import plain_request
from srgan_prompt.types import Image

STYLES = ("faithful", "crisp")


def measure_styles(
    subject: AuditSubject, hr: Image, border_px: int, *, with_lpips: bool
) -> dict[str, dict[str, float]]:
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
