"""Prompt-to-Prompt's control (Hertz et al. 2022) on a network whose pixels choose their words: does it do what it says?

    python recipes/studies/word_composers.py --folder PHOTOS --validation-folder MORE      trains the network, see there
    python recipes/studies/word_control.py --model runs/word_composers/cross_attention_over_tokens_0 --image photo.jpg

The middle of the photo is reduced by four and made noisy. Then one word after the other is reweighted, one is replaced
and one is added, with the maps of the other words kept or not; and the maps are drawn. Half a minute.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image as PilImage
from torch import Tensor

from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.confusion import centre
from srgan_prompt.evaluation.metrics import as_rgb8
from srgan_prompt.evaluation.validation import sample_sheet
from srgan_prompt.files import replacing
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.inference.word_control import WordControl
from srgan_prompt.operators.filters import down, up

PROMPT = "remove the noise and make it warmer"
REWEIGHTED, WEIGHTS = ("noise", "warmer"), (0.0, 0.5, 1.0, 1.5, 2.0)
EDITS = {"replaced": "remove the noise and make it cooler", "refined": "remove the noise and make it much warmer"}
SIDE_PX, NOISE_STD = 256, 20 / 255


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model or run with generator.composition: attention")
    parser.add_argument("--image", type=Path, required=True, help="photo of which the middle is used")
    parser.add_argument("--run", type=Path, default=Path("runs/word_control"), help="folder for results")
    return parser.parse_args()


def make_input(photo: Path, scale: int) -> tuple[Tensor, np.ndarray]:
    """The middle of ``photo`` (1, 3, H, W), and the same reduced and noisy, uint8 (h, w, 3)."""
    pixels = read_rgb8(photo)
    original = centre(pixels, min(SIDE_PX, *pixels.shape[:2]), scale)
    small = down(original, scale)
    noise = torch.randn(small.shape, generator=torch.Generator().manual_seed(0))
    return original, as_rgb8((small + NOISE_STD * noise)[0])


def as_image(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array.copy()).permute(2, 0, 1)[None].float() / 255


def figures(result: Tensor, plain: Tensor, original: Tensor) -> dict[str, float]:
    """How far ``result`` is from the prompt as it stands (levels of 255), how warm it is, and how noisy.

    Warmth: mean red minus blue, in levels. Noise: standard deviation of what ``result`` has that the original has not,
    of the differences between neighbours, so that colours do not count; in levels.
    """
    rough = (result - original).diff(dim=-1)
    return {
        "change": 255 * float((result - plain).abs().mean()),
        "warmth": 255 * float((result[:, 0] - result[:, 2]).mean()),
        "noise": 255 * float(rough.std()),
    }


def reweigh(control: WordControl, image: np.ndarray, original: Tensor) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """Figures by word and weight, and the results themselves."""
    plain = as_image(control(image, PROMPT).array)
    found: dict[str, Any] = {}
    shown = {}
    for word in REWEIGHTED:
        for weight in WEIGHTS:
            result = as_image(control(image, PROMPT, word_weights={word: weight}).array)
            found.setdefault(word, {})[str(weight)] = figures(result, plain, original)
            shown[f"{word}: {weight:g}"] = result
    return found, shown


def edit(control: WordControl, image: np.ndarray, original: Tensor) -> dict[str, Any]:
    """For each edited sentence: how far maps of common words move, and what becomes of the image, kept and not."""
    plain, before = as_image(control(image, PROMPT).array), control.maps(image, PROMPT)
    found: dict[str, Any] = {}
    for name, prompt in EDITS.items():
        for kept, keep in (("kept", PROMPT), ("free", None)):
            after = control.maps(image, prompt, keep=keep)
            moved = [np.abs(after[word] - before[word]).mean() for word in before if word in after]
            result = as_image(control(image, prompt, keep=keep).array)
            found[f"{name}, maps {kept}"] = {"moved": float(np.mean(moved)), **figures(result, plain, original)}
    return found


def picture_of_maps(control: WordControl, image: np.ndarray) -> tuple[dict[str, Any], np.ndarray]:
    """Mean and spread of each word's map over the pixels, and a sheet: each map from its least to its most."""
    maps = control.maps(image, PROMPT)
    columns = {"input": [as_image(image.repeat(4, axis=0).repeat(4, axis=1))]}
    for word, each in maps.items():
        grey = (each - each.min()) / max(float(np.ptp(each)), 1e-9)
        columns[word] = [torch.from_numpy(grey).repeat_interleave(4, 0).repeat_interleave(4, 1).expand(1, 3, -1, -1)]
    shares = {word: {"mean": float(each.mean()), "std": float(each.std())} for word, each in maps.items()}
    return shares, sample_sheet(columns)


def as_table(found: dict[str, Any]) -> str:
    lines = ["| word | weight | change | warmth | noise |", "|---|---|---|---|---|"]
    for word, rows in found["reweighted"].items():
        lines += [f"| {word} | {weight} | {cells(each)} |" for weight, each in rows.items()]
    lines += ["", "| edit | maps moved | change | warmth | noise |", "|---|---|---|---|---|"]
    lines += [f"| {name} | {each['moved']:.4f} | {cells(each)} |" for name, each in found["edited"].items()]
    lines += ["", "| word | mean share | spread over pixels |", "|---|---|---|"]
    lines += [f"| {word} | {each['mean']:.3f} | {each['std']:.4f} |" for word, each in found["maps"].items()]
    return "\n".join([*lines, ""])


def cells(row: dict[str, float]) -> str:
    return " | ".join(f"{row[name]:.2f}" for name in ("change", "warmth", "noise"))


def main() -> None:
    arguments = parse_arguments()
    torch.set_num_threads(1)
    upscaler = Upscaler.from_pretrained(arguments.model, precision="fp32")
    control = WordControl(upscaler)
    original, image = make_input(arguments.image, upscaler.scale)
    reweighted, shown = reweigh(control, image, original)
    shares, maps = picture_of_maps(control, image)
    found = {"prompt": PROMPT, "reweighted": reweighted, "edited": edit(control, image, original), "maps": shares}
    enlarged = {"bicubic": [up(as_image(image), upscaler.scale).clamp(0, 1)]}
    sheet = sample_sheet(enlarged | {name: [each] for name, each in shown.items()} | {"original": [original]})
    for name, content in (("json", json.dumps(found, indent=1)), ("md", as_table(found))):
        with replacing(arguments.run / f"word_control.{name}") as file:
            file.write(content.encode())
    PilImage.fromarray(sheet).save(arguments.run / "weights.png")
    PilImage.fromarray(maps).save(arguments.run / "maps.png")
    print(as_table(found), end="")


if __name__ == "__main__":
    with exit_on_user_error():
        main()
