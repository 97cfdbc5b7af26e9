"""Train the prompt-steered generator: a pixel stage, then a GAN stage ramped in, in one run.

    accelerate launch recipes/train_gan.py                                   tiny run on drawn scenes, about 3 minutes
    accelerate launch recipes/train_gan.py --config recipes/configs/x4.yaml --data.folder PHOTOS
    accelerate launch recipes/train_gan.py --dry-run                         print the resolved settings and stop
    torchrun --standalone --nproc-per-node 2 recipes/train_gan.py --run-folder runs/two      two processes, also on CPUs

Any setting of ``srgan_prompt.config.TrainConfig`` can be given as a flag. A run folder with a checkpoint is resumed.
"""

import argparse
import signal
import sys
from contextlib import nullcontext
from pathlib import Path

import torch
import tyro
import yaml
from accelerate import Accelerator, DistributedDataParallelKwargs

from srgan_prompt.checkpoints.model import EncoderRecord, load_model
from srgan_prompt.checkpoints.run import load_newest, run_lock
from srgan_prompt.checkpoints.tensors import load_strict
from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.data.images import open_images
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.validation import SIDE_PX, Validation
from srgan_prompt.losses.objective import Objective, perceptual_distances
from srgan_prompt.training.build import build_batches, build_texts, mixed_precision
from srgan_prompt.training.loop import Trainer, checkpoint_root
from srgan_prompt.training.state import TrainState, refuse_other_config
from srgan_prompt.training.tracking import Tracker

TINY = Path(__file__).parent / "configs" / "tiny.yaml"


def parse_arguments() -> tuple[TrainConfig, argparse.Namespace]:
    """The config file, overlaid by flags, and the flags that are not settings."""
    parser = argparse.ArgumentParser(description=__doc__, add_help=False, allow_abbrev=False)
    parser.add_argument("--config", type=Path, help="YAML overlay over the defaults")
    # torchrun takes --run for a short form of its own --run-path, and looks at what follows the script too.
    parser.add_argument("--run-folder", help="the same as --run; torchrun lets no --run through")
    parser.add_argument("--dry-run", action="store_true", help="print the resolved settings and stop")
    parser.add_argument("--allow", action="append", default=[], help="setting that may differ when resuming")
    flags, settings = parser.parse_known_args()
    if flags.run_folder is not None:
        settings += ["--run", flags.run_folder]
    default = load_train_config(flags.config or TINY)
    return tyro.cli(TrainConfig, default=default, args=settings, description=__doc__), flags


def build_trainer(config: TrainConfig, accelerator: Accelerator, tracker: Tracker) -> Trainer:
    """Everything of a run, from its config."""
    with accelerator.main_process_first():
        pack, limits = (
            config.run / "validation_pack",
            {"min_side_px": SIDE_PX, "max_bad_share": config.data.max_bad_share},
        )
        validation = open_images(config.validation_folder, None, pack, **limits, say=tracker.say)
        texts = build_texts(config)
        batches = build_batches(config, texts, accelerator.device, tracker.say)
    state = TrainState.new(config, accelerator.device)
    state.encoder = None if texts.encoder is None else EncoderRecord.of(texts.encoder)
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
            tracker.image,
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
    refuse_other_config(None if checkpoint is None else checkpoint.documents["config"], config, allowed)
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
    with exit_on_user_error():
        main()
