"""What an upscaling gives back: the image, what went in, what was done and how long it took.

And its last stage: what the network drew is brought to the size that was asked for, and grey stays grey.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from io import BytesIO
from itertools import pairwise
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from srgan_prompt.files import installed_version
from srgan_prompt.images.color import luma
from srgan_prompt.images.image import LoadedImage, bands_of_rows, to_uint8
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.receipt import Receipt
from srgan_prompt.inference.resize import bilinear, lanczos
from srgan_prompt.prompts.interpretation import ReadClause, as_json, described

PREVIEW_PIXELS = 2**20
COLOURED_ABOVE = 6 / 255  # mean difference of largest and smallest channel: a sentence asked for colour (sepia, warm)
_SAMPLE_PIXELS = 2**20


@dataclass(frozen=True)
class UpscaleSettings:
    """Everything that decided the pixels. ``tile_px`` None: the whole image at once."""

    model: str
    engine: str
    prompt: str
    negative: str
    strength: float
    network_scale: int
    size_px: tuple[int, int]
    tile_px: int | None
    overlap_px: int


@dataclass(frozen=True, repr=False)
class UpscaleResult:
    """One upscaled image. ``timings`` are seconds by stage; ``notes`` are plain sentences for the user.

    ``readings``: what the prompt's clauses were read as; none for the empty prompt, and for models of raw embeddings.
    ``receipt``: what the prompt changed, measured, if that was asked for.
    """

    loaded: LoadedImage
    source: LoadedImage
    settings: UpscaleSettings
    timings: Mapping[str, float]
    notes: tuple[str, ...] = ()
    readings: tuple[ReadClause, ...] = ()
    receipt: Receipt | None = None

    @property
    def read_as(self) -> str:
        """``readings`` in short, such as "brighten .5, not sepia"."""
        return described(self.readings)

    @property
    def array(self) -> np.ndarray:
        """The pixels in sRGB, uint8 or uint16 as the input was: [H, W, 3], with transparency [H, W, 4]."""
        loaded = self.loaded.as_srgb()
        return loaded.rgb if loaded.alpha is None else np.dstack([loaded.rgb, loaded.alpha])

    @property
    def image(self) -> Image.Image:
        """The result for Pillow, 8 bits a channel, sRGB; ``save`` keeps 16 bits and the source's profile."""
        return to_pillow(self.loaded)

    @property
    def before(self) -> Image.Image:
        """The input at its own size."""
        return to_pillow(self.source)

    def save(
        self,
        destination: str | PathLike | BinaryIO,
        *,
        format: str | None = None,  # noqa: A002  (Pillow's name for it)
        quality: int = 95,
        strip_metadata: bool = False,
        provenance: bool = True,
    ) -> tuple[str, ...]:
        """Write the result, whole or not at all; returns notes on what the format could not hold.

        ``provenance`` embeds version, model, prompt, what it was read as, and strength.

        Raises:
            OutputError: it cannot be written; what was there is untouched.
        """
        return write_image(
            destination,
            self.loaded,
            format=format,
            quality=quality,
            strip_metadata=strip_metadata,
            provenance=self.provenance() if provenance else None,
        )

    def provenance(self) -> dict[str, str]:
        """What a file says about how it was made."""
        keys = ("model", "engine", "prompt", "negative", "strength", "read_as")
        values = asdict(self.settings) | {"read_as": self.read_as}
        return {"version": installed_version()} | {key: str(values[key]) for key in keys if values[key] != ""}

    def details(self) -> dict[str, Any]:
        """What was done, as plain values (as JSON has them); without pixels."""
        settings = self.settings
        return {
            "input_size_px": (self.source.width_px, self.source.height_px),
            "model": settings.model,
            "engine": settings.engine,
            "prompt": settings.prompt,
            "negative": settings.negative,
            "strength": settings.strength,
            "tile_px": settings.tile_px,
            "overlap_px": settings.overlap_px,
            **as_json(self.readings),
            **({} if self.receipt is None else {"receipt": self.receipt.as_json()}),
            "timings": {stage: round(seconds, 3) for stage, seconds in self.timings.items()},
        }

    def __repr__(self) -> str:
        (before_w, before_h), (w, h) = (self.source.width_px, self.source.height_px), self.settings.size_px
        read_as = f" read as {self.read_as}" if self.readings else ""
        prompt = f"{self.settings.prompt!r}{read_as}"
        told = "".join(f", {note!r}" for note in self.notes)
        return f"UpscaleResult({before_w}x{before_h} -> {w}x{h}, {prompt}, {self.timings['total']:.2f} s{told})"

    def _repr_png_(self) -> bytes:
        """Input and result side by side, at most one megapixel: what a notebook shows."""
        buffer = BytesIO()
        self.side_by_side(PREVIEW_PIXELS).save(buffer, "PNG")
        return buffer.getvalue()

    def side_by_side(self, max_pixels: int) -> Image.Image:
        """Input, upscaled by repeating pixels, beside the result; together at most ``max_pixels``."""
        after = self.image.convert("RGB")
        shrink = min(1.0, (max_pixels / (2 * after.width * after.height)) ** 0.5)
        width_px, height_px = (max(1, int(side * shrink)) for side in after.size)
        size_px = (width_px, height_px)
        both = Image.new("RGB", (2 * width_px, height_px))
        both.paste(self.before.convert("RGB").resize(size_px, Image.Resampling.NEAREST), (0, 0))
        both.paste(after.resize(size_px, Image.Resampling.LANCZOS, reducing_gap=3.0), (width_px, 0))
        return both


