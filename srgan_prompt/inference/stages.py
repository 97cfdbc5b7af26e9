"""One image through all stages, each of them timed: read, network, finish; and what was changed, for a receipt.

What was asked for comes in understood (``Asked``), the result goes out with everything that decided it.
"""

import math
import time
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from srgan_prompt.images.color import luma
from srgan_prompt.images.image import ImageMeta, LoadedImage, bands_of_rows, is_neutral
from srgan_prompt.images.read import as_loaded
from srgan_prompt.inference.engine import Engine
from srgan_prompt.inference.receipt import asked_amounts, measure_receipt, why_nothing_acts
from srgan_prompt.inference.region import Region, region_weights
from srgan_prompt.inference.resize import bilinear, lanczos, result_size_px
from srgan_prompt.inference.result import UpscaleResult, UpscaleSettings
from srgan_prompt.inference.tiled import Progress, TileLimit, upscale_tiled
from srgan_prompt.prompts.interpretation import Interpretation
from srgan_prompt.prompts.prompt import Prompt

COLOURED_ABOVE = 6 / 255  # mean difference of largest and smallest channel: a sentence asked for colour (sepia, warm)
_NO_NOTES: tuple[str, ...] = ()
_SAMPLE_PIXELS = 2**20
_MAY_NOT_MATCH = "This network looks at the whole image at once, and memory allowed tiles only: they may not match."


class Asked(NamedTuple):
    """A prompt, understood as far as it can be without the image, in so many ``seconds``.

    ``text``: the prompt as it is recorded; ``notes``: what the user should know about it.
    """

    prompt: Prompt = Prompt()
    interpretation: Interpretation = Interpretation()
    text: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


class ImageOptions(NamedTuple):
    """What else decides a result; see ``Upscaler.__call__``."""

    region: Region | None = None
    scale: float | None = None
    size_px: tuple[int, int] | None = None
    tile: int | str = "auto"
    overlap: int | None = None
    progress: Progress | None = None


def upscale_image(
    image: Any, asked: Asked, options: ImageOptions, *, model: str, engine: Engine, limit: TileLimit
) -> UpscaleResult:
    """``image``, in any form that ``as_loaded`` takes, as ``asked``; ``model`` is the name to record.

    Raises InputImageError, UsageError, ModelError or MemoryLimitError.
    """
    start_s = time.perf_counter()
    prompt, embedding = asked.prompt, asked.interpretation.embedding
    source = as_loaded(image)
    pixels, curve = source.for_network()
    rgb = pixels.opaque_rgb
    is_grey = pixels.meta.is_gray or is_neutral(rgb)  # grey stored as RGB stays RGB, and grey
    height_px, width_px = rgb.shape[:2]
    own_scale = engine.facts.scale
    size_px = result_size_px((width_px, height_px), own_scale, options.scale, options.size_px, prompt.size)
    facts = engine.facts.reaching((width_px, height_px), size_px)
    engine = engine.at_scale(facts.scale)
    weights = None if options.region is None else region_weights(options.region, width_px, height_px)
    read_s = time.perf_counter()
    output, tiling = upscale_tiled(
        engine,
        rgb,
        embedding,
        tile=options.tile,
        overlap=options.overlap,
        limit=limit,
        region=weights,
        curve=curve,
        progress=options.progress,
    )
    network_s = time.perf_counter()
    meta, colour_notes = pixels.meta, _NO_NOTES
    if is_grey:
        may_colour = embedding is not None and not prompt.is_default
        meta, colour_notes = _keep_grey(output, meta, may_colour=may_colour)
    alpha = None if pixels.alpha is None else bilinear(pixels.alpha, size_px)
    loaded = LoadedImage(lanczos(output, size_px), alpha, meta)
    finish_s = time.perf_counter()
    settings = UpscaleSettings(
        model=model,
        engine=engine.name,
        prompt=asked.text,
        negative=prompt.negative,
        strength=prompt.strength,
        network_scale=facts.scale,
        size_px=size_px,
        tile_px=tiling.tile_px,
        overlap_px=tiling.overlap_px,
    )
    tile_notes = (_MAY_NOT_MATCH,) if tiling.tile_px and facts.tiling == "discouraged" else ()
    notes = (*source.meta.notes, *asked.notes, *tile_notes, *colour_notes)
    timings = {
        "text": asked.seconds,
        "read": read_s - start_s,
        "network": network_s - read_s,
        "finish": finish_s - network_s,
        "total": asked.seconds + finish_s - start_s,
    }
    return UpscaleResult(loaded, source, settings, timings, notes, asked.interpretation.readings)


def upscale_with_receipt(
    image: Any, asked: Asked, options: ImageOptions, *, model: str, engine: Engine, limit: TileLimit
) -> UpscaleResult:
    """As ``upscale_image``, and once more with the empty prompt: the result says what the prompt changed."""
    unprompted = result = upscale_image(image, asked, options, model=model, engine=engine, limit=limit)
    start_s = time.perf_counter()
    source, region = result.source, options.region
    input_px = source.width_px, source.height_px
    acts = asked.interpretation.embedding is not None
    if acts:
        plainly = options._replace(region=None, scale=None, size_px=result.settings.size_px)
        unprompted = upscale_image(source, Asked(), plainly, model=model, engine=engine, limit=limit)
    receipt = measure_receipt(
        unprompted.loaded,
        result.loaded,
        input_px,
        region=None if region is None else region_weights(region, *input_px),
        asked=asked_amounts(asked.prompt, asked.interpretation.readings),
        reason="" if acts else why_nothing_acts(asked.prompt),
    )
    seconds = time.perf_counter() - start_s
    timings = dict(result.timings)
    timings |= {"receipt": seconds, "total": timings.pop("total") + seconds}
    return replace(result, receipt=receipt, timings=timings)


def _keep_grey(output: np.ndarray, meta: ImageMeta, *, may_colour: bool) -> tuple[ImageMeta, tuple[str, ...]]:
    """What became of a grey image: its ``meta``, and notes.

    A network that answers in RGB leaves a tint of a level or two: it is removed from ``output`` [H, W, 3], in place,
    unless a sentence ``may_colour`` and did.
    """
    if not (may_colour and _is_coloured(output)):
        _remove_tint(output)
        return meta, ()
    if not meta.is_gray:
        return meta, ()
    return replace(meta, is_gray=False), ("The prompt coloured a grey image; the result is RGB.",)


def _is_coloured(rgb: np.ndarray) -> bool:
    """Whether ``rgb`` [H, W, 3] is more than slightly tinted, judged on a regular sample of its pixels."""
    step = math.isqrt(rgb.shape[0] * rgb.shape[1] // _SAMPLE_PIXELS) + 1
    sample = rgb[::step, ::step]
    return float(np.ptp(sample, axis=2).mean()) > COLOURED_ABOVE * np.iinfo(rgb.dtype).max


def _remove_tint(rgb: np.ndarray) -> None:
    """Every pixel to its luma, in place."""
    for rows in bands_of_rows(len(rgb)):
        rgb[rows] = luma(rgb[rows])[..., None]
