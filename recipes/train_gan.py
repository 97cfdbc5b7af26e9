"""Train the prompt-steered generator: a pixel stage, then a GAN stage ramped in, in one run.

    accelerate launch recipes/train_gan.py                                tiny run on synthetic images, about 3 minutes
    accelerate launch recipes/train_gan.py --config recipes/configs/x4.yaml --data.folder PHOTOS
    accelerate launch recipes/train_gan.py --dry-run                         print the resolved settings and stop
    torchrun --standalone --nproc-per-node 2 recipes/train_gan.py --run-folder runs/two      two processes, also on CPUs

Any setting of ``srgan_prompt.config.TrainConfig`` can be given as a flag. A run folder with a checkpoint is resumed.
"""

import argparse
import signal
import sys
from pathlib import Path

import tyro
import yaml

from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.training.build import train

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


def main() -> None:
    config, flags = parse_arguments()
    if flags.dry_run:
        print(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False), end="")
        return
    for each in (signal.SIGTERM, signal.SIGINT):  # before the first step there is nothing to save
        signal.signal(each, lambda number, _: sys.exit(128 + number))
    train(config, flags.allow)


if __name__ == "__main__":
    with exit_on_user_error():
        main()
