"""Everything that a run must remember, and its way into a checkpoint and back, bit for bit.

Random numbers, the place in the data and the learning rate are not in here: all are pure functions of (seed, step).
Streamed data alone have a place that is noted. A run goes on only with the same settings, or with differences that were
allowed by name.
"""

import difflib
import math
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from srgan_prompt.checkpoints.folder import LoadedCheckpoint, load_strict
from srgan_prompt.checkpoints.model import ENCODER_DOCUMENT, EncoderRecord, read_encoder
from srgan_prompt.checkpoints.run import flatten_optimizer, load_optimizer, save_checkpoint
from srgan_prompt.config import OptimConfig, TrainConfig
from srgan_prompt.data.streamed_batches import Place
from srgan_prompt.errors import ConfigError, ModelError
from srgan_prompt.losses.perceptual import num_channels
from srgan_prompt.models.discriminator import Discriminator, build_discriminator
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.models.weights import Ema
from srgan_prompt.network_config import Settings

# Settings that say how often to look, not what is learnt.
HARMLESS = {
    "log_every_steps",
    "save_every_steps",
    "keep_checkpoints",
    "validate_every_steps",
    "validation_images",
    "tensorboard",
    "run",
    "data.decode_threads",
    "data.workers",
}
_DEFAULTS = TrainConfig()


@dataclass
class TrainState:
    """Both networks, the averaged generator, both optimisers, and the number of finished steps.

    ``encoder``: what the raw embeddings of the run come from, if it has any. ``place``: that in streamed data.
    """

    generator: Generator
    discriminator: Discriminator
    ema: Ema[Generator]
    generator_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer
    step: int = 0
    encoder: EncoderRecord | None = None
    place: Place | None = None

    @classmethod
    def new(cls, config: TrainConfig, device: torch.device) -> "TrainState":
        """A fresh start from ``config.seed``."""
        torch.manual_seed(config.seed)
        generator = build_generator(config.generator).to(device)
        texts = (config.generator.text_width, config.generator.num_tokens)
        judged = config.loss.perceptual_layers if config.loss.feature_adversarial_weight > 0 else ()
        channels = {name: num_channels(name) for name in judged}
        discriminator = build_discriminator(config.discriminator, *texts, channels).to(device)
        optim = config.optim
        return cls(
            generator,
            discriminator,
            Ema(generator, config.ema_decay),
            build_optimizer(generator, optim.learning_rate, optim),
            build_optimizer(discriminator, optim.discriminator_learning_rate, optim),
        )

    def save(self, root: Path, config: TrainConfig) -> Path:
        """Write ``root/step_...``; older checkpoints go only once it is whole. Returns its path."""
        generator_tensors, generator_document = flatten_optimizer(self.generator_optimizer.state_dict())
        discriminator_tensors, discriminator_document = flatten_optimizer(self.discriminator_optimizer.state_dict())
        encoder = {} if self.encoder is None else {ENCODER_DOCUMENT: self.encoder.model_dump(mode="json")}
        place: dict[str, Any] = {} if self.place is None else {"place": self.place}
        return save_checkpoint(
            root,
            self.step,
            tensors={
                "generator": self.generator.state_dict(),
                "discriminator": self.discriminator.state_dict(),
                "ema": self.ema.module.state_dict(),
                "generator_optimizer": generator_tensors,
                "discriminator_optimizer": discriminator_tensors,
            },
            documents={
                "config": config.model_dump(mode="json"),
                "progress": {"step": self.step, "ema_updates": self.ema.num_updates},
                "generator_optimizer": generator_document,
                "discriminator_optimizer": discriminator_document,
                **encoder,
                **place,
            },
            keep=config.keep_checkpoints,
        )

    def restore(self, checkpoint: LoadedCheckpoint) -> None:
        """Become what was saved. Raises ModelError if it belongs to other networks or lacks a part."""
        tensors, documents = checkpoint.tensors, checkpoint.documents
        before = read_encoder(documents.get(ENCODER_DOCUMENT), checkpoint.path)
        if before and self.encoder and before.identity != self.encoder.identity:
            raise ModelError(f"{checkpoint.path} was trained with another text encoder; name that in prompts.encoder.")
        networks = {"generator": self.generator, "discriminator": self.discriminator, "ema": self.ema.module}
        optimizers = {
            "generator_optimizer": self.generator_optimizer,
            "discriminator_optimizer": self.discriminator_optimizer,
        }
        lacking = [*(networks.keys() - tensors.keys()), *((optimizers.keys() | {"progress"}) - documents.keys())]
        if lacking:
            names = ", ".join(sorted(lacking))
            raise ModelError(f"{checkpoint.path} lacks {names}; it cannot be resumed: use another checkpoint.")
        for name, network in networks.items():
            load_strict(network, tensors[name], checkpoint.path)
        for name, optimizer in optimizers.items():
            load_optimizer(optimizer, tensors.get(name, {}), documents[name])
        progress: Any = documents["progress"]  # as ``save`` wrote it: the manifest vouches for every byte
        self.ema.num_updates = progress["ema_updates"]
        self.step = progress["step"]
        place: Any = documents.get("place")
        self.place = place


