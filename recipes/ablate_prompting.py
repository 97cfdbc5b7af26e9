"""What each part of the prompt's machinery brings: the same short training with one part changed, as a Markdown table.

    python recipes/ablate_prompting.py --steps 5                                    proves that it works, in a minute
    python recipes/ablate_prompting.py --config recipes/configs/x4.yaml --folder PHOTOS --validation-folder MORE \\
        --steps 2000 --table table.md                                               hours on two cores

Killed and started again it goes on where it was. The scores are those of every validation (``evaluation.validation``).
"""

import argparse
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from srgan_prompt.config import TrainConfig, load_train_config, parse
from srgan_prompt.errors import UsageError, exit_on_user_error
from srgan_prompt.evaluation.plot import LOG_NAME, read_log
from srgan_prompt.files import replacing
from srgan_prompt.training.build import train

TINY = Path(__file__).parent / "configs" / "tiny.yaml"
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    "TIRG, two sentences, wrong prompts": {},
    "raw sentence embeddings instead of readings": {"generator": {"text_features": "raw"}},
    "concat instead of TIRG": {"generator": {"composition": "concat"}},
    "FiLM instead of TIRG": {"generator": {"composition": "film"}},
    "no text": {"generator": {"composition": "none"}},
    "one sentence per image": {"data": {"sentences_per_image": 1}},
    "discriminator sees no wrong prompt": {"loss": {"wrong_prompt": False}},
    "TIRG's original start (1, 10)": {"generator": {"tirg_start": (1.0, 10.0)}},
    "no pooled TIRG": {"generator": {"tone": False}},
    "no sentences without images": {"loss": {"intent_weight": 0.0}},
}
COLUMNS = {
    "psnr": ("PSNR, clean input (dB)", "{:.2f}"),
    "right_minus_wrong_tone": ("right - wrong, tone (dB)", "{:.2f}"),
    "right_minus_wrong_restoration": ("right - wrong, restoration (dB)", "{:.2f}"),
    "right_minus_empty": ("right - empty (dB)", "{:.2f}"),
    "recall": ("recall@1", "{:.0%}"),
}
GAN_SHARE = 0.4  # of the steps have all losses, about as in the long runs
SHARED = ("embeddings", "validation_pack")  # the same for all variants, and slow to make


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=TINY, help="YAML overlay that all variants share")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--validation-folder", type=Path, help="folder of photos to score on")
    parser.add_argument("--steps", type=int, required=True, help="optimiser steps of each variant")
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="one variant; may be repeated")
    parser.add_argument("--run", type=Path, default=Path("runs/ablation"), help="folder for the runs")
    parser.add_argument("--table", type=Path, help="Markdown file to write (default: table.md in the run folder)")
    return parser.parse_args()


def variant_config(arguments: argparse.Namespace, changes: Mapping[str, Mapping[str, Any]], run: Path) -> TrainConfig:
    """The shared config with the budget, and with one part changed."""
    if arguments.steps < 2:
        raise UsageError("--steps must be at least 2: both stages need one.")
    base = load_train_config(arguments.config).model_dump()
    gan_steps = max(1, round(GAN_SHARE * arguments.steps))
    base |= {
        "run": run,
        "pixel_steps": arguments.steps - gan_steps,
        "gan_steps": gan_steps,
        "ramp_steps": max(1, gan_steps // 4),
        "validate_every_steps": arguments.steps,
        "validation_folder": arguments.validation_folder,
        "data": base["data"] | {"folder": arguments.folder, "pack": arguments.run / "pack"},
    }
    for part, values in changes.items():
        base[part] = base[part] | values
    return parse(TrainConfig, base, "the ablation")


def score(config: TrainConfig) -> dict[str, float]:
    """Train one variant to its end, or go on with it, and read its last validation."""
    train(config)
    return {name: float(curve.values[-1]) for name, curve in read_log(config.run / LOG_NAME).validation.items()}


def as_table(scores: Mapping[str, Mapping[str, float]], config: TrainConfig) -> str:
    """Markdown; a dash where a variant has no such figure."""
    rows = [["variant", *(title for title, _ in COLUMNS.values())], ["---"] * (1 + len(COLUMNS))]
    for variant, found in scores.items():
        shown = [form.format(found[name]) if name in found else "-" for name, (_, form) in COLUMNS.items()]
        rows.append([variant, *shown])
    lines = [f"| {' | '.join(row)} |" for row in rows]
    budget = f"{config.num_steps} steps ({config.gan_steps} with all losses) of {config.data.batch_images} samples"
    network = f"{config.generator.channels} channels, {config.generator.num_blocks} blocks, seed {config.seed}"
    return "\n".join([*lines, "", f"Each variant: {budget}; {network}; one run each.", ""])


def run(arguments: argparse.Namespace) -> None:
    scores: dict[str, dict[str, float]] = {}
    chosen = arguments.only or list(VARIANTS)
    first: Path | None = None
    for variant in chosen:
        name = "".join(letter if letter.isalnum() else "_" for letter in variant.lower())
        config = variant_config(arguments, VARIANTS[variant], arguments.run / name)
        for shared in SHARED:
            if first and (first / shared).is_dir():
                shutil.copytree(first / shared, config.run / shared, dirs_exist_ok=True)
        scores[variant] = score(config)
        first = first or config.run
        with replacing(arguments.table or arguments.run / "table.md") as file:  # after each one: hours may lie between
            file.write(as_table(scores, config).encode())
    print(as_table(scores, config), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
