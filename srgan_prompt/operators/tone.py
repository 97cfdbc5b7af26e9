"""Exact tone edits: what "brighter", "warmer" or "sepia" mean, to the last bit.

Images (B, 3, H, W), float RGB, sRGB-encoded, in [0, 1]; amounts ``a`` in [0, 1] (see ``operations`` for the words).

    brighten, darken        x + a x (1 - x), x - a x (1 - x)   the curve of Zero-DCE (Guo et al. 2020, equation 1)
    contrast_up, _down      0.5 + (1 + a)(x - 0.5), 0.5 + (1 - a)(x - 0.5)
    saturate, desaturate    y + (1 + a)(x - y), y + (1 - a)(x - y), where y is the luma of ITU-R BT.601
    warm, cool              red * (1 + 0.3 a) and blue * (1 - 0.3 a); cool the other way round
    grayscale               (1 - a) x + a y
    sepia                   (1 - a) x + a S x, S the common sepia matrix

Several edits act in this order, whatever the order of the words, and are clipped to [0, 1] once, at the end. So any mix
is one affine transform in the tone basis [x, x (1 - x), 1], and that transform is what the network has to find.
"""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from srgan_prompt.images.image import LUMA
from srgan_prompt.types import Image

NUM_BASIS = 7  # r, g, b, r(1-r), g(1-g), b(1-b), 1
SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
TEMPERATURE_GAIN = 0.3


def apply_tone(image: Image, change: Tensor) -> Image:
    """``image`` plus the ``change`` (B, 3, 7) in the tone basis. Not clipped; a change of zeros is bit-equal."""
    pixels = image.clamp(0, 1)
    basis = torch.cat([pixels, pixels * (1 - pixels)], dim=1).flatten(2)
    return image + (torch.bmm(change[:, :, :6], basis) + change[:, :, 6:]).view(image.shape)


def tone_change(amounts: Mapping[str, float]) -> Tensor:
    """The change (3, 7) that the tone operations in ``amounts`` make together; other operations are ignored."""
    curve = amounts.get("brighten", 0.0) - amounts.get("darken", 0.0)
    matrix, offset = torch.eye(3), torch.zeros(3)
    for name, step in _AFFINE_STEPS.items():
        if name in amounts:
            step_matrix, step_offset = step(amounts[name])
            matrix, offset = step_matrix @ matrix, step_matrix @ offset + step_offset
    return torch.cat([matrix - torch.eye(3), curve * matrix, offset[:, None]], dim=1)


def edit(image: Image, amounts: Mapping[str, float]) -> Image:
    """``image`` after the tone operations in ``amounts`` (name -> amount), clipped to [0, 1]."""
    change = tone_change(amounts).to(image).expand(len(image), -1, -1)
    return apply_tone(image, change).clamp(0, 1)


def _contrast(factor: float) -> tuple[Tensor, Tensor]:
    return factor * torch.eye(3), torch.full((3,), 0.5 * (1 - factor))


def _towards(matrix: Tensor, amount: float) -> tuple[Tensor, Tensor]:
    """From identity (amount 0) to ``matrix`` (amount 1); negative amounts move away from it."""
    return torch.lerp(torch.eye(3), matrix, amount), torch.zeros(3)


def _temperature(amount: float) -> tuple[Tensor, Tensor]:
    gain = TEMPERATURE_GAIN * amount
    return torch.diag(torch.tensor([1 + gain, 1.0, 1 - gain])), torch.zeros(3)


def _luma_matrix() -> Tensor:
    return torch.tensor(LUMA).expand(3, 3)


# (3x3 matrix, offset) of every affine operation at amount a, in the order in which they act.
_AFFINE_STEPS: dict[str, Callable[[float], tuple[Tensor, Tensor]]] = {
    "contrast_up": lambda a: _contrast(1 + a),
    "contrast_down": lambda a: _contrast(1 - a),
    "saturate": lambda a: _towards(_luma_matrix(), -a),
    "desaturate": lambda a: _towards(_luma_matrix(), a),
    "warm": _temperature,
    "cool": lambda a: _temperature(-a),
    "grayscale": lambda a: _towards(_luma_matrix(), a),
    "sepia": lambda a: _towards(torch.tensor(SEPIA), a),
}
