"""Tails for further scales, taught last: the network stays as it is, bit for bit, and each tail learns by itself.

A tail is one convolution on the features of the trunk. It begins as the mean of what the network's own tail draws on
each of its pixels, so that x2 begins as x4 reduced, and learns what reduction by means misses; or it goes on from the
tail that earlier weights of the network had. Nothing before it moves, so a step takes no backward pass through the
trunk; and no discriminator, for the trunk has learnt from one.
"""

from collections.abc import Callable
from functools import reduce

import torch
from torch import Tensor

from srgan_prompt.checkpoints.folder import load_strict
from srgan_prompt.config import LPIPS_SIDE_PX, TrainConfig
from srgan_prompt.data.batches import Batch
from srgan_prompt.errors import TrainingError, UsageError
from srgan_prompt.losses.objective import Objective
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.models.layers import ShuffleTail
from srgan_prompt.models.weights import Ema
from srgan_prompt.training.build import Texts, build_batches, mixed_precision
from srgan_prompt.training.state import build_optimizer, descend, schedule
from srgan_prompt.training.steps import generator_step

NUM_KEPT = 8  # batches that are only looked at, before and after


def with_tail(generator: Generator, scale: int, earlier: Generator | None = None) -> Generator:
    """The same network at ``scale`` alone; all but its tail is frozen.

    The tail is made from the own one, or is that of ``earlier``: weights of the same network that have tails.
    Raises UsageError where it cannot be made: of SRGAN's tail, which is several layers deep, or where ``earlier`` has
    none for that scale and that many channels.
    """
    if not isinstance(generator.tail, ShuffleTail):
        raise UsageError("A network with SRGAN's own tail (generator.tail: srgan) cannot be given further scales.")
    channels = generator.config.channels
    if earlier and (scale not in earlier.config.more_scales or earlier.config.channels != channels):
        raise UsageError(f"The earlier weights have no tail for x{scale} and a trunk of {channels} channels.")
    tail = earlier.more_tails[str(scale)] if earlier else generator.tail.resampled(scale)
    state = {
        name: each for name, each in generator.state_dict().items() if not name.startswith(("tail.", "more_tails."))
    }
    single = build_generator(generator.config.at_scale(scale)).to(next(generator.parameters()).device)
    load_strict(single, state | {f"tail.{name}": each for name, each in tail.state_dict().items()})
    single.eval().requires_grad_(False).tail.requires_grad_(True)
    return single


def added(generator: Generator, single: Generator) -> Generator:
    """``generator`` with the tail of ``single``, which is that network at one further scale."""
    config, scale = generator.config, single.config.scale
    scales = tuple(sorted({*config.more_scales, scale}))
    result = build_generator(config.model_copy(update={"more_scales": scales}))
    tail = {f"more_tails.{scale}.{name}": each for name, each in single.tail.state_dict().items()}
    load_strict(result, generator.state_dict() | tail)
    return result.eval()


def settings_at(config: TrainConfig, generator: Generator) -> TrainConfig:
    """``config`` for the tail of ``generator``: large enough patches, and no loss that a tail has no part in."""
    patch_px = max(config.data.patch_px, -(-LPIPS_SIDE_PX // generator.config.scale))
    return config.model_copy(
        update={
            "generator": generator.config,
            "data": config.data.model_copy(update={"patch_px": patch_px, "least_patch_px": None}),
            "loss": config.loss.model_copy(
                update={"adversarial_weight": 0.0, "feature_adversarial_weight": 0.0, "intent_weight": 0.0}
            ),
        }
    )


def fit_tail(
    generator: Generator, config: TrainConfig, texts: Texts, say: Callable[[str], None] = print
) -> tuple[float, float]:
    """``config.num_steps`` steps of the tail of ``generator``, one of ``with_tail``, in place: its average is kept.

    A pure function of the seed. Returns the losses before and after, on batches that were not trained on. Raises
    TrainingError for a loss that is not finite, and what ``build_batches`` raises.
    """
    config = settings_at(config, generator)
    device = next(generator.parameters()).device
    batches = build_batches(config, texts, device, say)
    objective = Objective.build(config.loss, texts.bank, device)
    bf16 = mixed_precision(config.precision) == "bf16"

    def loss_of(batch: Batch, number: int) -> Tensor:
        torch.manual_seed(number)  # of the corners that perceptual distances look from
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            step = generator_step(generator, generator, None, batch, objective, ramp=1.0, sentences=torch.empty(0))
        return reduce(torch.add, step.terms.values())

    @torch.no_grad()
    def kept_loss() -> float:
        kept = range(config.num_steps, config.num_steps + NUM_KEPT)
        return sum(loss_of(batches(number), number).item() for number in kept) / NUM_KEPT

    before = kept_loss()
    average = Ema(generator.tail, config.ema_decay)
    optimizer = build_optimizer(generator.tail, config.optim.learning_rate, config.optim)
    for step in range(config.num_steps):
        loss = loss_of(batches(step), step)
        if not loss.isfinite():
            raise TrainingError(f"Step {step + 1}: the loss is not finite; begin again with a lower learning rate.")
        descend(optimizer, loss, config.optim.learning_rate * schedule(step, config.num_steps, config.optim))
        average.update(generator.tail)
        if (step + 1) % config.log_every_steps == 0:
            say(f"x{generator.config.scale}: step {step + 1} of {config.num_steps}, loss {loss.item():.4f}")
    generator.tail.load_state_dict(average.module.state_dict())
    return before, kept_loss()
