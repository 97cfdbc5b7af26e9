"""What is computed in one step of the generator and of the discriminator, and in the stages before and after them.

``fit_text``, prompts first: the text tower and the tone head learn what prompts mean before any image is upscaled. A
step on 128 prompts costs a fiftieth of a step on 16 images, and a prompt that is not understood teaches the image side
the wrong thing. The text term of ``losses.objective`` goes on beside the images.

``fit_tone``, colours last: the tone head alone learns amounts exactly, small ones too, once the rest of the network is
finished. Beside pixels, "5 % brighter" is a change so small that its error hardly counts. Here each error is weighed by
the size of the change that it belongs to as well. Nothing but the tone head moves, so what the network restores and how
crisp it draws stay the same to the bit. A step on 256 readings takes about 8 ms on one core.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.config import LossConfig, OptimConfig, TrainConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.errors import UsageError
from srgan_prompt.grammar.prompt_bank import PromptBank, exact_readings
from srgan_prompt.losses.adversarial import discriminator_loss
from srgan_prompt.losses.objective import Objective, crisp_rows, generator_terms, intent_loss
from srgan_prompt.losses.perceptual import Compared
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.discriminator import Discriminator
from srgan_prompt.models.generator import Generator
from srgan_prompt.models.weights import Ema
from srgan_prompt.operators.filters import reduce
from srgan_prompt.operators.requests import as_tensors, sample_request
from srgan_prompt.prompts.operations import OPERATIONS, TONE, Clause, Request, compatible
from srgan_prompt.training.state import descend, schedule
from srgan_prompt.types import Image

LEARNING_RATE = 1e-3  # of both stages
PROMPTS, READINGS = 128, 256  # of one step of fit_text, of fit_tone
NUM_BATCHES = 8  # whose images give the global features: the tone head must not depend on a particular one
TEXT_STREAM = 1 << 41  # keeps the draws of fit_text apart from all others
SMALLEST_AMOUNT = 0.03
RELATIVE_WEIGHT = 0.02
RELATIVE_FLOOR = 0.004  # mean change below which an error is no longer weighed more: about one level of 255


class GeneratorStep(NamedTuple):
    """What was made: ``output`` (B, 3, H, W), without gradients, and the weighted ``terms`` that add up to its loss.

    ``compared``: features of the crisp samples, where there is a perceptual term.
    """

    output: Tensor
    terms: dict[str, Tensor]
    compared: Compared | None


def generator_step(
    generator: Callable[[Tensor, TextConditioning], Tensor],
    plain_generator: Generator,
    discriminator: Discriminator | None,
    batch: Batch,
    objective: Objective,
    *,
    ramp: float,
    sentences: Tensor,
) -> GeneratorStep:
    """What the generator makes of ``batch``.

    ``generator`` is what is called (perhaps wrapped for several processes), ``plain_generator`` the same unwrapped.
    ``discriminator``, ``ramp`` and ``sentences`` are those of ``generator_terms``.
    """
    output = generator(batch.lr, TextConditioning.of(batch.text)).float()
    terms, compared = generator_terms(
        output, batch, objective, plain_generator, discriminator, ramp=ramp, sentences=sentences
    )
    return GeneratorStep(output.detach(), terms, None if compared is None else compared.detached())


def discriminator_step(
    discriminator: Callable[..., list[Tensor]], made: GeneratorStep, batch: Batch, config: LossConfig
) -> tuple[Tensor, dict[str, float]]:
    """The discriminator's loss on {real, right}, {fake, right} and {real, WRONG prompt}, and its mean logits.

    Where it judges features too, its loss on {real} and {fake} is added, the mean over their layers.
    Only samples that ask for crisp detail take part: on the others the generator answers with the expected value of
    the pixels, which any discriminator would rightly call fake. All three kinds go through in one call, so that
    spectral norm and gradient synchronisation see one forward pass for each backward pass.
    """
    rows = crisp_rows(batch.crisp)
    lr, real, fake = batch.lr[rows], batch.target[rows], made.output[rows]
    right, wrong = batch.text[rows], batch.wrong_text[rows]
    images, texts = [real, fake], [right, right]
    if config.wrong_prompt:
        images.append(real)
        texts.append(wrong)
    of_made, of_wanted = made.compared or ({}, {})
    features = {name: torch.cat([of_wanted[name], of_made[name]]) for name in of_made}
    patches, *layers = discriminator(torch.cat(images), torch.cat([lr] * len(images)), torch.cat(texts), features)
    on_real, *on_fakes = patches.float().chunk(len(images))
    loss = discriminator_loss(config.adversarial, on_real, on_fakes).mean()
    logits = dict(zip(("logit_real", "logit_fake", "logit_wrong"), (on_real, *on_fakes), strict=False))
    if layers:
        judged = [layer.float().chunk(2) for layer in layers]
        losses = [discriminator_loss(config.adversarial, on_real, [on_fake]).mean() for on_real, on_fake in judged]
        loss = loss + torch.stack(losses).mean()
        logits["logit_feature_real"] = torch.stack([on_real.mean() for on_real, _ in judged])
        logits["logit_feature_fake"] = torch.stack([on_fake.mean() for _, on_fake in judged])
    return loss, {name: each.mean().item() for name, each in logits.items()}


def fit_text(
    generator: Generator,
    ema: Ema,
    bank: PromptBank,
    batches: Callable[[int], Batch],
    config: TrainConfig,
) -> float:
    """``config.text_steps`` steps on prompts alone; the average becomes a copy. Returns the last loss.

    A pure function of the seed, repeated from its start when a run is killed within it: it takes under a minute.
    """
    modules = torch.nn.ModuleList([generator.text_tower])
    if generator.config.text_features != "reading":
        modules.append(generator.intent_head)
    if generator.config.tone:
        modules += [generator.context_encoder, generator.tone_head]
    device = next(generator.parameters()).device
    optimizer = torch.optim.Adam(modules.parameters(), lr=LEARNING_RATE)
    images = torch.cat([batches(number).lr for number in range(NUM_BATCHES)])
    loss = torch.zeros(())
    for step in range(config.text_steps):
        rng = np.random.default_rng((config.seed, TEXT_STREAM, step))
        prompts = torch.from_numpy(rng.integers(len(bank), size=PROMPTS))
        shown = torch.from_numpy(rng.integers(len(images), size=PROMPTS)).to(device)
        features = generator.global_features(images[shown]) if generator.config.tone else images.new_zeros(1, 1)
        loss = intent_loss(generator, bank.embeddings[prompts].to(device), bank.meaning[prompts].to(device), features)
        descend(optimizer, loss, LEARNING_RATE * schedule(step, config.text_steps, config.optim))
    ema.module.load_state_dict(generator.state_dict())
    return loss.item()


def sample_tone_request(rng: random.Random) -> Request:
    """One to three compatible tone operations: amounts from 3 percent on, many small ones, and the worded levels."""
    clauses: list[Clause] = []
    for _ in range(rng.choices((1, 2, 3), weights=(5, 4, 2))[0]):
        taken = {clause.operation for clause in clauses}
        operation = OPERATIONS[rng.choice([name for name in TONE if compatible(name, taken)])]
        levels = (operation.slight, operation.plain, operation.strong)
        kinds = (rng.uniform(SMALLEST_AMOUNT, 1), rng.uniform(SMALLEST_AMOUNT, 0.3), rng.choice(levels))
        clauses.append(Clause(operation.name, rng.choices(kinds, weights=(4, 3, 3))[0]))
    return Request(tuple(clauses))


@torch.no_grad()
def features_of(generator: Generator, images: Sequence[Image]) -> Tensor:
    """Global features (N, C) of N high-resolution ``images`` (1, 3, H, W), each reduced to the size of an input."""
    return torch.cat([generator.global_features(reduce(image, generator.config.scale)) for image in images])


def fit_tone(generator: Generator, features: Tensor, *, steps: int, seed: int, num_requests: int = 240_000) -> float:
    """``steps`` steps of the tone head of ``generator``, in place; the last loss.

    ``features`` (N, C) are the global features of N low-resolution images of any kind: the transform must not
    depend on a particular one. A pure function of its arguments. Raises UsageError for a generator that has no tone
    head, or that is conditioned on raw embeddings, whose meaning is known for sentences only.
    """
    if not generator.config.tone or generator.config.text_features != "reading":
        raise UsageError("Only networks with a tone head on readings can be taught amounts alone (generator.tone).")
    rng = random.Random(seed)  # noqa: S311  not for secrets
    requests = [sample_request(rng) if rng.random() < 0.25 else sample_tone_request(rng) for _ in range(num_requests)]
    wanted = as_tensors(requests).tone
    size = _mean_change(wanted)
    with torch.no_grad():
        texts = generator.text_tower(exact_readings(requests, generator.config.intents))
    rates = OptimConfig()
    optimizer = torch.optim.Adam(generator.tone_head.parameters(), lr=LEARNING_RATE)
    draw = torch.Generator().manual_seed(seed)
    loss = torch.zeros(())
    with _one_thread():
        for step in range(steps):
            rows = torch.randint(num_requests, (READINGS,), generator=draw)
            shown = torch.randint(len(features), (READINGS,), generator=draw)
            error = _mean_change(generator.tone_head(features[shown], texts[rows]) - wanted[rows])
            loss = (error + RELATIVE_WEIGHT * error / (size[rows] + RELATIVE_FLOOR)).mean()
            descend(optimizer, loss, LEARNING_RATE * schedule(step, steps, rates))
    return loss.item()


@contextmanager
def _one_thread() -> Iterator[None]:
    """For steps so small that several threads mostly wait for one another: on a busy machine 180 ms instead of 3."""
    num_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(num_threads)


def _mean_change(tone: Tensor) -> Tensor:
    """Of each colour transform (N, 3, 7), or each difference of two: (N,)."""
    return tone.abs().mean(dim=(1, 2))
