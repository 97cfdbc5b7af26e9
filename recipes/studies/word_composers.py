"""How words meet features: cross-attention, TIRG, concat and FiLM on the same words, with about the same parameters.

    python recipes/studies/word_composers.py --steps 3 --seeds 1 --wordings 16          proves that it works, in seconds
    python recipes/studies/word_composers.py --folder PHOTOS --validation-folder MORE    fifteen minutes on one core

All networks see the states of a sentence's wordpieces; TIRG, concat and FiLM see them pooled into one vector, and in
cross-attention each pixel chooses its words. The last row is what the shipped model does: TIRG, told the amounts that
the reader found. Killed and started again it goes on. The scores are those of ``evaluation.validation``.
"""

import argparse
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean
from typing import Any

import torch
from matplotlib.figure import Figure

from srgan_prompt.config import TrainConfig, parse
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.plot import LOG_NAME, read_log
from srgan_prompt.evaluation.statistics import Records, SeededRuns, seeded_table
from srgan_prompt.files import replacing
from srgan_prompt.models.generator import build_generator
from srgan_prompt.training.build import train

VARIANTS: dict[str, dict[str, Any]] = {
    "cross-attention over tokens": {"composition": "attention", "text_features": "tokens"},
    "TIRG, tokens pooled": {"composition": "tirg", "text_features": "tokens"},
    "concat, tokens pooled": {"composition": "concat", "text_features": "tokens"},
    "FiLM, tokens pooled": {"composition": "film", "text_features": "tokens"},
    "TIRG, readings": {"composition": "tirg", "text_features": "reading"},
}
COLUMNS = {
    "psnr": ("PSNR, clean input (dB)", 2),
    "right_minus_wrong_tone": ("right - wrong, tone (dB)", 2),
    "right_minus_wrong_restoration": ("right - wrong, restoration (dB)", 2),
    "right_minus_empty": ("right - empty (dB)", 2),
    "recall": ("recall@1", 2),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--validation-folder", type=Path, help="folder of photos to score on")
    parser.add_argument("--steps", type=int, default=300, help="optimiser steps of each run, pixel loss")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--wordings", type=int, default=1500, help="sentences in the bank of each seed")
    parser.add_argument("--only", action="append", choices=list(VARIANTS), help="one variant; may be repeated")
    parser.add_argument("--validation-images", type=int, default=4, help="images scored at the end of each run")
    parser.add_argument("--run", type=Path, default=Path("runs/word_composers"), help="folder for runs and results")
    return parser.parse_args()


def variant_config(arguments: argparse.Namespace, name: str, seed: int) -> TrainConfig:
    folder = "".join(letter if letter.isalnum() else "_" for letter in name.lower())
    network = {"channels": 32, "num_blocks": 6, "compose_after": (2, 4), **VARIANTS[name]}
    values = {
        "run": arguments.run / f"{folder}_{seed}",
        "seed": seed,
        "pixel_steps": arguments.steps,
        "gan_steps": 0,
        "generator": network,
        "data": {
            "folder": arguments.folder,
            "pack": arguments.run / "pack",
            "patch_px": 16,
            "margin_px": 4,
            "batch_images": 8,
        },
        "prompts": {"num_wordings": arguments.wordings, "clean_share": 0.35, "default_share": 0.0},
        "loss": {"intent_weight": 0.3, "intent_sentences": 64},
        "optim": {"learning_rate": 1e-3, "warmup_steps": 20},
        "ema_decay": 0.98,
        "log_every_steps": 50,
        "save_every_steps": arguments.steps,
        "validate_every_steps": arguments.steps,
        "validation_folder": arguments.validation_folder,
        "validation_images": arguments.validation_images,
    }
    return parse(TrainConfig, values, name)


def measure(config: TrainConfig) -> dict[str, float]:
    """Train one network; the scores of its last validation, and its size."""
    train(config)
    scores = read_log(config.run / LOG_NAME).validation
    size = {"parameters": build_generator(config.generator).num_parameters}
    return {name: float(scores[name].values[-1]) for name in COLUMNS} | size


def draw(records: Records) -> Figure:
    """A panel for each score, a row for each variant, one dot a run."""
    figure = Figure(figsize=(11, 2.8), layout="constrained")
    for axes, (column, (title, _)) in zip(figure.subplots(1, len(COLUMNS), sharey=True), COLUMNS.items(), strict=True):
        for row, runs in enumerate(records.values()):
            values = [run[column] for run in runs]
            axes.plot(values, [row] * len(values), "o", alpha=0.6)
            axes.plot([mean(values)] * 2, [row - 0.3, row + 0.3], "k-")
        axes.set_title(title, fontsize=8)
        axes.set_yticks(range(len(records)), list(records), fontsize=8)
    axes.invert_yaxis()
    return figure


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(1)
    runs = SeededRuns(arguments.run / "word_composers.json")
    for seed, name in product(range(arguments.seeds), arguments.only or VARIANTS):
        runs.measure(name, seed, partial(measure, variant_config(arguments, name, seed)))
    draw(runs.records).savefig(arguments.run / "word_composers.png", dpi=150)
    table = seeded_table(runs.records, "variant", COLUMNS)
    with replacing(arguments.run / "word_composers.md") as file:
        file.write(table.encode())
    print(table, end="")


if __name__ == "__main__":
    with exit_on_user_error():
        main()
