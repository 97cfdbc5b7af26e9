"""The table of a benchmark: folders of pictures and methods in, measurements out as Markdown and JSON.

``run_benchmark`` measures one folder; ``as_markdown`` and ``as_document`` present any number of folders together.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.assets.lpips_net import Backbone
from srgan_prompt.checkpoints.format import package_versions
from srgan_prompt.evaluation.methods import Method, SavedResults, produce
from srgan_prompt.evaluation.metrics import PROTOCOL, lpips, psnr_y, ssim_y
from srgan_prompt.evaluation.pairs import find_pairs, load_pair

NO_MODELS: Mapping[str, str] = {}
BACKBONES: tuple[Backbone, ...] = ("alex", "vgg")


@dataclass(frozen=True)
class Scores:
    """Of one picture, or the mean of many. ``lpips`` and ``lpips_vgg`` are None where they were not wanted."""

    psnr_y_db: float
    ssim_y: float
    lpips: float | None
    lpips_vgg: float | None


@dataclass(frozen=True)
class SetResult:
    """All measurements on one folder: ``scores[method][picture]``."""

    name: str
    has_given_low_resolution: bool
    scores: dict[str, dict[str, Scores]]

    def mean(self, method: str) -> Scores:
        """The mean over pictures."""
        rows = list(self.scores[method].values())
        return Scores(*(_mean([getattr(row, field.name) for row in rows]) for field in fields(Scores)))


def run_benchmark(
    folder: Path,
    methods: Mapping[str, Method | SavedResults],
    *,
    scale: int = 4,
    backbones: Sequence[Backbone] = ("alex",),
    on_picture: Callable[[str], None] = lambda name: None,
) -> SetResult:
    """Measure every method on every picture of ``folder``; ``on_picture`` hears the name of each picture first.

    ``backbones`` are those of LPIPS; none leaves it out.
    Raises ``DataError`` for a folder that does not fit, ``ModelError`` when the LPIPS weights cannot be had.
    """
    files = find_pairs(folder)
    scores: dict[str, dict[str, Scores]] = {method: {} for method in methods}
    for each in files:
        on_picture(each.name)
        pair = load_pair(each, scale)
        for name, method in methods.items():
            scores[name][each.name] = measure(produce(method, pair), pair.high, scale, backbones)
    return SetResult(folder.resolve().name, files[0].low is not None, scores)


def measure(output: np.ndarray, target: np.ndarray, scale: int, backbones: Sequence[Backbone]) -> Scores:
    """All scores of ``output`` against ``target``, both (H, W, 3) uint8."""
    distances = [lpips(output, target, each) if each in backbones else None for each in BACKBONES]
    return Scores(psnr_y(output, target, scale), ssim_y(output, target, scale), *distances)


def as_markdown(results: Sequence[SetResult], scale: int, models: Mapping[str, str] = NO_MODELS) -> str:
    """A table with its protocol below it; ``models`` gives the sha256 of the weights by name."""
    lines = [
        f"| x{scale} | method | PSNR-Y (dB) ↑ | SSIM-Y ↑ | LPIPS ↓ | with VGG16 ↓ |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        for method, pictures in result.scores.items():
            mean = result.mean(method)
            distances = ["-" if each is None else f"{each:.4f}" for each in (mean.lpips, mean.lpips_vgg)]
            cells = [f"{result.name} ({len(pictures)})", method.replace("|", "\\|"), f"{mean.psnr_y_db:.2f}"]
            lines.append(f"| {' | '.join([*cells, f'{mean.ssim_y:.4f}', *distances])} |")
    lines += ["", f"Protocol: {PROTOCOL}.", *(f"{result.name}: {_origin(result)}." for result in results)]
    lines += [f"{name}: sha256 {sha256}." for name, sha256 in models.items()]
    versions = ", ".join(f"{package} {version}" for package, version in package_versions().items())
    return "\n".join([*lines, f"Versions: {versions}.", ""])


def as_document(results: Sequence[SetResult], scale: int, models: Mapping[str, str] = NO_MODELS) -> dict[str, Any]:
    """The same as a JSON document, with every picture; an infinite PSNR (equal pictures) becomes null."""
    sets = {
        result.name: {
            "low_resolution": _origin(result),
            "methods": {
                method: {
                    "mean": _finite(result.mean(method)),
                    "pictures": {name: _finite(scores) for name, scores in pictures.items()},
                }
                for method, pictures in result.scores.items()
            },
        }
        for result in results
    }
    versions = package_versions()
    return {"scale": scale, "protocol": PROTOCOL, "versions": versions, "models": dict(models), "sets": sets}


def _origin(result: SetResult) -> str:
    if result.has_given_low_resolution:
        return "low-resolution pictures as given"
    return "low-resolution pictures made from the originals by Pillow's antialiased bicubic"


def _mean(values: Sequence[float | None]) -> float | None:
    return None if None in values else float(np.mean(values))


def _finite(scores: Scores) -> dict[str, float | None]:
    return {key: None if value is None or math.isinf(value) else value for key, value in asdict(scores).items()}
