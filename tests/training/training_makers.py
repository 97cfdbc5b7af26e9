"""Runs small enough to repeat: drawn images, one sentence for each operation and amount, tiny networks."""

import copy
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator

from srgan_prompt.checkpoints.run import flatten_optimizer
from srgan_prompt.config import TrainConfig
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.losses.objective import Objective
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import OPERATIONS, Clause, Request
from srgan_prompt.training.loop import Trainer
from srgan_prompt.training.state import TrainState
from srgan_prompt.training.tracking import Tracker

TEXT_DIM = 32


def tiny_config(run: Path, **changes) -> TrainConfig:
    """3 steps on sentences, then 20, the last 14 of them with a discriminator that is ramped in over 8.

    ``section={...}`` overlays a section.
    """
    values = {
        "run": run,
        "text_steps": 3,
        "pixel_steps": 6,
        "gan_steps": 14,
        "ramp_steps": 8,
        "generator": {
            "channels": 8,
            "num_blocks": 2,
            "compose_after": (1, 2),
            "text_dim": TEXT_DIM,
            "text_channels": 8,
            "dropout": 0.1,
        },
        "discriminator": {"channels": 8, "num_strides": 2},
        "data": {"patch_px": 8, "margin_px": 4, "batch_images": 4},
        "loss": {"adversarial_weight": 0.005, "intent_sentences": 16},
        "optim": {"learning_rate": 1e-3, "warmup_steps": 2, "accumulate_steps": 2},
        "precision": "fp32",
        "log_every_steps": 1,
        "save_every_steps": 100,
    }
    for key, value in changes.items():
        values[key] = {**values.get(key, {}), **value} if isinstance(value, dict) else value
    return TrainConfig.model_validate(values)


def smooth_images(count: int = 6, side_px: int = 64) -> list[np.ndarray]:
    """Images (side, side, 3) uint8 of waves and a hard edge; the same on every machine."""
    y, x = np.mgrid[0:side_px, 0:side_px] / side_px
    images = []
    for number in range(count):
        waves = [np.sin((number + 2) * x * (1 + k) + (number + k + 1) * y) for k in range(3)]
        edge = np.where(x + y > 0.6 + 0.1 * number, 0.25, -0.25)
        images.append(np.uint8(np.clip(127.5 + 80 * np.stack(waves, -1) + 127.5 * edge[..., None], 0, 255)))
    return images


def requests() -> list[Request]:
    """Every operation at each of its amounts, alone; so that tests do not hang on the grammar."""
    return [
        Request((Clause(operation.name, amount),))
        for operation in OPERATIONS.values()
        for amount in sorted({operation.slight, operation.plain, operation.strong})
    ]


def make_bank() -> PromptBank:
    """One sentence per request; embeddings are random unit vectors."""
    asked = requests()
    vectors = np.random.default_rng(7).standard_normal((len(asked), TEXT_DIM)).astype(np.float32)
    embeddings = torch.nn.functional.normalize(torch.from_numpy(vectors), dim=1)
    return PromptBank(embeddings, as_tensors(asked))


def make_batches(config: TrainConfig) -> BatchMaker:
    return BatchMaker(smooth_images(), make_bank(), config, torch.device("cpu"))


def make_trainer(config: TrainConfig) -> Trainer:
    batches = make_batches(config)
    return Trainer(
        config=config,
        accelerator=Accelerator(cpu=True),
        state=TrainState.new(config, torch.device("cpu")),
        batches=batches,
        objective=Objective(config.loss, {}, batches.bank),
        tracker=Tracker(config.run, active=True, tensorboard=False),
    )


def everything(state: TrainState) -> dict[str, torch.Tensor]:
    """A copy of all tensors of a run, by name."""
    parts = {
        "generator": state.generator.state_dict(),
        "discriminator": state.discriminator.state_dict(),
        "ema": state.ema.module.state_dict(),
        "generator_optimizer": flatten_optimizer(state.generator_optimizer.state_dict())[0],
        "discriminator_optimizer": flatten_optimizer(state.discriminator_optimizer.state_dict())[0],
    }
    return {f"{part}.{name}": copy.deepcopy(value) for part, values in parts.items() for name, value in values.items()}


def differing(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    """Names of tensors that are not bit-equal."""
    return sorted(
        name
        for name in one.keys() | other.keys()
        if name not in one or name not in other or not torch.equal(one[name], other[name])
    )
