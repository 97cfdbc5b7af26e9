"""The generator's objective: named terms, each with its weight, each sample weighted by how crisp it was asked to be.

With c the crispness of a sample (0 faithful, 1 crisp), ``ramp`` in [0, 1] the share of the GAN stage that is in, and
s = crisp_pixel_share:

    pixel * (1 - ramp c (1 - s))  +  ramp c * (w_p perceptual + w_l lpips + w_v weave + w_a adversarial)  +  w_i intent

So "faithful" is trained on pixels alone and "crisp" on all terms: the sentence picks the point on the
perception-distortion curve (Blau & Michaeli 2018).
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from srgan_prompt.config import LossConfig
from srgan_prompt.losses.lpips import LpipsLoss
from srgan_prompt.losses.perceptual import PerceptualLoss


def perceptual_distances(config: LossConfig, device: torch.device) -> dict[str, nn.Module]:
    """The distances (output, target) -> (B,) that have a weight: VGG features as "perceptual", and "lpips"."""
    distances: dict[str, nn.Module] = {}
    if config.perceptual_weight > 0:
        distances["perceptual"] = PerceptualLoss(config.perceptual_layers, config.perceptual_normalise)
    if config.lpips_weight > 0:
        distances["lpips"] = LpipsLoss()
    return {name: each.to(device).to(memory_format=torch.channels_last) for name, each in distances.items()}


def weigh(terms: Mapping[str, Tensor], crisp: Tensor, ramp: float, config: LossConfig) -> dict[str, Tensor]:
    """Per-sample ``terms`` (B,) to weighted scalars that add up to the loss.

    The names are "pixel", "perceptual", "lpips", "weave" and "adversarial"; terms that are not there are left out.
    """
    wanted = ramp * crisp
    weights = {
        "pixel": config.pixel_weight * (1 - wanted * (1 - config.crisp_pixel_share)),
        "perceptual": config.perceptual_weight * wanted,
        "lpips": config.lpips_weight * wanted,
        "weave": config.weave_weight * wanted,
        "adversarial": config.adversarial_weight * wanted,
    }
    return {name: (weights[name] * term).mean() for name, term in terms.items()}
