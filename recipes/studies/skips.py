"""Which skip connections a generator needs: the report's three layouts and five others, at one budget.

    python recipes/studies/skips.py --validation Set5 --steps 3 --seeds 1             proves that it works, in a minute
    python recipes/studies/skips.py --validation Set5 --folder PHOTOS

Each variant learns from scratch by the pixel loss, on clean photos, without sentences, and without a bicubic skip
around the whole network, which the report's generator did not have. Prints a Markdown table; all figures and curves
go to skips.json and skips.png in the run folder. Killed and started again it goes on with the next variant.
"""

import argparse
import time
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure

from srgan_prompt.config import TrainConfig, load_train_config, parse
from srgan_prompt.data.pairs import find_pairs, load_pair
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import run_benchmark
from srgan_prompt.evaluation.methods import ours
from srgan_prompt.evaluation.seeded_runs import Records, SeededRuns, seeded_table
from srgan_prompt.grammar.prompt_bank import empty_bank
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.models.generator import Generator
from srgan_prompt.training.build import Texts, build_accelerator, build_trainer
from srgan_prompt.training.tracking import Tracker

BASE = Path(__file__).parents[1] / "configs" / "study.yaml"
VARIANTS: dict[str, list[str]] = {
    "none": [],
    "block 1 to 9 (report, first)": ["1-9"],
    "block 6 to last (report, third)": ["6-end"],
    "long (SRGAN)": ["0-end"],
    "several": ["0-end", "0-4", "4-8", "8-12"],
    "long, gated": ["0-end gated"],
    "long, attention": ["0-end attention"],
    "block 1 to 9, gated": ["1-9 gated"],
}
COLUMNS = {  # and digits
    "psnr_y_db": ("PSNR-Y (dB)", 2),
    "ssim_y": ("SSIM", 4),
    "lpips": ("LPIPS", 4),
    "noise_kept": ("noise kept", 3),
    "gradient_ratio": ("gradient, first / last block", 2),
}
NOISE_STD = 4 / 255
MARKERS = "osv^D*Px"


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validation", type=Path, required=True, help="test set, as in recipes/benchmark.py")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--config", type=Path, default=BASE, help="YAML overlay that all variants share")
    parser.add_argument("--steps", type=int, help="optimiser steps of each run (default: pixel_steps of the config)")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each variant")
    parser.add_argument("--run", type=Path, default=Path("runs/skips"), help="folder for the runs and the results")
    return parser.parse_args()


def train(arguments: argparse.Namespace, skips: list[str], seed: int, run: Path) -> tuple[Generator, np.ndarray]:
    """A trained generator, and the gradient norm of each block at each step, [steps, blocks]."""
    base = load_train_config(arguments.config).model_dump()
    changes = {"run": run, "seed": seed, "pixel_steps": arguments.steps or base["pixel_steps"]}
    changes["data"] = base["data"] | {"folder": arguments.folder, "pack": arguments.run / "pack"}
    changes["generator"] = base["generator"] | {"skips": skips}
    config = parse(TrainConfig, base | changes, "the study")
    bank = empty_bank(config.generator.text_width)
    texts = Texts(bank, lambda requests: bank.embeddings.expand(len(requests), -1))
    tracker = Tracker(run, active=True, tensorboard=False)
    trainer = build_trainer(config, build_accelerator(config), tracker, texts)
    blocks, norms = trainer.state.generator.blocks, defaultdict(list)
    for depth, block in enumerate(blocks):
        block.body[0].weight.register_hook(lambda gradient, depth=depth: norms[depth].append(gradient.norm().item()))
    trainer.fit()
    return trainer.state.ema.module, np.array([norms[depth] for depth in range(len(blocks))]).T


@torch.inference_mode()
def noise_kept(generator: Generator) -> float:
    """Standard deviation in the upscaled image over that in the input, for grey with Gaussian noise: 1 keeps it all."""
    grey = torch.linspace(0.2, 0.8, 8).view(8, 1, 1, 1).expand(8, 3, 32, 32)
    noise = NOISE_STD * torch.randn(grey.shape, generator=torch.Generator().manual_seed(0))
    change = generator(grey + noise) - generator(grey)
    return (change.std() / noise.std()).item()


@torch.inference_mode()
def feature_stds(generator: Generator, image: torch.Tensor) -> list[float]:
    """Standard deviation of the features after each block, for ``image`` (1, 3, h, w)."""
    found: list[float] = []
    hooks = [block.register_forward_hook(lambda _, __, x: found.append(x.std().item())) for block in generator.blocks]
    generator(image)
    for hook in hooks:
        hook.remove()
    return found


def measure(arguments: argparse.Namespace, skips: list[str], seed: int, run: Path) -> dict:
    """All figures of one run."""
    started_s = time.process_time()
    generator, norms = train(arguments, skips, seed, run)
    trained_s = time.process_time() - started_s
    rows = {"": ours(Upscaler.from_generator(generator.eval(), precision="fp32"), "")}
    scores = run_benchmark(arguments.validation, rows).mean("")
    low = torch.tensor(load_pair(find_pairs(arguments.validation)[0], 4).low).permute(2, 0, 1)[None] / 255
    return {
        **{name: scores[name] for name in ("psnr_y_db", "ssim_y", "lpips")},
        "noise_kept": noise_kept(generator),
        "gradient_ratio": float((norms[:, 0] / norms[:, -1]).mean()),
        "gradients": [part.mean(axis=0).tolist() for part in np.array_split(norms, min(20, len(norms)))],
        "features": feature_stds(generator, low),
        "cpu_s": trained_s,
    }


def draw(records: Records) -> Figure:
    """Gradient norms and features of each block, the mean of all seeds."""
    figure = Figure(figsize=(10, 4), layout="constrained")  # without pyplot, which would look for a screen
    gradients, features = figure.subplots(1, 2)
    for (name, runs), marker in zip(records.items(), MARKERS, strict=True):
        depths = range(1, 1 + len(runs[0]["features"]))
        gradients.plot(depths, np.mean([each["gradients"] for each in runs], axis=(0, 1)), marker=marker, label=name)
        features.plot(depths, np.mean([each["features"] for each in runs], axis=0), marker=marker, label=name)
    gradients.set(xlabel="block", ylabel="gradient norm, mean over training", yscale="log")
    features.set(xlabel="block", ylabel="standard deviation of its features", yscale="log")
    features.legend(fontsize=7)
    return figure


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    runs = SeededRuns(arguments.run / "skips.json")
    for seed in range(arguments.seeds):
        for number, (name, skips) in enumerate(VARIANTS.items()):
            runs.measure(name, seed, partial(measure, arguments, skips, seed, arguments.run / f"{number}_{seed}"))
    draw(runs.records).savefig(arguments.run / "skips.png", dpi=100)
    print(seeded_table(runs.records, "skips", COLUMNS), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
