"""What one step computes: the generator's loss and the discriminator's loss. No optimiser, no phase strings."""

from collections.abc import Callable

import torch
from torch import Tensor

from srgan_prompt.config import LossConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.losses.adversarial import discriminator_loss
from srgan_prompt.losses.objective import CrispShare, Objective, crisp_rows, generator_terms
from srgan_prompt.models.composition import TextConditioning
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
    share: CrispShare | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The image (B, 3, H, W) that the generator makes of ``batch``, and the weighted terms that add up to its loss.

    ``generator`` is what is called (perhaps wrapped for several processes), ``plain_generator`` the same unwrapped.
    ``ramp``, ``sentences`` and ``share`` are those of ``generator_terms``.
    """
    output = generator(batch.lr, TextConditioning.of(batch.text)).float()
    terms = generator_terms(
        output, batch, objective, plain_generator, discriminator, ramp=ramp, sentences=sentences, share=share
    )
    return output.detach(), terms


def discriminator_step(
    discriminator: Callable[[Tensor, Tensor, Tensor], Tensor], output: Tensor, batch: Batch, config: LossConfig
) -> tuple[Tensor, dict[str, float]]:
    """The discriminator's loss on {real, right}, {fake, right} and {real, WRONG prompt}, and its mean logits.

    Only samples that ask for crisp detail take part: on the others the generator answers with the expected value of
    the pixels, which any discriminator would rightly call fake. All three kinds go through in one call, so that
    spectral norm and gradient synchronisation see one forward pass for each backward pass.
    """
    rows = crisp_rows(batch.crisp)
    lr, real, fake = batch.lr[rows], batch.target[rows], output[rows]
    right, wrong = batch.text[rows], batch.wrong_text[rows]
    images, texts = [real, fake], [right, right]
    if config.wrong_prompt:
        images.append(real)
        texts.append(wrong)
    logits = discriminator(torch.cat(images), torch.cat([lr] * len(images)), torch.cat(texts)).float()
    on_real, *on_fakes = logits.chunk(len(images))
    loss = discriminator_loss(config.adversarial, on_real, on_fakes).mean()
    names = ("logit_real", "logit_fake", "logit_wrong")
    return loss, {name: part.mean().item() for name, part in zip(names, logits.chunk(len(images)), strict=False)}
