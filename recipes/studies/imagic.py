"""Imagic (Kawar et al. 2023) on an upscaler: fit the sentence to an image, then the network, then ask for more.

    python recipes/studies/imagic.py photo.jpg --prompt "warm and bright" --steps 3 --fine-tune-steps 2      a quick try
    python recipes/studies/imagic.py PHOTOS/*.jpg --prompt "make it warmer"

For each image, reduced to a low-resolution input: (1) what the network is told is optimised until the frozen network
reproduces the image, (2) the network is fine-tuned a little, (3) it is told a mixture of that and of the sentence.
Beside it the plain way, the same sentence at a lower strength. Obedience is the share of the exact edit that was made,
fidelity the LPIPS to the image with just that share of the edit. Writes imagic.json, and imagic.png with the trade-off
and the strip of the first image, into --run.
"""

import argparse
import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from srgan_prompt.checkpoints.folder import load_strict
from srgan_prompt.checkpoints.model import load_model, resolve_model
from srgan_prompt.errors import UsageError, exit_on_user_error
from srgan_prompt.evaluation.confusion import centre
from srgan_prompt.evaluation.metrics import lpips
from srgan_prompt.evaluation.statistics import Records, seeded_table
from srgan_prompt.files import replacing
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator, build_generator
from srgan_prompt.network_config import GeneratorConfig
from srgan_prompt.operators.corruptions import to_uint8
from srgan_prompt.operators.filters import reduce
from srgan_prompt.operators.tone import edit
from srgan_prompt.prompts.operations import TONE
from srgan_prompt.prompts.reading import PackagedReader, Reading

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)  # of the sentence: mixture weight of Imagic, strength of the plain way
WAYS = ("Imagic", "--strength")
COLUMNS = {"obedience": ("obedience", 2), "lpips": ("LPIPS", 3)}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path, nargs="+", help="the images to reproduce and then to edit")
    parser.add_argument("--prompt", required=True, help="the edit: at least one operation on tone or colour")
    parser.add_argument("--model", help="model folder or hub id (default: the shipped weights)")
    parser.add_argument("--side-px", type=int, default=256, help="the middle of each image is cut out")
    parser.add_argument("--steps", type=int, default=100, help="steps on what the network is told")
    parser.add_argument("--fine-tune-steps", type=int, default=60, help="steps on the network")
    parser.add_argument("--run", type=Path, default=Path("runs/imagic"), help="folder for the results")
    return parser.parse_args()


def minimise(parameters: list[Tensor], output: Callable[[], Tensor], target: Tensor, steps: int, rate: float) -> None:
    """Adam on the L1 distance of ``output()`` to ``target``."""
    optimizer = torch.optim.Adam(parameters, lr=rate)
    for _ in range(steps):
        optimizer.zero_grad()
        (output() - target).abs().mean().backward()
        optimizer.step()


def told(generator: Generator, low: Tensor, reading: Tensor, strength: float = 1.0) -> Tensor:
    """The image that ``generator`` makes of ``low`` when told ``reading`` (1, D)."""
    return generator(low, TextConditioning.of(reading, strength))


def edit_image(
    generator: Generator, image: Tensor, wanted: Tensor, arguments: argparse.Namespace
) -> list[list[Tensor]]:
    """The images of each of WAYS, for each of SHARES."""
    low = reduce(image, generator.config.scale).clamp(0, 1)
    with torch.no_grad():
        plain = [told(generator, low, wanted, strength=share) for share in SHARES]
    generator.requires_grad_(False)
    fitting = wanted.clone().requires_grad_()
    minimise([fitting], lambda: told(generator, low, fitting), image, arguments.steps, 2e-2)
    fitting = fitting.detach()
    tuned = deepcopy(generator).requires_grad_(True)
    minimise([*tuned.parameters()], lambda: told(tuned, low, fitting), image, arguments.fine_tune_steps, 1e-4)
    with torch.no_grad():
        mixed = [told(tuned, low, torch.lerp(fitting, wanted, share)) for share in SHARES]
    return [mixed, plain]


def measure(output: Tensor, image: Tensor, edited: Tensor) -> dict[str, float]:
    """Obedience: how far ``output`` is on the way from ``image`` to ``edited``. Fidelity: LPIPS to what lies there."""
    change, way = (reduce(each - image, 4) for each in (output, edited))  # without detail, which is no obedience
    obedience = ((change * way).sum() / way.square().sum()).item()
    there = torch.lerp(image, edited, obedience)
    shown, wanted = (to_uint8(each[0].clamp(0, 1)).permute(1, 2, 0).numpy() for each in (output, there))
    return {"obedience": obedience, "lpips": lpips(shown, wanted)}


def draw(records: Records, strips: dict[str, list[Tensor]]) -> Figure:
    """The trade-off of both ways, and what they made of one image."""
    figure = Figure(figsize=(11, 7), layout="constrained")
    grid = figure.add_gridspec(3, len(SHARES), height_ratios=(1.6, 1, 1))
    curve = figure.add_subplot(grid[0, 1:4])
    for row, (way, images) in enumerate(strips.items(), start=1):
        points = [[np.mean([each[key] for each in records[f"{way} {share:g}"]]) for key in COLUMNS] for share in SHARES]
        curve.plot(*zip(*points, strict=True), marker="_os"[row], label=way)
        for column, (image, share) in enumerate(zip(images, SHARES, strict=True)):
            axes = figure.add_subplot(grid[row, column])
            axes.imshow(image[0].clamp(0, 1).permute(1, 2, 0).numpy())
            axes.set(title=f"{way} {share:g}", xticks=[], yticks=[])
    curve.set(xlabel="obedience: share of the exact edit", ylabel="LPIPS (lower is closer)")
    curve.legend()
    return figure


def load(arguments: argparse.Namespace) -> tuple[Generator, Reading]:
    """The network, and what it is asked for."""
    released = load_model(resolve_model(arguments.model))
    generator = build_generator(GeneratorConfig(**released.config))
    load_strict(generator, released.state)
    reading = PackagedReader().read([arguments.prompt])[0]
    if generator.config.text_features != "reading" or not set(TONE) & set(reading.amounts):
        raise UsageError(f"--prompt: '{arguments.prompt}' asks for no change of tone or colour, the only exact edits.")
    return generator.eval(), reading


def run(arguments: argparse.Namespace) -> None:
    torch.manual_seed(0)
    generator, reading = load(arguments)
    wanted = torch.from_numpy(reading.vector(generator.config.intents))[None]
    records: Records = {f"{way} {share:g}": [] for way in WAYS for share in SHARES}
    strips: dict[str, list[Tensor]] = {}
    for path in arguments.images:
        image = centre(read_rgb8(path), arguments.side_px, 4 * generator.config.scale)
        ways = dict(zip(WAYS, edit_image(generator, image, wanted, arguments), strict=True))
        for way, images in ways.items():
            for share, made in zip(SHARES, images, strict=True):
                records[f"{way} {share:g}"].append(measure(made, image, edit(image, reading.amounts)))
        strips = strips or ways
    arguments.run.mkdir(parents=True, exist_ok=True)
    with replacing(arguments.run / "imagic.json") as file:
        file.write(json.dumps(records, indent=1).encode())
    draw(records, strips).savefig(arguments.run / "imagic.png", dpi=80)
    print(seeded_table(records, "way, and share of the sentence", COLUMNS), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
