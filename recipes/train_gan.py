"""Train the prompt-steered generator: a pixel stage, then a GAN stage ramped in, in one run.

    accelerate launch recipes/train_gan.py                                   tiny run on drawn scenes, about 3 minutes
    accelerate launch recipes/train_gan.py --config recipes/configs/x4.yaml --data.folder PHOTOS
    accelerate launch recipes/train_gan.py --dry-run                         print the resolved settings and stop

Any setting of ``srgan_prompt.config.TrainConfig`` can be given as a flag. A run folder with a checkpoint is resumed.
"""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
import tyro
import yaml
from accelerate import Accelerator, DistributedDataParallelKwargs
from torch import Tensor

from srgan_prompt.checkpoints.load import load_newest, load_strict
from srgan_prompt.checkpoints.lock import run_lock
from srgan_prompt.checkpoints.model_folder import load_model
from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.instruct_pix2pix import Pix2PixBatches
from srgan_prompt.data.instructions import canonical
from srgan_prompt.data.sources import open_pictures
from srgan_prompt.data.triplets import open_triplets
from srgan_prompt.data.wording_bank import WordingBank, build_bank, build_reading_bank, reading_vectors
from srgan_prompt.errors import ConfigError, told_in_one_sentence
from srgan_prompt.evaluation.validation import SIDE_PX, Validation
from srgan_prompt.losses.total import perceptual_distances
from srgan_prompt.prompts.operations import Request
from srgan_prompt.text.cache import CachedTextEncoder
from srgan_prompt.text.encoder import TextEncoder
from srgan_prompt.training.loop import Trainer, checkpoint_root
from srgan_prompt.training.precision import mixed_precision
from srgan_prompt.training.resume import refuse_other_config
from srgan_prompt.training.state import TrainState
from srgan_prompt.training.steps import Objective
from srgan_prompt.training.tracking import Tracker

TINY = Path(__file__).parent / "configs" / "tiny.yaml"


def parse_arguments() -> tuple[TrainConfig, argparse.Namespace]:
    """The config file, overlaid by flags, and the flags that are not settings."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("--config", type=Path, help="YAML overlay over the defaults")
    parser.add_argument("--dry-run", action="store_true", help="print the resolved settings and stop")
    parser.add_argument("--allow", action="append", default=[], help="setting that may differ when resuming")
    flags, settings = parser.parse_known_args()
    default = load_train_config(flags.config or TINY)
    return tyro.cli(TrainConfig, default=default, args=settings, description=__doc__), flags


class Texts(NamedTuple):
    """What the networks are given for requests: a bank of many, and of any. ``encode``: BERT, for raw embeddings."""

    bank: WordingBank
    of_requests: Callable[[Sequence[Request]], Tensor]
    encode: Callable[[Sequence[str]], Tensor] | None


def build_texts(config: TrainConfig) -> Texts:
    """Readings, which need no BERT, or raw embeddings, cached in the run's folder."""
    generator, prompts = config.generator, config.prompts
    if generator.text_features == "reading":
        bank = build_reading_bank(prompts.num_wordings, config.seed, generator.intents)
        return Texts(bank, partial(reading_vectors, intents=generator.intents), None)
    encoder = TextEncoder.tiny() if prompts.encoder == "tiny" else TextEncoder.load(prompts.encoder)
    if encoder.dim != generator.text_dim:
        raise ConfigError(f"generator.text_dim must be {encoder.dim}, the length of the encoder's vectors.")
    encode = CachedTextEncoder(encoder, config.run / "embeddings").encode
    bank = build_bank(prompts.num_wordings, config.seed, encode)
    return Texts(bank, lambda requests: encode([canonical(request) for request in requests]), encoder.encode)


def build_batches(
    config: TrainConfig, texts: Texts, device: torch.device, tracker: Tracker
) -> BatchMaker | Pix2PixBatches:
    """Exact requests on photos or drawn scenes; or InstructPix2Pix rows, if the config names some."""
    data = config.data
    if data.instruct_pix2pix is not None:
        if texts.encode is None:
            raise ConfigError(
                "generator.text_features: InstructPix2Pix rows ask for more than readings can say; set it to raw."
            )
        rows = open_triplets(data.instruct_pix2pix, streaming=data.streaming)
        return Pix2PixBatches(rows, texts.encode, config, device)
    pack = data.pack or config.run / "pack"
    limits = {"min_side_px": config.window_px, "max_bad_share": data.max_bad_share}
    pictures = open_pictures(data.folder, data.dataset, pack, **limits, say=tracker.say)
    tracker.say(f"{len(pictures)} pictures, {len(texts.bank)} wordings, device {device}")
    return BatchMaker(pictures, texts.bank, config, device)


def build_trainer(config: TrainConfig, accelerator: Accelerator, tracker: Tracker) -> Trainer:
    """Everything of a run, from its config."""
    with accelerator.main_process_first():
        pack, limits = (
            config.run / "validation_pack",
            {"min_side_px": SIDE_PX, "max_bad_share": config.data.max_bad_share},
        )
        validation = open_pictures(config.validation_folder, None, pack, **limits, say=tracker.say)
        texts = build_texts(config)
        batches = build_batches(config, texts, accelerator.device, tracker)
    state = TrainState.new(config, accelerator.device)
    return Trainer(
        config=config,
        accelerator=accelerator,
        state=state,
        batches=batches,
        objective=Objective(config.loss, perceptual_distances(config.loss, accelerator.device), texts.bank),
        tracker=tracker,
        validate=Validation(
            [validation[number] for number in range(min(config.validation_images, len(validation)))],
            config.generator.scale,
            texts.of_requests,
            config.run / "samples",
        ),
    )


def main() -> None:
    config, flags = parse_arguments()
    if flags.dry_run:
        print(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), end="")
        return
    for each in (signal.SIGTERM, signal.SIGINT):  # before the first step there is nothing to save
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    if config.deterministic:
        torch.use_deterministic_algorithms(True, warn_only=True)
    # Without the text-only loss the intent head gets no gradient, for which several processes would wait.
    ddp = DistributedDataParallelKwargs(find_unused_parameters=config.loss.intent_weight == 0)
    accelerator = Accelerator(mixed_precision=mixed_precision(config.precision), kwargs_handlers=[ddp])
    tracker = Tracker(config.run, active=accelerator.is_main_process, tensorboard=config.tensorboard)
    with run_lock(config.run) if accelerator.is_main_process else nullcontext():
        run(config, flags.allow, accelerator, tracker)


def run(config: TrainConfig, allowed: list[str], accelerator: Accelerator, tracker: Tracker) -> None:
    """Resume or start, then train to the end."""
    checkpoint = load_newest(checkpoint_root(config))
    if checkpoint is not None:
        refuse_other_config(checkpoint.documents["config"], config, allowed)
    trainer = build_trainer(config, accelerator, tracker)
    if checkpoint is not None:
        trainer.state.restore(checkpoint)
        tracker.say(f"resumed at step {trainer.state.step}")
    elif config.start_from is not None:
        weights = load_model(config.start_from).state
        load_strict(trainer.state.generator, weights, config.start_from)
        load_strict(trainer.state.ema.module, weights, config.start_from)
    trainer.fit()


if __name__ == "__main__":
    with told_in_one_sentence():
        main()
