"""The generator's objective: named terms, each with its weight, each sample weighted by how crisp it was asked to be.

With c the crispness of a sample (0 faithful, 1 crisp), ``ramp`` in [0, 1] the share of the GAN stage that is in, and
s = crisp_pixel_share:

    pixel * (1 - ramp c (1 - s))  +  ramp c * (w_p perceptual + w_l lpips + w_v weave + w_a adversarial)  +  w_i intent

So "faithful" is trained on pixels alone and "crisp" on all terms: the sentence picks the point on the
perception-distortion curve (Blau & Michaeli 2018).

Distance between pixels, one number per sample (B,), so that the caller can weigh samples.

A pattern that repeats with the pixel shuffle: what no texture of a photo does, and what a generator may hide in one.

The last layer makes each block of scale x scale pixels from one place of the trunk. Without a source of noise it can
only repeat one small pattern wherever the picture is smooth, at multiples of 1/scale cycle a pixel; features of VGG16
and AlexNet take such a weave for texture.

What many sentences mean, without any picture: cheap, so that the text tower sees hundreds of wordings per step.

The pixel loss teaches the text tower through sixteen sentences a step; here a hundred more say directly which tone
change and which intents they ask for (InstructIR, Conde et al. 2024, trains an intent classifier for the same reason).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from srgan_prompt.config import LossConfig
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.losses.perceptual import LpipsLoss, PerceptualLoss
from srgan_prompt.models.conditioning import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.requests import RequestTensors
from srgan_prompt.types import Image, PerSample


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


CHARBONNIER_EPSILON = 1e-3


def l1(output: Image, target: Image) -> PerSample:
    """Mean absolute difference."""
    return (output - target).abs().mean(dim=(1, 2, 3))


def l2(output: Image, target: Image) -> PerSample:
    """Mean squared difference."""
    return (output - target).square().mean(dim=(1, 2, 3))


def charbonnier(output: Image, target: Image) -> PerSample:
    """sqrt(d^2 + epsilon^2), a smooth L1 (Charbonnier et al. 1994; for super-resolution LapSRN, Lai et al. 2017)."""
    return ((output - target).square() + CHARBONNIER_EPSILON**2).sqrt().mean(dim=(1, 2, 3))


PIXEL_LOSSES = {"l1": l1, "l2": l2, "charbonnier": charbonnier}


NEIGHBOURHOOD = 5  # blocks a side over which a pattern must repeat to count: real texture averages out


def weave(output: Image, target: Image, scale: int) -> PerSample:
    """How strongly ``output - target`` repeats from block to block of ``scale`` px, (B,), in units of pixel values.

    Pixels at the same place of their blocks are averaged over 5 x 5 blocks; what they differ by from the mean of all
    places is the weave. Pictures are at least ``5 * scale`` px a side.
    """
    places = F.pixel_unshuffle(output - target, scale)
    repeated = F.avg_pool2d(places, NEIGHBOURHOOD, stride=1).unflatten(1, (output.shape[1], scale**2))
    return (repeated - repeated.mean(dim=2, keepdim=True)).abs().mean(dim=(1, 2, 3, 4))


def intent_loss(generator: Generator, text: Tensor, meaning: RequestTensors, context: Tensor) -> Tensor:
    """Scalar: L1 of the tone change, for ``text`` (N, D) on pictures of ``context`` (N, C); with raw embeddings plus L2
    of the intents. 0 where neither is there to be taught."""
    loss = text.new_zeros(())
    if generator.config.text_features == "raw":
        loss = loss + F.mse_loss(generator.intent(text).float(), meaning.intents(generator.config.intents))
    if generator.config.tone:
        steering = TextConditioning.of(text).map_texts(generator.text_tower)
        loss = loss + F.l1_loss(generator.tone_change(steering, context), meaning.tone)
    return loss


@dataclass(frozen=True)
class Objective:
    """The settings of the objective and what it needs besides the two networks.

    ``distances``: the perceptual terms whose weight is not 0, by name, each (output, target) -> (B,).
    ``bank``: sentences of the text-only loss.
    """

    config: LossConfig
    distances: Mapping[str, Callable[[Tensor, Tensor], Tensor]]
    bank: PromptBank

    @property
    def is_adversarial(self) -> bool:
        """Whether there is a discriminator to train."""
        return self.config.adversarial_weight > 0
