"""The generator's objective: named terms, each with its weight, each sample weighted by how crisp it was asked to be.

With c the crispness of a sample (0 faithful, 1 crisp), ``ramp`` in [0, 1] the share of the GAN stage that is in, and
s = crisp_pixel_share:

    pixel * (1 - ramp c (1 - s))  +  ramp c * (w_p perceptual + w_a adversarial)  +  w_i intent

So "faithful" is trained on pixels alone and "crisp" on all terms: the sentence picks the point on the
perception-distortion curve (Blau & Michaeli 2018).
"""

from collections.abc import Mapping

from torch import Tensor

from srgan_prompt.config import LossConfig


def weigh(terms: Mapping[str, Tensor], crisp: Tensor, ramp: float, config: LossConfig) -> dict[str, Tensor]:
    """Per-sample ``terms`` (B,) ("pixel", "perceptual", "adversarial") to weighted scalars that add up to the loss."""
    wanted = ramp * crisp
    weights = {
        "pixel": config.pixel_weight * (1 - wanted * (1 - config.crisp_pixel_share)),
        "perceptual": config.perceptual_weight * wanted,
        "adversarial": config.adversarial_weight * wanted,
    }
    return {name: (weights[name] * term).mean() for name, term in terms.items()}