def build_optimizer(module: nn.Module, learning_rate: float, config: OptimConfig) -> torch.optim.Adam:
    """Adam over all parameters; the fused form is one kernel and works on CPU and CUDA."""
    return torch.optim.Adam(module.parameters(), lr=learning_rate, betas=config.betas, fused=True)


def schedule(step: int, num_steps: int, config: OptimConfig) -> float:
    """The share of the full learning rate at ``step``: linear warm-up, then half a cosine down to ``final_share``."""
    warm = min(1.0, (step + 1) / (config.warmup_steps + 1))
    cosine = 0.5 + 0.5 * math.cos(math.pi * min(1.0, step / max(1, num_steps)))
    return warm * (config.final_share + (1 - config.final_share) * cosine)


def set_learning_rate(optimizer: torch.optim.Optimizer, learning_rate: float) -> None:
    """Give every parameter group ``learning_rate``."""
    for group in optimizer.param_groups:
        group["lr"] = learning_rate


def descend(optimizer: torch.optim.Optimizer, loss: torch.Tensor, learning_rate: float) -> None:
    """One step of ``optimizer`` down the gradient of ``loss`` (a scalar) at ``learning_rate``."""
    set_learning_rate(optimizer, learning_rate)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def refuse_other_config(saved: dict[str, Any] | None, config: TrainConfig, allowed: Collection[str] = ()) -> None:
    """Raise ConfigError naming every setting that differs from the checkpoint's and is neither harmless nor allowed.

    ``saved`` is None where a run begins. ``allowed`` are names as in the config or as flags; an unknown one is refused
    even then, for whoever mistyped it would learn so hours later.
    """
    now = _flat(config.model_dump(mode="json"))
    # A setting that did not exist yet when the checkpoint was made acted as its default does.
    before = _flat(_DEFAULTS.model_dump(mode="json")) | _flat(saved or {})
    allowed = [_known(name, before) for name in allowed]
    if saved is None:
        return
    changed = [
        f"{key}: {before[key]!r} -> {now.get(key)!r}"
        for key in sorted(before)
        if now.get(key) != before[key] and key not in HARMLESS and key not in allowed
    ]
    if changed:
        raise ConfigError(
            f"The checkpoint in {config.run} was made with other settings ({'; '.join(changed)}); "
            "choose another run folder, or allow the change with --allow KEY."
        )


def _known(name: str, settings: Collection[str]) -> str:
    key = name.replace("-", "_")
    if key not in settings:
        near = difflib.get_close_matches(key, settings, n=1, cutoff=0.0)[0]
        raise ConfigError(f"--allow {name}: there is no such setting; did you mean '{near}'?")
    return key


def _flat(values: dict[str, Any]) -> dict[str, Any]:
    """Every setting by its dotted name; a value that is itself a mapping stays whole."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        is_section = isinstance(getattr(_DEFAULTS, key, None), Settings)
        flat.update({f"{key}.{name}": each for name, each in value.items()} if is_section else {key: value})
    return flat
