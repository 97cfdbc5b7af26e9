"""Variants of one small network at one budget, each under several seeds: the studies that are lines of a config.

    python recipes/studies/variants.py recipes/studies/skips.yaml --validation Set5 --steps 3 --seeds 1    a quick try
    python recipes/studies/variants.py recipes/studies/skips.yaml --validation Set5 --folder PHOTOS

A study is a YAML file: ``base``, an overlay as for training, in ``requests`` what the network learns to do (it hears no
sentence), and in ``variants`` what each of them changes. Prints a table; NAME.json and NAME.png hold all figures,
in the run folder. Killed and started again it goes on with the next variant.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from matplotlib.figure import Figure

from srgan_prompt.config import TrainConfig, parse
from srgan_prompt.data.pairs import find_pairs, load_pair
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import ours, run_benchmark
from srgan_prompt.evaluation.statistics import Records, SeededRuns, seeded_table
from srgan_prompt.grammar.prompt_bank import PromptBank
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.operators.requests import as_tensors
from srgan_prompt.prompts.operations import plain_request
from srgan_prompt.training.build import Texts, build_accelerator, build_trainer
from srgan_prompt.training.tracking import Tracker

COLUMNS = {  # and digits
    "psnr_y_db": ("PSNR-Y (dB)", 2),
    "ssim_y": ("SSIM", 4),
    "lpips": ("LPIPS", 4),
    "noise_kept": ("noise kept", 3),
    "gradient_ratio": ("gradient, first / last block", 2),
    "cpu_s": ("CPU seconds", 0),
}
NOISE_STD = 4 / 255
MARKERS = "osv^D*PxX<>dh"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study", type=Path, help="YAML file of the study")
    parser.add_argument("--validation", type=Path, required=True, help="test set, as in recipes/benchmark.py")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--steps", type=int, help="optimiser steps of each run (default: those of the study)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--run", type=Path, default=Path("runs/study"), help="folder for the runs and the results")
    return parser.parse_args()


def variant_config(study: Mapping[str, Any], changes: Mapping[str, Any], arguments: argparse.Namespace) -> TrainConfig:
    """The base of ``study`` with one variant's ``changes``, and with the budget."""
    settings: dict[str, Any] = dict(study["base"])
    for part in changes.keys() - {"requests"}:
        settings[part] = settings.get(part, {}) | changes[part]
    settings["data"] = settings.get("data", {}) | {"folder": arguments.folder, "pack": arguments.run / "pack"}
    if arguments.steps is not None:
        gan_steps = arguments.steps // 2 if settings.get("gan_steps") else 0
        settings |= {"pixel_steps": arguments.steps - gan_steps, "gan_steps": gan_steps}
    return parse(TrainConfig, settings, str(arguments.study))


def train(config: TrainConfig, requests: list[list[str]]) -> tuple[Generator, np.ndarray]:
    """A trained generator, and the gradient norm of each block at each step, [steps, blocks]."""
    meaning = as_tensors([plain_request(*operations) for operations in requests])
    bank = PromptBank(torch.zeros(len(requests), config.generator.text_width), meaning)
    texts = Texts(bank, lambda asked: bank.embeddings[:1].expand(len(asked), -1))
    tracker = Tracker(config.run, active=True, tensorboard=False)
    trainer = build_trainer(config, build_accelerator(config), tracker, texts)
    blocks, norms = trainer.state.generator.blocks, defaultdict(list)
    for depth, block in enumerate(blocks):
        block.body[0].weight.register_hook(lambda gradient, depth=depth: norms[depth].append(gradient.norm().item()))
    trainer.fit()
    return trainer.state.ema.module.eval(), np.array([norms[depth] for depth in range(len(blocks))]).T


@torch.inference_mode()
def noise_kept(generator: Generator) -> float:
    """Standard deviation in the upscaled image over that in the input, for grey with Gaussian noise: 1 keeps it all."""
    grey = torch.linspace(0.2, 0.8, 8).view(8, 1, 1, 1).expand(8, 3, 32, 32)
    noise = NOISE_STD * torch.randn(grey.shape, generator=torch.Generator().manual_seed(0))
    return ((generator(grey + noise) - generator(grey)).std() / noise.std()).item()


@torch.inference_mode()
def feature_stds(generator: Generator, image: torch.Tensor) -> list[float]:
    """Standard deviation of the features after each block, for ``image`` (1, 3, h, w)."""
    found: list[float] = []
    for block in generator.blocks:
        block.register_forward_hook(lambda _, __, x: found.append(x.std().item()))
    generator(image)
    return found


def measure(config: TrainConfig, requests: list[list[str]], validation: Path) -> dict[str, Any]:
    """All figures of one run."""
    started_s = time.process_time()
    generator, norms = train(config, requests)
    cpu_s = time.process_time() - started_s
    scores = run_benchmark(validation, {"": ours(Upscaler.from_generator(generator, precision="fp32"), "")}).mean("")
    low = torch.tensor(load_pair(find_pairs(validation)[0], 4).low).permute(2, 0, 1)[None] / 255
    return {name: scores[name] for name in ("psnr_y_db", "ssim_y", "lpips")} | {
        "noise_kept": noise_kept(generator),
        "gradient_ratio": float((norms[:, 0] / norms[:, -1]).mean()),
        "gradients": norms.mean(axis=0).tolist(),
        "features": feature_stds(generator, low),
        "cpu_s": cpu_s,
    }


def draw(records: Records) -> Figure:
    """Gradient norms and features of each block, the mean of all seeds."""
    figure = Figure(figsize=(10, 4), layout="constrained")  # without pyplot, which would look for a screen
    parts = {"gradients": "gradient norm, mean over training", "features": "standard deviation of its features"}
    for axes, (part, title) in zip(figure.subplots(1, 2), parts.items(), strict=True):
        for (name, runs), marker in zip(records.items(), MARKERS, strict=False):
            values = np.mean([each[part] for each in runs], axis=0)
            axes.plot(range(1, 1 + len(values)), values, marker=marker, label=name)
        axes.set(xlabel="block", ylabel=title, yscale="log")
    axes.legend(fontsize=7)
    return figure


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    study, name = yaml.safe_load(arguments.study.read_text("utf-8")), arguments.study.stem
    configs = [variant_config(study, changes, arguments) for changes in study["variants"].values()]
    runs = SeededRuns(arguments.run / f"{name}.json")
    for seed in range(arguments.seeds):
        for config, (variant, changes) in zip(configs, study["variants"].items(), strict=True):
            own = config.model_copy(update={"run": arguments.run / f"{variant}, seed {seed}", "seed": seed})
            requests = changes.get("requests", study["requests"])
            runs.measure(variant, seed, partial(measure, own, requests, arguments.validation))
    draw(runs.records).savefig(arguments.run / f"{name}.png", dpi=80)
    print(seeded_table(runs.records, name, COLUMNS), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
