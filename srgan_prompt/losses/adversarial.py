"""Adversarial objectives on patch logits (B, 1, h, w); each returns one number per sample (B,).

``real`` scores are of {real, right prompt}; ``fakes`` is a list, since {fake, right prompt} and {real, wrong prompt}
are both not what was asked for.
"""

from collections.abc import Sequence
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor

from srgan_prompt.types import PerSample


def discriminator_loss(kind: str, real: Tensor, fakes: Sequence[Tensor]) -> PerSample:
    """What the discriminator minimises: half on real images, half shared by the ``fakes``."""
    if kind == "ragan":
        return reduce(torch.add, (_relativistic(real, fake) for fake in fakes)) / (2 * len(fakes))
    on_fakes = sum(_judged(kind, fake, is_real=False) for fake in fakes) / len(fakes)
    return (_judged(kind, real, is_real=True) + on_fakes) / 2


def generator_loss(kind: str, fake: Tensor, real: Tensor | None = None) -> PerSample:
    """What the generator minimises. ``real`` logits are needed by "ragan" only (see ``needs_real``)."""
    if kind == "ragan":
        if real is None:
            raise AssertionError("ragan compares with real logits")
        return _relativistic(fake, real) / 2
    if kind == "hinge":
        return -fake.mean(dim=(1, 2, 3))
    return _judged(kind, fake, is_real=True)


def needs_real(kind: str) -> bool:
    """Whether ``generator_loss`` of this kind compares with real images."""
    return kind == "ragan"


def _judged(kind: str, logits: Tensor, *, is_real: bool) -> PerSample:
    match kind:
        case "vanilla":  # Goodfellow et al. 2014, non-saturating: softplus(-x) = -log sigmoid(x)
            each = F.softplus(-logits if is_real else logits)
        case "lsgan":  # Mao et al. 2017, equation 9 with b = c = 1, a = 0
            each = (logits - float(is_real)).square()
        case "hinge":  # Lim & Ye 2017; Miyato et al. 2018, equation 16
            each = F.relu(1 - logits if is_real else 1 + logits)
        case _:
            raise AssertionError(kind)
    return each.mean(dim=(1, 2, 3))


def _relativistic(better: Tensor, worse: Tensor) -> PerSample:
    """Relativistic average (Jolicoeur-Martineau 2019): ``better`` above the mean of ``worse`` and the reverse."""
    above = F.softplus(-(better - worse.mean(dim=0, keepdim=True)))
    below = F.softplus(worse - better.mean(dim=0, keepdim=True))
    return (above + below).mean(dim=(1, 2, 3))
