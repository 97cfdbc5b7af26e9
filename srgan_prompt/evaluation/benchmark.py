"""The table of a benchmark: folders of images and methods in, measurements out as Markdown and JSON.

``run_benchmark`` measures one folder; ``as_markdown`` and ``as_document`` present any number of folders together.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.data.pairs import Pair, find_pairs, load_pair
from srgan_prompt.evaluation.methods import Method, SavedResults, produce
from srgan_prompt.evaluation.metrics import STANDARD, Columns, Scores

NO_MODELS: Mapping[str, str] = {}

Methods = Mapping[str, Method | SavedResults]
OnImage = Callable[[str], None]


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
) -> SetResult:
    """Measure every method on every image of ``folder``; see ``measure_pairs`` for the rest.

    Raises ``DataError`` for a folder that does not fit, ``ModelError`` when the weights of a metric cannot be had.
    """
    files = find_pairs(folder)
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
    headings = [f"x{scale}", "method", *(each.heading for each in columns.columns)]
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|"]
    for result in results:
        for method, images in result.scores.items():
            mean = result.mean(method)
            cells = [_cell(mean[each.key], each.num_decimals) for each in columns.columns]
            lines.append(f"| {' | '.join([f'{result.name} ({len(images)})', _escaped(method), *cells])} |")
    lines += ["", f"Protocol: {columns.protocol}.", *(f"{each.name}: {each.low_resolution}." for each in results)]
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


def _cell(value: float | None, num_decimals: int) -> str:
    return "-" if value is None else f"{value:.{num_decimals}f}"


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|")


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if len(known) == len(values) else None


def _finite(scores: Scores) -> dict[str, float | None]:
    return {key: None if value is None or math.isinf(value) else value for key, value in scores.items()}
