"""The damaged benchmark: clean photos, shrunk, damaged in known ways, upscaled, and measured against the originals.

``run_damaged`` measures; ``gains`` and ``gains_markdown`` say what asking is worth. The tables are ``benchmark``'s. The
damage takes Pillow and numpy alone, and nothing of what degrades the training data: a mistake there cannot flatter the
table.
"""

import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from srgan_prompt.data.pairs import MIN_SIDE_PX, Pair, images_in
from srgan_prompt.errors import DataError, UsageError
from srgan_prompt.evaluation.benchmark import Method, OnImage, SetResult, bicubic, measure_pairs, prompt_rows, row_name
from srgan_prompt.evaluation.metrics import DAMAGED
from srgan_prompt.evaluation.statistics import table
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.images.read import read_image
from srgan_prompt.operators.filters import resize_bicubic
from srgan_prompt.prompts.operations import canonical, plain_request

if TYPE_CHECKING:
    from srgan_prompt.inference.upscaler import Upscaler

Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""One kind of damage, rounded to 8 bits; its string says how much of it."""


@dataclass(frozen=True)
class Blur:
    """Gaussian blur, cut off at four sigma, edge pixels repeated outwards."""

    sigma_px: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        radius_px = math.ceil(4 * self.sigma_px)
        taps = np.exp(-0.5 * (np.arange(-radius_px, radius_px + 1) / self.sigma_px) ** 2)
        taps /= taps.sum()
        blurred = image.astype(np.float64)
        for axis in (0, 1):
            margins = [(radius_px, radius_px) if each == axis else (0, 0) for each in range(3)]
            windows = np.lib.stride_tricks.sliding_window_view(np.pad(blurred, margins, "edge"), len(taps), axis)
            blurred = windows @ taps
        return _to_8_bits(blurred)

    def __str__(self) -> str:
        return f"blur of sigma {self.sigma_px:g} px"


@dataclass(frozen=True)
class Noise:
    """White Gaussian noise, independent in R, G and B; ``sigma`` is of 255."""

    sigma: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return _to_8_bits(image + rng.normal(0, self.sigma, image.shape))

    def __str__(self) -> str:
        return f"noise of sigma {self.sigma:g}"


@dataclass(frozen=True)
class Jpeg:
    """A JPEG file by Pillow at its default 4:2:0, read again."""

    quality: int

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        file = BytesIO()
        Image.fromarray(image).save(file, "JPEG", quality=self.quality)
        return read_image(file.getvalue()).rgb

    def __str__(self) -> str:
        return f"JPEG of quality {self.quality}"


@dataclass(frozen=True)
class ShrinkAndBack:
    """Pillow's antialiased bicubic to ``factor`` of both sides, and back to the size before."""

    factor: float

    def __call__(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        height, width = image.shape[:2]
        small = resize_bicubic(image, (round(width * self.factor), round(height * self.factor)))
        return resize_bicubic(small, (width, height))

    def __str__(self) -> str:
        return f"bicubic to {self.factor:g} and back"


def _to_8_bits(image: np.ndarray) -> np.ndarray:
    return image.round().clip(0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Damage:
    """Steps one after another. ``remedy``: the operation of ``prompts.operations`` that asks to undo them."""

    name: str
    steps: tuple[Step, ...] = ()
    remedy: str | None = None

    def __call__(self, image: np.ndarray, seed: int) -> np.ndarray:
        """The damaged image, a function of ``image`` (H, W, 3) uint8 and ``seed`` alone."""
        rng = np.random.default_rng(seed)
        for step in self.steps:
            image = step(image, rng)
        return image

    def __str__(self) -> str:
        return ", ".join(map(str, self.steps)) or "left as they are"


DAMAGES: tuple[Damage, ...] = (
    Damage("none"),
    Damage("JPEG 60", (Jpeg(60),), "dejpeg"),
    Damage("JPEG 30", (Jpeg(30),), "dejpeg"),
    Damage("noise 10", (Noise(10),), "denoise"),
    Damage("noise 25", (Noise(25),), "denoise"),
    Damage("blur 1.2", (Blur(1.2),), "deblur"),
    Damage("mix", (Blur(0.8), Noise(10), Jpeg(50)), "restore"),
    Damage("second order", (Blur(0.8), Noise(8), Jpeg(70), ShrinkAndBack(0.7), Jpeg(60)), "restore"),
)

Originals = Mapping[str, np.ndarray]
"""Clean centres (side, side, 3) uint8 by name, in order."""


@dataclass(frozen=True)
class DamagedSetup:
    """What is measured: the centre of ``side_px`` of the first ``num_images`` photos that are large enough (all)."""

    side_px: int = 512
    num_images: int | None = None
    scale: int = 4
    self_ensemble: bool = False
    without: Collection[str] = ()

    def __post_init__(self) -> None:
        """Raises ``UsageError``."""
        smallest_px = MIN_SIDE_PX * self.scale
        if self.side_px % self.scale or self.side_px < smallest_px:
            raise UsageError(f"A side of {self.side_px} px: use a multiple of {self.scale}, at least {smallest_px}.")
        if self.num_images is not None and self.num_images < 1:
            raise UsageError(f"{self.num_images} images: use a number of 1 or more.")


def load_originals(folder: Path, setup: DamagedSetup) -> Originals:
    """Photos in order of their names; those below ``side_px`` are passed over. Raises ``DataError`` if all are."""
    found: dict[str, np.ndarray] = {}
    for name, path in images_in(folder).items():
        if len(found) == setup.num_images:
            break
        photo = read_rgb8(path)
        top, left = ((side_px - setup.side_px) // 2 for side_px in photo.shape[:2])
        if min(top, left) >= 0:
            found[name] = photo[top : top + setup.side_px, left : left + setup.side_px].copy()
    if not found:
        raise DataError(f"{folder} holds no photo of at least {setup.side_px} px on both sides.")
    return found


def damaged_pairs(originals: Originals, damage: Damage, scale: int) -> Iterator[Pair]:
    """Each original and its small damaged image; its place in order is the seed."""
    for seed, (name, high) in enumerate(originals.items()):
        height, width = high.shape[:2]
        yield Pair(name, damage(resize_bicubic(high, (width // scale, height // scale)), seed), high)


def matching_prompt(damage: Damage) -> str | None:
    """The documented wording of the request that undoes ``damage``; None where there is nothing to undo."""
    return None if damage.remedy is None else canonical(plain_request(damage.remedy))


def run_damaged(
    folder: Path, models: Mapping[str, "Upscaler"], setup: DamagedSetup, on_image: OnImage = lambda name: None
) -> dict[Damage, SetResult]:
    """Bicubic and every model, with each request, on every damage.

    Raises ``DataError`` for a folder that does not fit, ``ModelError`` when the weights of a metric cannot be had.
    """
    originals = load_originals(folder, setup)
    results = {}
    for damage in DAMAGES:

        def tell(name: str, damage: Damage = damage) -> None:
            on_image(f"{damage.name}: {name}")

        scores = measure_pairs(
            damaged_pairs(originals, damage, setup.scale),
            _methods(damage, models, setup),
            scale=setup.scale,
            columns=DAMAGED,
            without=setup.without,
            on_image=tell,
        )
        origin = (
            f"centres of {setup.side_px} px, shrunk to {setup.side_px // setup.scale} px by Pillow's antialiased "
            f"bicubic, then {damage}"
        )
        results[damage] = SetResult(f"{folder.resolve().name}, {damage.name}", origin, scores)
    return results


def gains(results: Mapping[Damage, SetResult], models: Sequence[str]) -> dict[str, dict[str, dict[str, float | None]]]:
    """PSNR in dB of the matching and of the default request minus that of the empty prompt: ``[set][model][request]``.

    Models that take no prompts have none, and undamaged images no matching request.
    """
    found = {}
    for damage, result in results.items():
        prompted = [model for model in models if row_name(model, "") in result.scores]
        matching = matching_prompt(damage)
        found[result.name] = {
            model: {
                "matching": None if matching is None else _gain_db(result, model, matching),
                "default": _gain_db(result, model, None),
            }
            for model in prompted
        }
    return found


def gains_markdown(gained_by_set: Mapping[str, Mapping[str, Mapping[str, float | None]]]) -> str:
    """What ``gains`` gives, as a table; nothing for models that take no prompts."""
    if not any(gained_by_set.values()):
        return ""
    rows = [
        (name, model, *("-" if value is None else f"{value:+.2f}" for value in gained.values()))
        for name, by_model in gained_by_set.items()
        for model, gained in by_model.items()
    ]
    return table(("PSNR-RGB", "model", "matching minus empty (dB)", "default minus empty (dB)"), rows) + "\n"


def _methods(damage: Damage, models: Mapping[str, "Upscaler"], setup: DamagedSetup) -> dict[str, Method]:
    methods: dict[str, Method] = {"bicubic": bicubic(setup.scale)}
    matching = matching_prompt(damage)
    prompts = ["", None] if matching is None else ["", matching, None]
    for name, upscaler in models.items():
        methods |= prompt_rows(name, upscaler, prompts, scale=setup.scale, self_ensemble=setup.self_ensemble)
    return methods


def _gain_db(result: SetResult, model: str, prompt: str | None) -> float | None:
    asked, empty = (result.mean(row_name(model, each))["psnr_rgb_db"] for each in (prompt, ""))
    if asked is None or empty is None or not (math.isfinite(asked) and math.isfinite(empty)):
        return None
    return asked - empty
