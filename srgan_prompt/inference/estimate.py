"""What a run will cost, told without loading weights or torch: for --dry-run.

The settings of a network and the size of a picture come in; tiles, bytes and seconds go out. Seconds are rough: they
are floating point operations over the speed at which this machine multiplies matrices now.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.checkpoints.format import checkpoints_of, list_checkpoints
from srgan_prompt.config import GeneratorConfig, parse
from srgan_prompt.errors import ConfigError, ModelError
from srgan_prompt.inference import memory
from srgan_prompt.inference.load import FOREIGN_SUFFIXES
from srgan_prompt.inference.tiling import RIM_PX, Plan, Span, plan_tiles

RUNTIME_BYTES = 450 * 2**20  # measured: Python with torch and the shipped weights
CONVOLUTION_SHARE = 0.75  # measured: convolutions run at 0.7 to 0.9 of the speed of one large matrix product
_SHIPPED = Path(__file__).parent.parent / "weights" / "x4"
_PROBE_SIDE = 512


@dataclass(frozen=True)
class NetworkFacts:
    """What a plan needs to know of a network. ``is_assumed``: its settings are not at hand, these are the default's.

    ``intents``: what it takes readings of; None if it takes raw embeddings, or no prompts.
    """

    scale: int
    receptive_radius_px: int
    bytes_per_px: int
    flops_per_px: int
    intents: tuple[str, ...] | None = None
    is_assumed: bool = False


@dataclass(frozen=True)
class Estimate:
    """Of one picture. ``tile_px`` None: the whole picture at once. ``memory_bytes`` is the process's peak."""

    result_size_px: tuple[int, int]
    tile_px: int | None
    num_tiles: int
    memory_bytes: int
    time_s: float


def network_facts(source: str | None, revision: str | None = None) -> NetworkFacts:
    """The network that ``source`` (see ``load.load``) stands for. Nothing is fetched.

    Raises ModelError if a folder's settings cannot be used.
    """
    path = _config_path(source, revision)
    if path is None:
        is_foreign = source is not None and Path(source).suffix.lower() in FOREIGN_SUFFIXES
        return _facts(GeneratorConfig(composition="none") if is_foreign else GeneratorConfig(), is_assumed=True)
    try:
        return _facts(parse(GeneratorConfig, _generator_settings(_read_json(path)), str(path)))
    except ConfigError as error:
        raise ModelError(str(error)) from None


def estimate(
    facts: NetworkFacts,
    size_px: tuple[int, int],
    result_size_px: tuple[int, int],
    *,
    bytes_per_channel: int = 1,
    tile: int | str = "auto",
    overlap_px: int | None = None,
    num_views: int = 1,
) -> Estimate:
    """What enlarging a picture of (width, height) ``size_px`` takes; ``tile`` and overlap are as for ``Upscaler``.

    ``num_views``: how often the network sees every tile.
    """
    width_px, height_px = size_px
    overlap_px = facts.receptive_radius_px if overlap_px is None else overlap_px
    tile_px = _tile_px(facts, size_px, tile, overlap_px)
    radius_px = facts.receptive_radius_px
    plan = plan_tiles(height_px, width_px, tile_px=tile_px, overlap_px=overlap_px, radius_px=radius_px, rim_px=RIM_PX)
    input_bytes = width_px * height_px * 3 * bytes_per_channel
    canvas_bytes = input_bytes * facts.scale**2
    resized = result_size_px != (width_px * facts.scale, height_px * facts.scale)
    result_bytes = result_size_px[0] * result_size_px[1] * 3 * bytes_per_channel if resized else 0
    tile_bytes = _longest(plan.rows) * _longest(plan.columns) * facts.bytes_per_px
    return Estimate(
        result_size_px=result_size_px,
        tile_px=tile_px,
        num_tiles=plan.num_tiles,
        memory_bytes=RUNTIME_BYTES + input_bytes + canvas_bytes + max(tile_bytes, result_bytes),
        time_s=num_views * _pixels_read(plan) * facts.flops_per_px / (CONVOLUTION_SHARE * _flops_per_s()),
    )


