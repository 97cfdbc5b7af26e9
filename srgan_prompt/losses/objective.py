"""The generator's objective: named terms, each with its weight, each sample weighted by how crisp it was asked to be.

With c the crispness of a sample (0 faithful, 1 crisp), ``ramp`` in [0, 1] the share of the GAN stage that is in, and
s = crisp_pixel_share:

    pixel * (1 - ramp c (1 - s))  +  w_i intent
    +  ramp c * (w_p perceptual + w_l lpips + w_v weave + w_c chroma + w_a adversarial
                + w_f feature_adversarial)

So "faithful" is trained on pixels alone and "crisp" on all terms: the sentence picks the point on the
perception-distortion curve (Blau & Michaeli 2018).

A new term is its weight in ``LossConfig``, named after the term, and its lines in ``generator_terms``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from srgan_prompt.config import LossConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.images.color import LUMA
from srgan_prompt.losses.adversarial import generator_loss, needs_real
from srgan_prompt.losses.perceptual import Compared, LpipsLoss, PerceptualLoss, random_phase_crop
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.discriminator import Discriminator
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.requests import RequestTensors
from srgan_prompt.types import Image, PerSample

CHARBONNIER_EPSILON = 1e-3
WEAVE_NEIGHBOURHOOD = 5  # blocks a side over which a pattern must repeat to count: real texture averages out


@dataclass(frozen=True)
class Objective:
    """The settings of the objective and what it needs besides the two networks.

    ``distances``: terms whose weight is not 0, by name, each (output, target) -> (B,). ``bank``: sentences of the
    text-only loss. ``perceptual``: VGG16, whose features are compared and judged; None where its weight is 0.
    """

    config: LossConfig
    distances: Mapping[str, Callable[[Tensor, Tensor], Tensor]]
    bank: PromptBank
    perceptual: PerceptualLoss | None = None

    @classmethod
    def build(cls, config: LossConfig, bank: PromptBank, device: torch.device) -> "Objective":
        """With the networks of all terms that have a weight. Raises ModelError when one cannot be had."""
        distances: dict[str, nn.Module] = {}
        if config.lpips_weight > 0:
            distances["lpips"] = LpipsLoss().to(device).to(memory_format=torch.channels_last)
        perceptual = None
        if config.perceptual_weight > 0:
            perceptual = PerceptualLoss(config.perceptual_layers, config.perceptual_normalise)
            perceptual = perceptual.to(device).to(memory_format=torch.channels_last)
        return cls(config, distances, bank, perceptual)

    @property
    def is_adversarial(self) -> bool:
        """Whether there is a discriminator to train."""
        return self.config.adversarial_weight > 0


def generator_terms(
    output: Tensor,
    batch: Batch,
    objective: Objective,
    generator: Generator,
    discriminator: Discriminator | None,
    *,
    ramp: float,
    sentences: Tensor,
) -> tuple[dict[str, Tensor], Compared | None]:
    """The weighted terms, scalars that add up to the loss of ``output`` (B, 3, H, W), what is made of ``batch``.

    With them the features of VGG16 of the crisp samples, if any were computed. ``ramp`` in [0, 1] is how far the GAN
    terms are in; ``sentences`` (N,) are rows of the bank, for the text-only loss. ``discriminator`` is None where none
    judges.
    """
    config, rows = objective.config, crisp_rows(batch.crisp)
    terms = {"pixel": PIXEL_LOSSES[config.pixel](output, batch.target)}
    crisp_terms: dict[str, Tensor] = {}
    compared = None
    if ramp > 0 and (objective.distances or objective.perceptual):
        images = random_phase_crop(output[rows], batch.target[rows])
        crisp_terms |= {name: distance(*images) for name, distance in objective.distances.items()}
        if objective.perceptual is not None:
            compared = objective.perceptual.compare(*images)
            crisp_terms["perceptual"] = objective.perceptual.distance(compared)
    if ramp > 0 and config.weave_weight > 0:
        crisp_terms["weave"] = weave(output[rows], batch.target[rows], generator.config.scale)
    if ramp > 0 and config.chroma_weight > 0:
        crisp_terms["chroma"] = chroma(output[rows], batch.target[rows])
    if ramp > 0 and objective.is_adversarial and discriminator is not None:
        crisp_terms |= _adversarial_terms(output, batch, compared, discriminator, rows=rows, kind=config.adversarial)
    # Elsewhere their weight is 0.
    terms |= {
        name: torch.zeros_like(batch.crisp).index_put((rows,), term.to(batch.crisp))
        for name, term in crisp_terms.items()
    }
    weighted = weigh(terms, batch.crisp, ramp, config)
    if config.intent_weight > 0 and generator.config.composition != "none":
        weighted["intent"] = config.intent_weight * _intent_term(generator, batch, objective, sentences)
    return weighted, compared


def weigh(terms: Mapping[str, PerSample], crisp: PerSample, ramp: float, config: LossConfig) -> dict[str, Tensor]:
    """Per-sample ``terms`` (B,) to weighted scalars: "pixel" everywhere, all others where a sample asks to be crisp."""
    wanted = ramp * crisp
    share = {"pixel": 1 - wanted * (1 - config.crisp_pixel_share)}
    return {
        name: (getattr(config, f"{name}_weight") * share.get(name, wanted) * term).mean()
        for name, term in terms.items()
    }


def crisp_rows(crisp: PerSample) -> Tensor:
    """The samples that the GAN terms apply to; at least one, so that every process takes part in every step."""
    rows = crisp.nonzero().flatten()
    return rows if len(rows) else torch.zeros(1, dtype=torch.long, device=crisp.device)


def _adversarial_terms(
    output: Tensor,
    batch: Batch,
    compared: Compared | None,
    discriminator: Discriminator,
    *,
    rows: Tensor,
    kind: str,
) -> dict[str, Tensor]:
    """How far the discriminator is from taking the crisp ``rows``, and their features if it judges those, for real."""
    judge = discriminator.requires_grad_(False)
    made, wanted = compared or ({}, {})
    lr, text = batch.lr[rows], batch.text[rows]
    fakes = judge(output[rows], lr, text, made)
    reals = judge(batch.target[rows], lr, text, wanted) if needs_real(kind) else [None] * len(fakes)
    patches, *features = (generator_loss(kind, fake, real) for fake, real in zip(fakes, reals, strict=True))
    terms = {"adversarial": patches}
    if features:
        terms["feature_adversarial"] = torch.stack(features).mean(dim=0)
    return terms


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


def weave(output: Image, target: Image, scale: int) -> PerSample:
    """How strongly ``output - target`` repeats from block to block of ``scale`` px, (B,), in units of pixel values.

    No texture of a photo repeats with the pixel shuffle, but a generator may hide such a pattern in one: its last layer
    makes each block from one place of the trunk, and without a source of noise can only repeat one small pattern
    wherever the image is smooth; features of VGG16 and AlexNet take such a weave for texture.

    Pixels at the same place of their blocks are averaged over 5 x 5 blocks; what they differ by from the mean of all
    places is the weave. Images are at least ``5 * scale`` px a side.
    """
    places = F.pixel_unshuffle(output - target, scale)
    repeated = F.avg_pool2d(places, WEAVE_NEIGHBOURHOOD, stride=1).unflatten(1, (output.shape[1], scale**2))
    return (repeated - repeated.mean(dim=2, keepdim=True)).abs().mean(dim=(1, 2, 3, 4))


def chroma(output: Image, target: Image) -> PerSample:
    """Mean absolute difference of colour alone, luma (BT.601) taken away from each channel.

    What detail a network makes up of a damaged image should be made of light and dark: features of VGG16 and AlexNet
    hardly mind stains of false colour, which the eye sees at once.
    """
    difference = output - target
    luma = (difference * difference.new_tensor(LUMA).view(3, 1, 1)).sum(dim=1, keepdim=True)
    return (difference - luma).abs().mean(dim=(1, 2, 3))


def _intent_term(generator: Generator, batch: Batch, objective: Objective, sentences: Tensor) -> Tensor:
    """The text-only loss of the bank's rows ``sentences`` (N,), on the images of ``batch``."""
    count, device = len(sentences), batch.lr.device
    features = generator.global_features(batch.lr) if generator.config.tone else batch.lr.new_zeros(1, 1)
    # An equal run of sentences for each image: so the shares of several processes add up to what one would do.
    images = torch.arange(count, device=device) * len(features) // count
    text, meaning = objective.bank.embeddings[sentences].to(device), objective.bank.meaning[sentences].to(device)
    return intent_loss(generator, text, meaning, features[images])


def intent_loss(generator: Generator, text: Tensor, meaning: RequestTensors, global_features: Tensor) -> Tensor:
    """Scalar: what many sentences mean, without making any image; so that a step sees hundreds of wordings.

    L1 of the tone change, for ``text`` (N, D) on images of ``global_features`` (N, C); with raw embeddings or
    tokens plus L2 of the intents, as InstructIR (Conde et al. 2024) trains an intent classifier. 0 where neither is
    there to be taught.
    """
    loss = text.new_zeros(())
    if generator.config.text_features != "reading":
        loss = loss + F.mse_loss(generator.intent(text).float(), meaning.intents(generator.config.intents))
    if generator.config.tone:
        conditioning = TextConditioning.of(text).map_texts(generator.text_tower)
        loss = loss + F.l1_loss(generator.tone_change(conditioning, global_features), meaning.tone)
    return loss
