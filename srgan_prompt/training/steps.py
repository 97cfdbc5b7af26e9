"""What one step computes: the generator's loss and the discriminator's loss. No optimiser, no phase strings."""

from collections.abc import Callable

import torch
from torch import Tensor

from srgan_prompt.config import LossConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.losses.adversarial import discriminator_loss, generator_loss, needs_real
from srgan_prompt.losses.objective import PIXEL_LOSSES, Objective, intent_loss, weave, weigh
from srgan_prompt.losses.perceptual import random_phase_crop
from srgan_prompt.models.conditioning import TextConditioning
from srgan_prompt.models.discriminator import Discriminator
from srgan_prompt.models.generator import Generator


def generator_step(
    generator: Callable[[Tensor, TextConditioning], Tensor],
    plain_generator: Generator,
    discriminator: Discriminator,
    batch: Batch,
    objective: Objective,
    *,
    ramp: float,
    sentences: Tensor,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The picture (B, 3, H, W) that the generator makes of ``batch``, and the weighted terms that add up to its loss.

    ``generator`` is what is called (perhaps wrapped for several processes), ``plain_generator`` the same unwrapped.
    ``ramp`` in [0, 1] is how far the GAN terms are in; ``sentences`` (N,) are rows of the bank, for the text-only loss.
    """
    config = objective.config
    output = generator(batch.lr, TextConditioning.of(batch.text)).float()
    terms = {"pixel": PIXEL_LOSSES[config.pixel](output, batch.target)}
    rows = crisp_rows(batch.crisp)
    if ramp > 0 and objective.distances:
        compared = random_phase_crop(output[rows], batch.target[rows])
        for name, distance in objective.distances.items():
            terms[name] = _spread(distance(*compared), rows, batch.crisp)
    if ramp > 0 and config.weave_weight > 0:
        terms["weave"] = _spread(
            weave(output[rows], batch.target[rows], plain_generator.config.scale), rows, batch.crisp
        )
    if ramp > 0 and objective.is_adversarial:
        judge = discriminator.requires_grad_(False)
        fake = judge(output[rows], batch.lr[rows], batch.text[rows])
        real = judge(batch.target[rows], batch.lr[rows], batch.text[rows]) if needs_real(config.adversarial) else None
        terms["adversarial"] = _spread(generator_loss(config.adversarial, fake, real), rows, batch.crisp)
    weighted = weigh(terms, batch.crisp, ramp, config)
    if config.intent_weight > 0 and plain_generator.config.composition != "none":
        weighted["intent"] = config.intent_weight * _intent(plain_generator, batch, objective, sentences)
    return output.detach(), weighted


def discriminator_step(
    discriminator: Callable[[Tensor, Tensor, Tensor], Tensor], output: Tensor, batch: Batch, config: LossConfig
) -> tuple[Tensor, dict[str, float]]:
    """The discriminator's loss on {real, right}, {fake, right} and {real, WRONG prompt}, and its mean logits.

    Only samples that ask for crisp detail take part: on the others the generator answers with the expected value of
    the pixels, which any critic would rightly call fake. All three kinds go through in one call, so that spectral
    norm and gradient synchronisation see one forward pass for each backward pass.
    """
    rows = crisp_rows(batch.crisp)
    lr, real, fake = batch.lr[rows], batch.target[rows], output[rows]
    right, wrong = batch.text[rows], batch.wrong_text[rows]
    pictures, texts = [real, fake], [right, right]
    if config.wrong_prompt:
        pictures.append(real)
        texts.append(wrong)
    logits = discriminator(torch.cat(pictures), torch.cat([lr] * len(pictures)), torch.cat(texts)).float()
    on_real, *on_fakes = logits.chunk(len(pictures))
    loss = discriminator_loss(config.adversarial, on_real, on_fakes).mean()
    names = ("logit_real", "logit_fake", "logit_wrong")
    return loss, {name: part.mean().item() for name, part in zip(names, logits.chunk(len(pictures)), strict=False)}


def crisp_rows(crisp: Tensor) -> Tensor:
    """The samples that the GAN terms apply to; at least one, so that every process takes part in every step."""
    rows = crisp.nonzero().flatten()
    return rows if len(rows) else torch.zeros(1, dtype=torch.long, device=crisp.device)


def _spread(values: Tensor, rows: Tensor, like: Tensor) -> Tensor:
    """Per-sample ``values`` of ``rows`` at their places in the batch, zeros elsewhere."""
    return torch.zeros_like(like).index_put((rows,), values.to(like))


def _intent(generator: Generator, batch: Batch, objective: Objective, sentences: Tensor) -> Tensor:
    count, device = len(sentences), batch.lr.device
    context = generator.context(batch.lr) if generator.config.tone else batch.lr.new_zeros(1, 1)
    # An equal run of sentences for each picture: so the shares of several processes add up to what one would do.
    pictures = torch.arange(count, device=device) * len(context) // count
    text, meaning = objective.bank.embeddings[sentences].to(device), objective.bank.meaning[sentences].to(device)
    return intent_loss(generator, text, meaning, context[pictures])
