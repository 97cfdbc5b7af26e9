"""The table of a benchmark: folders of images and methods in, measurements out as Markdown and JSON.

A ``Method`` is a function from a low-resolution to a high-resolution image, both uint8 RGB (H, W, 3). Images that
somebody else made take part as ``SavedResults``. ``run_benchmark`` measures one folder; ``as_markdown`` and
``as_document`` present any number of folders together.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.data.pairs import Pair, find_pairs, images_in, load_pair
from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.metrics import STANDARD, Columns, Scores
from srgan_prompt.evaluation.statistics import cell, table
from srgan_prompt.images.photos import read_rgb8
from srgan_prompt.operators.filters import resize_bicubic, resize_lanczos

if TYPE_CHECKING:
    from srgan_prompt.inference.upscaler import Upscaler

NO_MODELS: Mapping[str, str] = {}

Method = Callable[[np.ndarray], np.ndarray]
OnImage = Callable[[str], None]


class SavedResults:
    """A folder of finished images, found by the name that they share with the originals."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._files = images_in(folder)

    def of(self, name: str) -> np.ndarray:
        """The image called ``name``. Raises ``DataError`` if it is missing."""
        if name not in self._files:
            raise DataError(f"{self._folder} holds no result for {name}; expected {name}.png.")
        return read_rgb8(self._files[name])


def bicubic(scale: int) -> Method:
    """The baseline of all tables."""
    return lambda low: resize_bicubic(low, (low.shape[1] * scale, low.shape[0] * scale))


def lanczos(scale: int) -> Method:
    """The sharper classical filter."""
    return lambda low: resize_lanczos(low, (low.shape[1] * scale, low.shape[0] * scale))


def ours(upscaler: Callable, prompt: str | None, *, scale: int | None = None, self_ensemble: bool = False) -> Method:
    """An ``inference.upscaler.Upscaler`` with one prompt: "" is plain super-resolution, None the default request.

    ``scale`` None is the network's own.
    """
    options = {"prompt": prompt, "scale": scale, "self_ensemble": self_ensemble}
    return lambda low: np.asarray(upscaler(low, **options).image.convert("RGB"))


def row_name(model: str, prompt: str | None) -> str:
    """What a table calls ``model`` with ``prompt``."""
    return f"{model}, default request" if prompt is None else f'{model} "{prompt}"'


def prompt_rows(
    model: str, upscaler: "Upscaler", prompts: Sequence[str | None], *, scale: int, self_ensemble: bool = False
) -> dict[str, Method]:
    """A row for each of ``prompts``, named by ``row_name``; one that is called ``model`` if it takes no prompts."""
    options: dict[str, Any] = {"scale": scale, "self_ensemble": self_ensemble}
    if not upscaler.model.engine.facts.takes_prompts:
        return {model: ours(upscaler, "", **options)}
    return {row_name(model, prompt): ours(upscaler, prompt, **options) for prompt in prompts}


def produce(method: Method | SavedResults, pair: Pair) -> np.ndarray:
    """The method's image for ``pair``, (scale h, scale w, 3) uint8. Raises ``DataError`` for a wrong size."""
    output = method.of(pair.name) if isinstance(method, SavedResults) else method(pair.low)
    if output.shape != pair.high.shape:
        sizes = [f"{width} x {height}" for height, width, _ in (output.shape, pair.high.shape)]
        raise DataError(f"The result for {pair.name} is {sizes[0]} pixels, but its original is {sizes[1]}.")
    return output


Methods = Mapping[str, Method | SavedResults]


@dataclass(frozen=True)
class SetResult:
    """All measurements on one test set, ``scores[method][image]``, and where its low-resolution images are from."""

    name: str
    low_resolution: str
    scores: dict[str, dict[str, Scores]]

    def mean(self, method: str) -> Scores:
        """The mean over images."""
        rows = list(self.scores[method].values())
        return {key: _mean([row[key] for row in rows]) for key in rows[0]}


