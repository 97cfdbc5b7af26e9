"""What an upscaling gives back: the image, what went in, what was done and how long it took."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import BytesIO
from os import PathLike
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from srgan_prompt.files import installed_version
from srgan_prompt.images.image import LoadedImage, to_uint8
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.receipt import Receipt
from srgan_prompt.prompts.reading import ReadClause, as_json, described

PREVIEW_PIXELS = 2**20


@dataclass(frozen=True)
class UpscaleSettings:
    """Everything that decided the pixels. ``tile_px`` None: the whole image at once.

    ``network_scale``: what the network enlarged by, before its result was resampled to ``size_px``, if it was.
    """

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

        ``provenance`` embeds version, model, its scale, prompt, what it was read as, and strength.

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
        keys = ("model", "engine", "network_scale", "prompt", "negative", "strength", "read_as")
        values = asdict(self.settings) | {"read_as": self.read_as}
        return {"version": installed_version()} | {key: str(values[key]) for key in keys if values[key] != ""}

    def details(self) -> dict[str, Any]:
        """What was done, as plain values (as JSON has them); without pixels."""
        settings = self.settings
        return {
            "input_size_px": (self.source.width_px, self.source.height_px),
            "model": settings.model,
            "engine": settings.engine,
            "network_scale": settings.network_scale,
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


def to_pillow(loaded: LoadedImage) -> Image.Image:
    """``loaded`` as L, RGB or RGBA, 8 bits a channel."""
    loaded = loaded.as_srgb()
    rgb = to_uint8(loaded.rgb)
    if loaded.alpha is not None:
        return Image.fromarray(np.dstack([rgb, to_uint8(loaded.alpha)]))
    return Image.fromarray(rgb[..., 0]) if loaded.meta.is_gray else Image.fromarray(rgb)
