"""Whether self-attention in the trunk pays on a CPU: dB after equal time, against none and against more convolutions.

    python recipes/studies/attention.py --validation Set5 --seconds 1 --seeds 1      proves that it works, in seconds
    python recipes/studies/attention.py --validation Set14 --folder PHOTOS --seconds 40         ten minutes on one core
Every network is trained from scratch by the pixel loss on clean photos without sentences, for so many seconds of CPU
time of one thread, with a cosine schedule over them. The deeper network spends the time of attention on blocks.
Started again, it goes on. What attention costs: recipes/studies/attention_cost.py.
"""

import argparse
import time
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean, stdev

import torch
from accelerate import Accelerator
from matplotlib.figure import Figure

from srgan_prompt.config import DataConfig, GeneratorConfig, OptimConfig, TrainConfig
from srgan_prompt.data.batches import BatchMaker
from srgan_prompt.data.image_cache import Images
from srgan_prompt.data.images import open_images
from srgan_prompt.data.pairs import find_pairs
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import ours, run_benchmark
from srgan_prompt.evaluation.statistics import Records, SeededRuns
from srgan_prompt.files import replacing
from srgan_prompt.grammar.prompt_bank import empty_bank
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.losses.objective import Objective
from srgan_prompt.network_config import AttentionConfig
from srgan_prompt.training.build import mixed_precision
from srgan_prompt.training.state import TrainState, schedule, set_learning_rate
from srgan_prompt.training.steps import generator_step

BASE = GeneratorConfig(channels=32, num_blocks=6, composition="none", compose_after=(), tone=False)
VARIANTS = {
    "6 blocks": {},
    "6 blocks, attention after 3": {"attention": AttentionConfig(after=(3,))},
    "9 blocks": {"num_blocks": 9},
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--validation", type=Path, required=True, help="test set, as in recipes/benchmark.py")
    parser.add_argument("--folder", type=Path, help="folder of photos to train on (default: synthetic images)")
    parser.add_argument("--seconds", type=float, default=40, help="CPU time of each run")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each network")
    parser.add_argument("--run", type=Path, default=Path("runs/attention"), help="folder for results")
    return parser.parse_args()


def config_of(changes: dict, seed: int) -> TrainConfig:
    return TrainConfig(
        seed=seed,
        generator=BASE.model_copy(update=changes),
        data=DataConfig(patch_px=24, batch_images=8, sentences_per_image=1),
        prompts={"clean_share": 1.0},
        optim=OptimConfig(learning_rate=1e-3),
        ema_decay=0.98,
    )


def train(config: TrainConfig, images: Images, budget_s: float) -> TrainState:
    """The state after ``budget_s`` seconds of CPU time, drawing batches included."""
    accelerator, silence = Accelerator(mixed_precision=mixed_precision("auto")), empty_bank(config.generator.text_width)
    state = TrainState.new(config, accelerator.device)
    batches, objective = BatchMaker(images, silence, config, accelerator.device), Objective(config.loss, {}, silence)
    start = time.process_time()
    while (spent := time.process_time() - start) < budget_s:
        batch, networks = batches(state.step), (state.generator, state.generator, state.discriminator)
        with accelerator.autocast():
            made = generator_step(*networks, batch, objective, ramp=0, sentences=torch.zeros(0))
        accelerator.backward(sum(made.terms.values()))
        torch.nn.utils.clip_grad_norm_(state.generator.parameters(), config.optim.clip_norm)
        rate = config.optim.learning_rate * schedule(round(1000 * spent / budget_s), 1000, config.optim)
        set_learning_rate(state.generator_optimizer, rate)
        state.generator_optimizer.step()
        state.generator_optimizer.zero_grad(set_to_none=True)
        state.ema.update(state.generator)
        state.step += 1
    return state


def psnr_y(state: TrainState, validation: Path) -> float:
    upscaler = Upscaler.from_generator(state.ema.module, precision="fp32")
    found = run_benchmark(validation, {"": ours(upscaler, "")}, without=("ssim_y", "lpips", "lpips_vgg"))
    return found.mean("")["psnr_y_db"]


def measure(config: TrainConfig, images: Images, arguments: argparse.Namespace) -> dict[str, float]:
    state = train(config, images, arguments.seconds)
    return {"seed": config.seed, "steps": state.step, "psnr_y": psnr_y(state, arguments.validation)}


def as_table(records: Records) -> str:
    """Markdown; the spread is the standard deviation over seeds, the difference that to the first at the same seeds."""
    lines = ["| network | steps | PSNR-Y (dB) | spread | difference | spread |", "|---|---|---|---|---|---|"]
    first = [each["psnr_y"] for each in next(iter(records.values()))]
    for name, runs in records.items():
        scores, steps = [each["psnr_y"] for each in runs], mean(each["steps"] for each in runs)
        differences = [score - base for score, base in zip(scores, first, strict=False)]
        figures = [f"{mean(scores):.2f}", spread(scores), f"{mean(differences):+.3f}", spread(differences)]
        lines.append(f"| {name} | {steps:.0f} | {' | '.join(figures)} |")
    return "\n".join([*lines, ""])


def spread(values: list[float]) -> str:
    return f"{stdev(values):.3f}" if len(values) > 1 else "-"


def draw(records: Records, path: Path) -> None:
    """One dot a run, a line through the mean."""
    figure = Figure(figsize=(6, 2.5), layout="constrained")
    axes = figure.subplots()
    for row, runs in enumerate(records.values()):
        scores = [each["psnr_y"] for each in runs]
        axes.plot(scores, [row] * len(scores), "o", alpha=0.6)
        axes.plot([mean(scores)] * 2, [row - 0.3, row + 0.3], "k-")
    axes.set_yticks(range(len(records)), list(records))
    axes.invert_yaxis()
    axes.set_xlabel("PSNR-Y (dB) after equal CPU time")
    figure.savefig(path, dpi=150)


def main() -> None:
    arguments = parse_arguments()
    find_pairs(arguments.validation)  # a test set that cannot be used is to be known at once
    torch.set_num_threads(1)
    configs = {name: config_of(changes, 0) for name, changes in VARIANTS.items()}
    side_px = max(config.window_px for config in configs.values())
    images = open_images(
        arguments.folder, None, arguments.run / "pack", min_side_px=side_px, max_bad_share=0.01, say=print
    )
    runs = SeededRuns(arguments.run / "attention.json")
    for seed, (name, changes) in product(range(arguments.seeds), VARIANTS.items()):  # all networks of one seed first
        runs.measure(name, seed, partial(measure, config_of(changes, seed), images, arguments))
    draw(runs.records, arguments.run / "attention.png")
    with replacing(arguments.run / "attention.md") as file:
        file.write(as_table(runs.records).encode())
    print(as_table(runs.records), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        main()
