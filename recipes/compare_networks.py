"""Which width, depth, patch, batch and learning rate learn fastest per second on this machine, as a Markdown table.

    python recipes/compare_networks.py --validation Set5 --minutes 0.05        proves that it works, on synthetic images
    python recipes/compare_networks.py --validation Set5 --folder PHOTOS          two hours on one core
Each variant is the base with one thing changed, trained from scratch by the pixel loss on clean photos, no sentences.
The budget is CPU time of one thread and the variants take turns, so that other work on the machine is fair to all. The
rate is constant and the average of the weights is scored: no schedule favours a length. Started again, it goes on.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import torch
from accelerate import Accelerator

from srgan_prompt.checkpoints.run import load_newest
from srgan_prompt.config import TrainConfig, load_train_config, parse
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.image_cache import Images
from srgan_prompt.data.images import open_images
from srgan_prompt.data.pairs import find_pairs
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import ours, run_benchmark
from srgan_prompt.files import replacing
from srgan_prompt.grammar.prompt_bank import empty_bank
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.losses.objective import Objective
from srgan_prompt.training.build import mixed_precision
from srgan_prompt.training.state import TrainState, schedule, set_learning_rate
from srgan_prompt.training.steps import generator_step

BASE = Path(__file__).parent / "configs" / "networks.yaml"
VARIANTS: dict[str, dict[str, dict]] = {
    "base": {},
    "64 channels x 8 blocks": {"generator": {"num_blocks": 8}},
    "64 x 16": {"generator": {"num_blocks": 16}},
    "48 x 12": {"generator": {"channels": 48}},
    "96 x 8": {"generator": {"channels": 96, "num_blocks": 8}},
    "learning rate 0.001": {"optim": {"learning_rate": 1e-3}},
    "learning rate 0.002": {"optim": {"learning_rate": 2e-3}},
    "batch 8": {"data": {"batch_images": 8}},
    "batch 32": {"data": {"batch_images": 32}},
    "patch 48, batch 4": {"data": {"patch_px": 48, "batch_images": 4}},
}
SLICE_S = 20.0
SCORED_AT = (1 / 8, 1 / 4, 1 / 2, 3 / 4, 1)  # shares of the budget


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validation", type=Path, required=True, help="test set, as in recipes/benchmark.py")
    parser.add_argument("--config", type=Path, default=BASE, help="YAML overlay: what the variants change")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--pack", type=Path, help="decoded copy of the folder (default: made in the run folder)")
    parser.add_argument("--minutes", type=float, default=10, help="budget of each variant")
    parser.add_argument("--wall", action="store_true", help="count time on the clock, and use all threads")
    parser.add_argument("--run", type=Path, default=Path("runs/networks"), help="folder for results and states")
    return parser.parse_args()


class Variant:
    """A network in training, the seconds that it has had, and its PSNR-Y in dB after some of them."""

    def __init__(self, config: TrainConfig, images: Images, found: dict | None) -> None:
        self.config, self.accelerator = config, Accelerator(mixed_precision=mixed_precision(config.precision))
        self.state = TrainState.new(config, self.accelerator.device)
        silence = empty_bank(config.generator.text_width)
        self.batches = BatchMaker(images, silence, config, self.accelerator.device)
        self.objective = Objective(config.loss, {}, silence)
        self.seconds, self.scores = 0.0, {}
        if found and (checkpoint := load_newest(config.run)):
            self.state.restore(checkpoint)
            self.seconds, self.scores = found["seconds"], found["psnr_y"]

    def train_until(self, seconds: float, clock: Callable[[], float]) -> None:
        start = clock() - self.seconds
        while self.seconds < seconds:
            self._step()
            self.seconds = clock() - start

    def _step(self) -> None:
        state, optim, batch = self.state, self.config.optim, self.batches(self.state.step)
        networks, options = (state.generator, state.generator, state.discriminator), {"ramp": 0, "sentences": None}
        with self.accelerator.autocast():
            made = generator_step(*networks, batch, self.objective, **options)
        self.accelerator.backward(sum(made.terms.values()))
        norm = torch.nn.utils.clip_grad_norm_(state.generator.parameters(), optim.clip_norm)
        set_learning_rate(state.generator_optimizer, optim.learning_rate * schedule(state.step, 1, optim))
        if norm.isfinite():  # one rate too high must not end the comparison of the others
            state.generator_optimizer.step()
        state.generator_optimizer.zero_grad(set_to_none=True)
        state.ema.update(state.generator)
        state.step += 1

    def score(self, validation: Path) -> float:
        model = Upscaler.from_generator(self.state.ema.module, device=str(self.accelerator.device), precision="fp32")
        rows, without = {"": ours(model, "")}, ("ssim_y", "lpips", "lpips_vgg")
        return run_benchmark(validation, rows, without=without).mean("")["psnr_y_db"]


def as_table(records: dict[str, dict]) -> str:
    """Markdown; a dash where a variant has not come so far."""
    marks = sorted({mark for record in records.values() for mark in record["psnr_y"]}, key=float)
    rows = [["variant", "parameters", "steps", "s/step", *(f"{mark} s" for mark in marks)], ["---"] * (4 + len(marks))]
    for name, record in records.items():
        scores = [f"{record['psnr_y'][mark]:.2f}" if mark in record["psnr_y"] else "-" for mark in marks]
        per_step = f"{record['seconds'] / record['steps']:.3f}"
        rows.append([name, f"{record['parameters'] / 1e6:.2f} M", str(record["steps"]), per_step, *scores])
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def build_variants(arguments: argparse.Namespace, records: dict[str, dict]) -> dict[str, Variant]:
    base, configs = load_train_config(arguments.config).model_dump(), {}
    for name, changes in VARIANTS.items():
        changed = base | {"run": arguments.run / name} | {part: base[part] | new for part, new in changes.items()}
        configs[name] = parse(TrainConfig, changed, name)
    limits = {"min_side_px": max(config.window_px for config in configs.values()), "max_bad_share": 0.01}
    images = open_images(arguments.folder, None, arguments.pack or arguments.run / "pack", **limits, say=print)
    return {name: Variant(config, images, records.get(name)) for name, config in configs.items()}


def run(arguments: argparse.Namespace) -> None:
    clock = time.perf_counter if arguments.wall else time.process_time
    find_pairs(arguments.validation)  # a test set that cannot be used is to be known at once
    torch.set_num_threads(torch.get_num_threads() if arguments.wall else 1)
    results, budget_s = arguments.run / "networks.json", 60 * arguments.minutes
    records = json.loads(results.read_text()) if results.exists() else {}
    variants = build_variants(arguments, records)
    scored = {share * budget_s for share in SCORED_AT}
    for until_s in sorted(scored | {SLICE_S * turn for turn in range(1, int(budget_s / SLICE_S))}):
        for name, variant in variants.items():
            if until_s <= records.get(name, {}).get("until_s", 0):
                continue
            variant.train_until(until_s, clock)
            if until_s in scored:
                variant.scores[f"{until_s:g}"] = variant.score(arguments.validation)
            variant.state.save(variant.config.run, variant.config)
            sizes = {"parameters": variant.state.generator.num_parameters, "steps": variant.state.step}
            records[name] = sizes | {"until_s": until_s, "seconds": variant.seconds, "psnr_y": variant.scores}
            with replacing(results) as file:
                file.write(json.dumps(records, indent=1).encode())
        print(as_table(records), flush=True)


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
