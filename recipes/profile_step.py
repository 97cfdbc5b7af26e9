"""Where the time of a training step goes: data, generator, discriminator, update; and to which operators.

    python recipes/profile_step.py                                       the tiny run, on synthetic images
    python recipes/profile_step.py --config recipes/configs/x4.yaml --folder PHOTOS --operators 8
    python recipes/profile_step.py --config recipes/configs/x4.yaml --stage pixel --threads 1
    python recipes/profile_step.py --config recipes/configs/x4.yaml --folder SHARDS --streaming --loader
    python recipes/profile_step.py --config recipes/configs/x4.yaml --steps 3 --trace step.json.gz

Prints Markdown. ``--stage gan`` measures steps with every loss, ``--stage pixel`` those without a discriminator.
``--loader`` measures the loader alone, too, beside what the step would take if data cost nothing. Sentences are
embedded by random vectors: words cost nothing within a step. A trace opens in https://ui.perfetto.dev. About 15
seconds on two cores. On CUDA set CUDA_LAUNCH_BLOCKING=1, so that work counts where it was asked for.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch
from torch.nn.functional import normalize

from srgan_prompt.config import TrainConfig, load_train_config
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.files import refuse_unwritable, replacing
from srgan_prompt.grammar.prompt_bank import build_bank
from srgan_prompt.training.build import Texts, build_accelerator, build_trainer
from srgan_prompt.training.loop import Trainer
from srgan_prompt.training.tracking import Tracker

NUM_WORDINGS = 500
NEVER = 1_000_000
PARTS = ("data", "generator", "discriminator", "update")
TINY = Path(__file__).parent / "configs" / "tiny.yaml"


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=TINY, help="YAML overlay over the defaults")
    parser.add_argument("--folder", type=Path, help="folder of photos (default: synthetic images)")
    parser.add_argument("--pack", type=Path, help="decoded copy of the folder (default: made for this run)")
    parser.add_argument("--streaming", action="store_true", help="the folder holds shards; read them as a stream")
    parser.add_argument("--decode-threads", type=int, default=4, help="threads that decode streamed photos")
    parser.add_argument("--loader", action="store_true", help="measure the loader alone, too")
    parser.add_argument("--stage", choices=("pixel", "gan"), default="gan")
    parser.add_argument("--steps", type=int, default=10, help="steps to measure, after as many to warm up")
    parser.add_argument("--threads", type=int, help="threads of torch on the CPU")
    parser.add_argument("--operators", type=int, default=0, help="also list so many of the costliest operators")
    parser.add_argument("--trace", type=Path, help="also write all steps as a trace, .json or .json.gz")
    return parser.parse_args()


def only_stage(arguments: argparse.Namespace, run: Path) -> TrainConfig:
    """The config with ``2 * steps`` steps of one stage, all at full weight, logged twice and not validated."""
    num_steps = 2 * arguments.steps
    stage = {"pixel": (num_steps, 0), "gan": (0, num_steps)}[arguments.stage]
    changes = {"run": run, "text_steps": 0, "pixel_steps": stage[0], "gan_steps": stage[1], "ramp_steps": 1}
    often = {"log_every_steps": arguments.steps, "save_every_steps": NEVER, "validate_every_steps": NEVER}
    config = load_train_config(arguments.config)
    data = config.data.model_copy(update={"folder": arguments.folder, "pack": arguments.pack})
    data = data.model_copy(update={"streaming": arguments.streaming, "decode_threads": arguments.decode_threads})
    return config.model_copy(update=changes | often | {"data": data})


def random_texts(config: TrainConfig) -> Texts:
    draws = torch.Generator().manual_seed(config.seed)

    def encode(sentences: Sequence[object]) -> torch.Tensor:
        return normalize(torch.randn(len(sentences), config.generator.text_width, generator=draws), dim=1)

    return Texts(build_bank(NUM_WORDINGS, config.seed, encode), encode)


def new_trainer(config: TrainConfig) -> Trainer:
    tracker = Tracker(config.run, active=True, tensorboard=False)
    return build_trainer(config, build_accelerator(config), tracker, random_texts(config))


def as_markdown(record: dict[str, float], config: TrainConfig, device: torch.device) -> str:
    """The table of the last log record, which covers the second half of the steps."""
    num_images = config.data.batch_images * config.optim.accumulate_steps
    step_ms = 1000 * num_images / record["images_per_s"]
    shares = {part: record.get(f"share_{part}", 0.0) for part in PARTS}
    shares["other"] = 1 - sum(shares.values())
    rows = [f"| {part} | {share * step_ms:.1f} | {share:.1%} |" for part, share in shares.items()]
    where = f"{device.type}, {torch.get_num_threads()} threads" if device.type == "cpu" else str(device)
    title = f"{num_images} samples a step, {config.data.patch_px} px to x{config.generator.scale}, {where}"
    return "\n".join(
        [title, "", "| part | ms | share |", "|---|---:|---:|", *rows, f"| step | {step_ms:.1f} | 100.0% |"]
    )


def loader_rates(trainer: Trainer, record: dict[str, float], num_batches: int) -> str:
    """A table of images a second: read and decoded, made into batches, and what the step takes."""
    data = trainer.config.data
    read = {"batches made of photos": trainer.batches}
    if trainer.stream is not None:
        read = {"photos read and decoded": trainer.stream.images} | read
    rates = {}
    for name, take in read.items():
        take(0, 0, 1)  # opening the shards is not their reading
        start = time.perf_counter()
        for number in range(1, num_batches + 1):
            take(number, 0, 1)
        rates[name] = num_batches * data.batch_images / data.sentences_per_image / (time.perf_counter() - start)
    rates["the step, without data"] = record["images_per_s"] / data.sentences_per_image / (1 - record["share_data"])
    return "\n".join(
        ["| alone | images/s |", "|---|---:|", *(f"| {name} | {rate:.1f} |" for name, rate in rates.items())]
    )


def run(arguments: argparse.Namespace, folder: Path) -> None:
    if arguments.trace:
        refuse_unwritable([arguments.trace])
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = only_stage(arguments, folder)
    trainer = new_trainer(config)
    trainer.fit()
    record = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])
    print(as_markdown(record, config, trainer.accelerator.device))
    if arguments.loader:
        print(f"\n{loader_rates(trainer, record, arguments.steps)}")
    if not (arguments.operators or arguments.trace):
        return
    again = new_trainer(config)  # a run of its own: watching every operator costs time
    with torch.profiler.profile() as profile:
        again.fit()
    if arguments.operators:
        key = "self_cuda_time_total" if trainer.accelerator.device.type == "cuda" else "self_cpu_time_total"
        print(f"\n```\n{profile.key_averages().table(sort_by=key, row_limit=arguments.operators)}\n```")
    if arguments.trace:
        whole = folder / f"trace{arguments.trace.suffix}"
        profile.export_chrome_trace(str(whole))
        with replacing(arguments.trace) as file:
            file.write(whole.read_bytes())


if __name__ == "__main__":
    with exit_on_user_error(), tempfile.TemporaryDirectory() as temporary:
        run(parse(), Path(temporary))