def run_benchmark(
    folder: Path,
    methods: Methods,
    *,
    scale: int = 4,
    columns: Columns = STANDARD,
    without: Collection[str] = ("lpips_vgg",),
    on_image: OnImage = lambda name: None,
    from_originals: bool = False,
) -> SetResult:
    """Measure every method on every image of ``folder``; see ``measure_pairs`` for the rest.

    ``from_originals``: low-resolution images are made even where some are given, which may be of another scale.
    Raises ``DataError`` for a folder that does not fit, ``ModelError`` when the weights of a metric cannot be had.
    """
    files = find_pairs(folder)
    if from_originals:
        files = [replace(each, low=None) for each in files]
    pairs = (load_pair(each, scale) for each in files)
    made = "made from the originals by Pillow's antialiased bicubic"
    origin = f"low-resolution images {made if files[0].low is None else 'as given'}"
    scores = measure_pairs(pairs, methods, scale=scale, columns=columns, without=without, on_image=on_image)
    return SetResult(folder.resolve().name, origin, scores)


def measure_pairs(
    pairs: Iterable[Pair],
    methods: Methods,
    *,
    scale: int,
    columns: Columns,
    without: Collection[str],
    on_image: OnImage,
) -> dict[str, dict[str, Scores]]:
    """``scores[method][image]``; ``without`` are keys of columns to leave out, ``on_image`` hears every name."""
    scores: dict[str, dict[str, Scores]] = {method: {} for method in methods}
    for pair in pairs:
        on_image(pair.name)
        for name, method in methods.items():
            scores[name][pair.name] = columns.measure(produce(method, pair), pair.high, scale, without)
    return scores


def as_markdown(
    results: Sequence[SetResult], scale: int, models: Mapping[str, str] = NO_MODELS, columns: Columns = STANDARD
) -> str:
    """A table with its protocol below it; ``models`` gives the sha256 of the weights by name."""
    rows = []
    for result in results:
        for method, images in result.scores.items():
            mean = result.mean(method)
            figures = [_figure(mean[each.key], each.num_decimals) for each in columns.columns]
            rows.append((f"{result.name} ({len(images)})", cell(method), *figures))
    lines = [table((f"x{scale}", "method", *(each.heading for each in columns.columns)), rows), ""]
    lines += [f"Protocol: {columns.protocol}.", *(f"{each.name}: {each.low_resolution}." for each in results)]
    lines += [f"{name}: sha256 {sha256}." for name, sha256 in models.items()]
    versions = ", ".join(f"{package} {version}" for package, version in package_versions().items())
    return "\n".join([*lines, f"Versions: {versions}.", ""])


def as_document(
    results: Sequence[SetResult], scale: int, models: Mapping[str, str] = NO_MODELS, columns: Columns = STANDARD
) -> dict[str, Any]:
    """The same as a JSON document, with every image; an infinite PSNR (equal images) becomes null."""
    sets = {
        result.name: {
            "low_resolution": result.low_resolution,
            "methods": {
                method: {
                    "mean": _finite(result.mean(method)),
                    "images": {name: _finite(scores) for name, scores in images.items()},
                }
                for method, images in result.scores.items()
            },
        }
        for result in results
    }
    versions = package_versions()
    return {"scale": scale, "protocol": columns.protocol, "versions": versions, "models": dict(models), "sets": sets}


def card_metrics(results: list[SetResult]) -> dict[str, dict[str, float]]:
    """Rows of the table in a model card, one for each set and method."""
    rows = {}
    for result in results:
        for method in result.scores:
            mean = result.mean(method)
            figures = {"PSNR-Y": mean["psnr_y_db"], "SSIM-Y": mean["ssim_y"], "LPIPS": mean["lpips"]}
            rows[f"{result.name}, {method}"] = {name: each for name, each in figures.items() if each is not None}
    return rows


def _figure(value: float | None, num_decimals: int) -> str:
    return "-" if value is None else f"{value:.{num_decimals}f}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _finite(scores: Scores) -> dict[str, float | None]:
    return {key: None if value is None or math.isinf(value) else value for key, value in scores.items()}
