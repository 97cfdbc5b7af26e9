"""Detail or edges: the network beside bicubic with an unsharp mask at its best setting, on a test set.

    python recipes/studies/sharpener.py Set5 --run runs/sharpener

The mask (Pillow's) is given every advantage: radius and amount are those with the best LPIPS on this very test set.
In the band that the input cannot hold, above half of its sampling rate, a sharpener can only exaggerate what
interpolation left there. So beside PSNR and LPIPS stand the energy of that band relative to the original's, and its
correlation with it.
"""

import argparse
import json
from itertools import product
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageFilter

from srgan_prompt.data.pairs import Pair, find_pairs, load_pair
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.benchmark import bicubic, ours, produce
from srgan_prompt.evaluation.metrics import lpips, luma, psnr_y
from srgan_prompt.evaluation.statistics import Records, seeded_table
from srgan_prompt.files import replacing
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.operators.filters import reduce, up

SCALE = 4
RADII_PX, AMOUNTS_PERCENT = (1.0, 2.0, 3.0, 4.0), (50, 100, 150, 200, 300)
COLUMNS = {
    "psnr_y_db": ("PSNR-Y (dB)", 2),
    "lpips": ("LPIPS", 4),
    "energy": ("energy of new detail", 2),
    "correlation": ("correlation of new detail", 2),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test_set", type=Path, help="as in recipes/benchmark.py")
    parser.add_argument("--model", help="model folder or hub id (default: the shipped weights)")
    parser.add_argument("--run", type=Path, default=Path("runs/sharpener"), help="folder for the results")
    return parser.parse_args()


def unsharp(image: np.ndarray, radius_px: float, percent: int) -> np.ndarray:
    """``image`` (H, W, 3) uint8 plus ``percent`` of what a blur of ``radius_px`` takes from it."""
    return np.asarray(Image.fromarray(image).filter(ImageFilter.UnsharpMask(radius_px, percent, threshold=0)))


def new_detail(image: np.ndarray) -> np.ndarray:
    """The luma (h, w) of ``image`` (H, W, 3) uint8 that its reduction to the input's size does not hold."""
    whole = torch.from_numpy(luma(image) / 255)[None, None].float()
    height, width = (side // SCALE * SCALE for side in whole.shape[-2:])
    whole = whole[..., :height, :width]
    return (whole - up(reduce(whole, SCALE), SCALE))[0, 0].numpy()


def measure(output: np.ndarray, pair: Pair) -> dict[str, float]:
    """All figures of one ``output`` (H, W, 3) uint8."""
    drawn, true = new_detail(output), new_detail(pair.high)
    return {
        "psnr_y_db": psnr_y(output, pair.high, SCALE),
        "lpips": lpips(output, pair.high),
        "energy": float(drawn.std() / true.std()) ** 2,
        "correlation": float(np.corrcoef(drawn.ravel(), true.ravel())[0, 1]),
    }


def run(arguments: argparse.Namespace) -> None:
    pairs = [load_pair(files, SCALE) for files in find_pairs(arguments.test_set)]
    upscaler = Upscaler.from_pretrained(arguments.model, precision="fp32")
    methods = {
        "bicubic": bicubic(SCALE),
        "ours": ours(upscaler, ""),
        "ours, natural detail": ours(upscaler, "natural detail"),
    }
    images = {name: [produce(method, pair) for pair in pairs] for name, method in methods.items()}

    def distance(setting: tuple[float, int]) -> float:
        return sum(
            lpips(unsharp(image, *setting), pair.high) for image, pair in zip(images["bicubic"], pairs, strict=True)
        )

    best = min(product(RADII_PX, AMOUNTS_PERCENT), key=distance)
    for name in ("bicubic", "ours"):
        named = f"{name}, unsharp mask of {best[0]:g} px, {best[1]} %"
        images[named] = [unsharp(image, *best) for image in images[name]]
    records: Records = {
        name: [measure(image, pair) for image, pair in zip(each, pairs, strict=True)] for name, each in images.items()
    }
    arguments.run.mkdir(parents=True, exist_ok=True)
    with replacing(arguments.run / "sharpener.json") as file:
        file.write(json.dumps(records, indent=1).encode())
    print(seeded_table(records, "method", COLUMNS), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse_arguments())