def _tile_px(facts: NetworkFacts, size_px: tuple[int, int], tile: int | str, overlap_px: int) -> int | None:
    if tile != "auto":
        return None if tile == "off" else int(tile)
    return memory.auto_tile_px(
        size_px[1],
        size_px[0],
        bytes_per_px=facts.bytes_per_px,
        overlap_px=overlap_px,
        budget_bytes=memory.tile_budget_bytes(),
    )


def _facts(config: GeneratorConfig, *, is_assumed: bool = False) -> NetworkFacts:
    takes_readings = config.composition != "none" and config.text_features == "reading"
    return NetworkFacts(
        scale=config.scale,
        receptive_radius_px=config.receptive_radius_px,
        bytes_per_px=working_bytes_per_px(config),
        flops_per_px=2 * _multiplications_per_px(config),
        intents=config.intents if takes_readings else None,
        is_assumed=is_assumed,
    )


def working_bytes_per_px(config: GeneratorConfig) -> int:
    """Memory of one run under torch, in float32, per input pixel: measured, rounded up."""
    return 4 * (8 * config.channels + 16 * config.scale**2)


def _multiplications_per_px(config: GeneratorConfig) -> int:
    """Of all convolutions, per input pixel, with one clause of text; a composer has four convolutions' worth."""
    width = config.channels
    head = 3 * width * config.first_kernel_px**2
    trunk = (2 * config.num_blocks + 1) * 9 * width**2
    composers = 0 if config.composition == "none" else 4 * len(config.compose_after) * 9 * width**2
    if config.tail == "shuffle":
        return head + trunk + composers + 9 * width * 3 * config.scale**2
    # SRGAN's tail: a 3x3 convolution to 4C before each doubling, then 9x9 to RGB at full size.
    stages = {2: 4 * 1, 3: 9 * 1, 4: 4 * (1 + 4)}[config.scale]
    return head + trunk + composers + stages * 9 * width**2 + 81 * width * 3 * config.scale**2


def _config_path(source: str | None, revision: str | None) -> Path | None:
    """``config.json`` of the model, if it lies on this machine."""
    folder = _SHIPPED if source is None else Path(source).expanduser()
    if folder.is_dir():
        checkpoints = list_checkpoints(checkpoints_of(folder))
        return (checkpoints[0] if checkpoints else folder) / "config.json"
    if source is None or folder.exists() or folder.suffix:
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        cached = try_to_load_from_cache(source, "config.json", revision=revision)
    except HFValidationError:
        raise ModelError(
            f"There is no model folder {source!r}, and that is no hub id of the form owner/name."
        ) from None
    return Path(cached) if isinstance(cached, str) else None


def _generator_settings(document: Any) -> Any:
    """Those of a model are all of its settings, those of a training run a section."""
    return document["generator"] if isinstance(document, dict) and "generator" in document else document


def _read_json(path: Path) -> object:
    from srgan_prompt.checkpoints.format import read_json

    try:
        return read_json(path.read_bytes(), path)
    except OSError as error:
        raise ModelError(f"{path}: cannot be read ({error.strerror}); name a model folder.") from None


def _longest(spans: Iterable[Span]) -> int:
    return max(span.read_stop - span.read_start for span in spans)


def _pixels_read(plan: Plan) -> int:
    """Pixels that go through the network, overlaps counted as often as they are computed."""
    rows, columns = (sum(span.read_stop - span.read_start for span in spans) for spans in (plan.rows, plan.columns))
    return rows * columns


@cache
def _flops_per_s() -> float:
    """What this machine does now: the best of a few matrix products, some hundredths of a second in all."""
    matrix = np.ones((_PROBE_SIDE, _PROBE_SIDE), np.float32)
    times_s = []
    for _ in range(4):
        start_s = time.perf_counter()
        matrix @ matrix
        times_s.append(time.perf_counter() - start_s)
    return 2 * _PROBE_SIDE**3 / min(times_s)
