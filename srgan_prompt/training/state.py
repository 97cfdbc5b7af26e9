"""Everything that a run must remember, and its way into a checkpoint and back, bit for bit.

Random numbers and the place in the data are not in here: both are pure functions of (seed, step), and so is the
learning rate.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from srgan_prompt.checkpoints.encoder_record import ENCODER_DOCUMENT, EncoderRecord, read_encoder
from srgan_prompt.checkpoints.load import LoadedCheckpoint, load_strict
from srgan_prompt.checkpoints.optimizer import flatten_optimizer, load_optimizer
from srgan_prompt.checkpoints.retention import save_checkpoint
from srgan_prompt.config import TrainConfig
from srgan_prompt.errors import ModelError
from srgan_prompt.models.discriminator import Discriminator
from srgan_prompt.models.ema import Ema
from srgan_prompt.models.factory import build_discriminator, build_generator
from srgan_prompt.models.generator import Generator
from srgan_prompt.training.optim import build_optimizer


@dataclass
class TrainState:
    """Both networks, the averaged generator, both optimisers, and the number of finished steps.

    ``encoder``: what the raw embeddings of the run come from, if it has any.
    """

    generator: Generator
    discriminator: Discriminator
    ema: Ema[Generator]
    generator_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer
    step: int = 0
    encoder: EncoderRecord | None = None

    @classmethod
    def new(cls, config: TrainConfig, device: torch.device) -> "TrainState":
        """A fresh start from ``config.seed``."""
        torch.manual_seed(config.seed)
        generator = build_generator(config.generator).to(device)
        discriminator = build_discriminator(config.discriminator, config.generator.text_width).to(device)
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
