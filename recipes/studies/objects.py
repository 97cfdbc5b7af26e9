"""Objects, not edges: does an upscaler redraw the thing that a sentence names, and leave the others alone?

    python recipes/studies/objects.py --steps 5 --queries 40 --seeds 1                        proves that it works
    python recipes/studies/objects.py

Scenes of 24 px go in with a sentence such as "make the small red circle blue"; 96 px come out, and are read exactly.
Figures go to objects.json, a picture to objects.png in the run folder.
"""

import argparse
import textwrap
import time
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure

from srgan_prompt.config import GeneratorConfig, OptimConfig
from srgan_prompt.data.image_cache import as_images
from srgan_prompt.data.scene_queries import SceneQuery, draw_queries
from srgan_prompt.data.scenes import draw_scenes
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.metrics import psnr_rgb
from srgan_prompt.evaluation.scenes import judge_edits
from srgan_prompt.evaluation.statistics import SeededRuns, seeded_table
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.prompts.prompt_encoder import TokenEncoder
from srgan_prompt.training.build import mixed_precision
from srgan_prompt.training.state import descend, schedule

SIDE_PX, SCALE, TOKENS, BATCH, LEARNING_RATE, NUM_TEST, SHOWN = 24, 4, 20, 16, 2e-3, 1000, 4
EMPHASIS = 5  # a pixel that is to change counts as much as so many others
NETWORK = {"channels": 32, "num_blocks": 4, "compose_after": (1, 2, 3, 4), "tone": False}
TOLD = {"text_features": "tokens", "text_tokens": TOKENS}
UNTOLD = {"composition": "none", "compose_after": (), "num_blocks": 8}  # sees as far, at about the same cost
VARIANTS: dict[str, dict[str, Any]] = {
    "FiLM": TOLD | {"composition": "film"},
    "TIRG": TOLD | {"composition": "tirg"},
    "attention over words": TOLD | {"composition": "attention"},
    "attention over words, longer": TOLD | {"composition": "attention"},
    "no text": UNTOLD,
    "plain SRGAN, taught the input": UNTOLD | {"batch_norm": True, "tail": "srgan"},
}
TIMES_THE_STEPS = {"attention over words, longer": 4, "plain SRGAN, taught the input": 1 / 3}
COLUMNS = {
    "right": ("right thing, right value (%)", 1),
    "thing": ("right thing (%)", 1),
    "collateral": ("something else changed (%)", 1),
    **{kind: (f"{kind} (%)", 1) for kind in ("add", "remove", "size", "colour", "shape")},
    "psnr_db": ("PSNR (dB)", 2),
    "cpu_s": ("CPU seconds", 0),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=1500, help="optimiser steps of each run")
    parser.add_argument("--only", nargs="+", choices=VARIANTS, help="networks to run now; the picture takes all")
    parser.add_argument("--queries", type=int, default=10_000, help="scenes with a sentence to learn from")
    parser.add_argument("--seeds", type=int, default=3, help="runs of each network")
    parser.add_argument("--run", type=Path, default=Path("runs/objects"), help="folder for the results")
    return parser.parse_args()


class Scenes(NamedTuple):
    """Queries with what they look like: inputs and answers (N, side, side, 3) uint8, and words (N, L * W)."""

    queries: list[SceneQuery]
    low: np.ndarray
    reference: np.ndarray
    target: np.ndarray
    text: torch.Tensor

    @classmethod
    def drawn(cls, num_queries: int, split: str) -> "Scenes":
        """``num_queries`` of them, two for each scene."""
        queries = draw_queries(num_queries // 2, 2, split, seed=0)
        references, targets = [each.reference for each in queries], [each.target for each in queries]
        sizes = (references, SIDE_PX), (references, SIDE_PX * SCALE), (targets, SIDE_PX * SCALE)
        text = TokenEncoder(TOKENS).embed([each.sentence for each in queries])
        return cls(queries, *(draw_scenes(*each) for each in sizes), torch.from_numpy(text))


def train(config: GeneratorConfig, scenes: Scenes, answers: np.ndarray, steps: int, seed: int) -> Generator:
    """A generator that has learnt to give ``answers`` by the squared error, above all where they differ from scenes."""
    torch.manual_seed(seed)
    generator, optim = build_generator(config).train(), OptimConfig()
    optimizer = torch.optim.Adam(generator.parameters(), betas=optim.betas, fused=True)
    for step, rows in enumerate(torch.randint(len(scenes.queries), (steps, BATCH)).numpy()):
        with torch.autocast("cpu", torch.bfloat16, enabled=mixed_precision("auto") == "bf16"):
            output = generator(as_images(scenes.low[rows]), TextConditioning.of(scenes.text[rows]))
        is_changed = torch.from_numpy((answers[rows] != scenes.reference[rows]).any(axis=-1))[:, None]
        errors = (output - as_images(answers[rows])).square()  # by L1 it would stay with the input: the median
        loss = (torch.where(is_changed, EMPHASIS, 1) * errors).mean()
        descend(optimizer, loss, LEARNING_RATE * schedule(step, steps, optim))
    return generator.eval()


@torch.inference_mode()
def draw(generator: Generator, scenes: Scenes) -> np.ndarray:
    """What ``generator`` makes of all queries, (N, side, side, 3) uint8."""
    parts = zip(as_images(scenes.low).split(BATCH), scenes.text.split(BATCH), strict=True)
    outputs = torch.cat([generator(low, TextConditioning.of(text)) for low, text in parts])
    return outputs.clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1).numpy()


def measure(variant: str, scenes: Scenes, test: Scenes, arguments: argparse.Namespace, seed: int) -> dict[str, float]:
    """All figures of one run, whose first drawings are kept for the picture."""
    started_s = time.process_time()
    answers = scenes.reference if "taught the input" in variant else scenes.target
    steps = round(arguments.steps * TIMES_THE_STEPS.get(variant, 1))
    generator = train(GeneratorConfig(**NETWORK | VARIANTS[variant]), scenes, answers, steps, seed)
    cpu_s, images = time.process_time() - started_s, draw(generator, test)
    np.save(arguments.run / f"{variant}.npy", images[:SHOWN])
    shares = {name: 100 * share for name, share in judge_edits(images, test.queries).items()}
    return shares | {"psnr_db": psnr_rgb(images, test.target), "cpu_s": cpu_s}


def picture(test: Scenes, run: Path) -> Figure:
    columns = {"input": test.low[:SHOWN], "exact answer": test.target[:SHOWN]}
    columns |= {variant: np.load(run / f"{variant}.npy") for variant in VARIANTS}
    figure = Figure(figsize=(2 * len(columns), 2.3 * SHOWN), layout="constrained")
    places = figure.subplots(SHOWN, len(columns)).flat
    for axes, (row, name) in zip(places, product(range(SHOWN), columns), strict=True):
        axes.imshow(columns[name][row], interpolation="nearest")
        axes.set_title(textwrap.fill(test.queries[row].sentence if name == "input" else name, 24), fontsize=8)
        axes.axis("off")
    return figure


def run(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    runs = SeededRuns(arguments.run / "objects.json")
    test = Scenes.drawn(min(arguments.queries, NUM_TEST), "test")
    scenes = Scenes.drawn(arguments.queries, "train")
    for seed, variant in product(range(arguments.seeds), arguments.only or VARIANTS):
        runs.measure(variant, seed, partial(measure, variant, scenes, test, arguments, seed))
    if set(runs.records) == set(VARIANTS):
        picture(test, arguments.run).savefig(arguments.run / "objects.png", dpi=60)
    print(seeded_table(runs.records, "network", COLUMNS), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