class StageClock:
    """Seconds by stage; ``before``: of stages that are over."""

    def __init__(self, before: Mapping[str, float]) -> None:
        self._before, self._laps = before, [("start", time.perf_counter())]

    def lap(self, stage: str) -> None:
        """``stage`` ends here, and the next begins."""
        self._laps.append((stage, time.perf_counter()))

    def timings(self) -> dict[str, float]:
        """Seconds of every stage so far, and their "total"."""
        laps = {stage: end_s - start_s for (_, start_s), (stage, end_s) in pairwise(self._laps)}
        stages = {**self._before, **laps}
        stages.pop("total", None)
        return stages | {"total": sum(stages.values())}


def to_pillow(loaded: LoadedImage) -> Image.Image:
    """``loaded`` as L, RGB or RGBA, 8 bits a channel."""
    loaded = loaded.as_srgb()
    rgb = to_uint8(loaded.rgb)
    if loaded.alpha is not None:
        return Image.fromarray(np.dstack([rgb, to_uint8(loaded.alpha)]))
    return Image.fromarray(rgb[..., 0]) if loaded.meta.is_gray else Image.fromarray(rgb)


def finish(
    output: np.ndarray, source: LoadedImage, size_px: tuple[int, int], *, may_colour: bool
) -> tuple[LoadedImage, tuple[str, ...]]:
    """``output`` [H, W, 3] at (width, height) ``size_px`` with the transparency and greyness of ``source``; and notes.

    A network that answers in RGB leaves a tint of a level or two on black-and-white images: it is removed, in place,
    unless a sentence ``may_colour`` and did.
    """
    meta = source.meta
    notes: tuple[str, ...] = ()
    if meta.is_gray or _is_neutral(source.opaque_rgb):  # grey stored as RGB stays RGB, and grey
        if not (may_colour and _is_coloured(output)):
            _remove_tint(output)
        elif meta.is_gray:
            meta = replace(meta, is_gray=False)
            notes = ("The prompt coloured a grey image; the result is RGB.",)
    alpha = None if source.alpha is None else bilinear(source.alpha, size_px)
    return LoadedImage(lanczos(output, size_px), alpha, meta), notes


def _is_neutral(rgb: np.ndarray) -> bool:
    """Whether every pixel of ``rgb`` [H, W, 3] is grey, up to the rounding of a JPEG or a colour profile."""
    tolerance = 1 if rgb.dtype == np.uint8 else 16
    return all(np.ptp(band, axis=2).max() <= tolerance for band in _bands(rgb))


def _is_coloured(rgb: np.ndarray) -> bool:
    """Whether ``rgb`` [H, W, 3] is more than slightly tinted, judged on a regular sample of its pixels."""
    step = math.isqrt(rgb.shape[0] * rgb.shape[1] // _SAMPLE_PIXELS) + 1
    sample = rgb[::step, ::step]
    return float(np.ptp(sample, axis=2).mean()) > COLOURED_ABOVE * np.iinfo(rgb.dtype).max


def _remove_tint(rgb: np.ndarray) -> None:
    """Every pixel to its luma, in place."""
    for band in _bands(rgb):
        band[:] = luma(band)[..., None]


def _bands(rgb: np.ndarray) -> list[np.ndarray]:
    """Views of some rows each, so that little memory is needed beside ``rgb``."""
    return [rgb[rows] for rows in bands_of_rows(len(rgb))]
