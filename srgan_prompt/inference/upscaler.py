"""The Python entrance: a model once, then any number of pictures and prompts.

    upscaler = Upscaler.from_pretrained()
    upscaler("photo.jpg", "remove the noise, a bit warmer").save("photo_x4.png")

Pictures come in whatever form (see ``inputs``); results keep depth, transparency, greyness, profile and EXIF.
"""

import math
import time
import warnings
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from srgan_prompt.errors import PromptWarning, UsageError
from srgan_prompt.images.color import neutral_curve
from srgan_prompt.images.loaded import LoadedImage
from srgan_prompt.inference import loading
from srgan_prompt.inference.engine import Engine, Guidance
from srgan_prompt.inference.enlarge import PictureRun, Progress, Tiling, choose_tiling
from srgan_prompt.inference.gray import is_coloured, is_neutral, remove_tint
from srgan_prompt.inference.inputs import as_loaded
from srgan_prompt.inference.interpretation import Interpretation, interpret
from srgan_prompt.inference.loading import LoadedModel
from srgan_prompt.inference.prompts import Prompt, PromptLike, read_prompt
from srgan_prompt.inference.region import Region, region_weights
from srgan_prompt.inference.resize import bilinear, lanczos
from srgan_prompt.inference.result import UpscaleResult, UpscaleSettings
from srgan_prompt.inference.self_ensemble import SelfEnsemble
from srgan_prompt.inference.sentences import BertSentences, PackagedReader, Sentences
from srgan_prompt.prompts.reading import PromptReader

if TYPE_CHECKING:
    from srgan_prompt.models.generator import Generator

MAX_SCALE = 64


class Upscaler:
    """A loaded model. Build it by ``from_pretrained``, or ``from_generator`` for a network at hand."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._tile_that_fits_px: int | None = None

    @classmethod
    def from_pretrained(
        cls,
        source: str | Path | None = None,
        revision: str | None = None,
        *,
        device: str = "auto",
        precision: str = "auto",
        engine: str = "torch",
        threads: int | None = None,
    ) -> "Upscaler":
        """The shipped weights, a model folder, a hub id, or a file; see ``loading.load`` for arguments and errors."""
        options = {"device": device, "precision": precision, "engine": engine, "threads": threads}
        return cls(loading.load(source, revision, **options))

    @classmethod
    def from_generator(
        cls,
        generator: "Generator",
        sentences: Sentences | None = None,
        *,
        reader: PromptReader | None = None,
        device: str = "cpu",
        precision: str = "auto",
    ) -> "Upscaler":
        """A network at hand, put into evaluation mode.

        ``sentences``: the encoder that a network of raw embeddings was trained with (None: the package's BERT);
        ``reader``: what turns sentences into readings for a network conditioned on them (None: the package's).
        """
        from srgan_prompt.inference.torch_engine import TorchEngine

        engine = TorchEngine(generator, device, precision)
        name = type(generator).__name__
        return cls(LoadedModel(engine, sentences or BertSentences(), name, reader=reader or PackagedReader()))

    def __call__(
        self,
        image: Any,
        prompt: PromptLike = None,
        *,
        strength: float = 1.0,
        negative: str | None = None,
        region: Region | None = None,
        scale: float | None = None,
        size_px: tuple[int, int] | None = None,
        tile: int | str = "auto",
        overlap: int | None = None,
        self_ensemble: bool = False,
        progress: Progress | None = None,
    ) -> UpscaleResult | list[UpscaleResult]:
        """Enlarge ``image`` as ``prompt`` asks; a list of images gives a list of results.

        Args:
            image: path, file content, Pillow image, numpy array, torch tensor or ``LoadedImage``, or a list of them.
            prompt: None for the default request (clean up, natural detail), "" for plain faithful enlargement, a
                sentence with any number of clauses, or a list of clauses or (clause, weight).
            strength: 0 (bit-equal to the empty prompt) to 10; 1 is as worded, above 1 exaggerates.
            negative: what the prompt must not do.
            region: where the prompt acts, in input pixels: box, polygon or mask; outside nothing differs from "".
            scale: output side / input side; None is the network's own. Others are resampled from that.
            size_px: (width, height) of the result instead of ``scale``.
            tile: side in input pixels, "auto" or "off".
            overlap: input pixels around each tile; None is enough for tiles to equal the whole.
            self_ensemble: the mean over eight flips and turns: more faithful, in eight times the time.
            progress: called with (tiles done, tiles in all).

        Raises:
            InputImageError, UsageError, ModelError, MemoryLimitError: one sentence each on what is wrong.

        Warns:
            PromptWarning: the prompt, or a part of it, does nothing or may have been misread; ``notes`` say so too.
        """
        _check_tiling(tile, overlap)
        start_s = time.perf_counter()
        asked = read_prompt(prompt, strength, negative)
        interpretation = self.interpret(asked)
        text_s = time.perf_counter() - start_s
        for note in interpretation.notes:
            warnings.warn(note, PromptWarning, stacklevel=2)
        order = _Order(asked, interpretation, text_s, region, scale, size_px, tile, overlap, self_ensemble, progress)
        if isinstance(image, list | tuple):
            return [self._fill(each, order) for each in image]
        return self._fill(image, order)

    def interpret(self, asked: Prompt) -> Interpretation:
        """What the engine is run with for a prompt, and what the user should know about it."""
        return interpret(asked, self.model)

    @property
    def scale(self) -> int:
        """Output side / input side of the network itself."""
        return self.model.engine.scale

    def save_pretrained(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a model folder that ``from_pretrained`` reads. Raises OutputError or UsageError."""
        loading.save(self.model, Path(folder), overwrite=overwrite)

    def push_to_hub(self, repo_id: str, *, private: bool = False) -> str:
        """Publish the model on the Hugging Face hub; returns the address of the commit. Raises OutputError."""
        import tempfile

        from srgan_prompt.checkpoints.hub import push_to_hub

        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / repo_id.rpartition("/")[2]
            self.save_pretrained(folder)
            return push_to_hub(folder, repo_id, private=private)

    def __repr__(self) -> str:
        return f"Upscaler({self.model.name!r}, x{self.scale}, {self.model.engine.name})"

    def _fill(self, image: Any, order: "_Order") -> UpscaleResult:
        """One picture through all stages, each timed."""
        clock, guidance = _Clock({"text": order.text_s}), order.interpretation.guidance
        source = as_loaded(image)
        pixels, curve = _working_pixels(source)
        size_px = result_size_px(source, self.scale, order.scale, order.size_px)
        weights = None if order.region is None else region_weights(order.region, source.width_px, source.height_px)
        clock.lap("read")
        engine = SelfEnsemble(self.model.engine) if order.self_ensemble else self.model.engine
        canvas, tiling = self._run_network(engine, (pixels, curve), guidance, weights, order)
        clock.lap("network")
        may_colour = guidance is not None and not order.prompt.is_default
        loaded, colour_notes = _finish(canvas, pixels, size_px, may_colour=may_colour)
        clock.lap("finish")
        settings = UpscaleSettings(
            model=self.model.name,
            engine=engine.name,
            prompt=str(order.prompt),
            negative=order.prompt.negative,
            strength=order.prompt.strength,
            network_scale=self.scale,
            size_px=size_px,
            tile_px=tiling.tile_px,
            overlap_px=tiling.overlap_px,
        )
        tile_notes = [engine.tiles_differ] if tiling.tile_px and engine.tiles_differ else []
        notes = (*source.meta.notes, *order.interpretation.notes, *tile_notes, *colour_notes)
        return UpscaleResult(loaded, source, settings, clock.timings(), notes, order.interpretation.readings)

    def _run_network(
        self,
        engine: Engine,
        working: tuple[LoadedImage, np.ndarray | None],
        guidance: Guidance | None,
        weights: np.ndarray | None,
        order: "_Order",
    ) -> tuple[np.ndarray, Tiling]:
        """The picture at the network's scale, and the tiling that memory allowed."""
        source, curve = working
        rgb = source.opaque_rgb
        tiling = choose_tiling(engine, *rgb.shape[:2], order.tile, order.overlap)
        if self._tile_that_fits_px and order.tile == "auto":  # memory ran out before: do not try that size again
            tiling = replace(tiling, tile_px=min(self._tile_that_fits_px, tiling.tile_px or self._tile_that_fits_px))
        run = PictureRun(engine, rgb, guidance, weights, curve=curve, progress=order.progress)
        went_through = run.run(tiling)
        if went_through != tiling:
            self._tile_that_fits_px = went_through.tile_px
        return run.canvas, went_through


@dataclass(frozen=True)
class _Order:
    """The arguments of one call, checked and understood as far as they can be without the picture."""

    prompt: Prompt
    interpretation: Interpretation
    text_s: float
    region: Region | None
    scale: float | None
    size_px: tuple[int, int] | None
    tile: int | str
    overlap: int | None
    self_ensemble: bool
    progress: Progress | None


class _Clock:
    """Seconds by stage; ``before``: of stages that are over."""

    def __init__(self, before: dict[str, float]) -> None:
        self._before, self._laps = before, [("start", time.perf_counter())]

    def lap(self, stage: str) -> None:
        self._laps.append((stage, time.perf_counter()))

    def timings(self) -> dict[str, float]:
        laps = {stage: end_s - start_s for (_, start_s), (stage, end_s) in pairwise(self._laps)}
        stages = self._before | laps
        return stages | {"total": sum(stages.values())}


def _working_pixels(source: LoadedImage) -> tuple[LoadedImage, np.ndarray | None]:
    """What the network works on, and its curve to sRGB's: the profile's own values, so that none is clipped to sRGB.

    Profiles whose greys are not grey go through sRGB.
    """
    native = source.as_native()
    if not native.meta.is_native:
        return source, None
    curve = neutral_curve(native.meta.icc_profile)
    return (source.as_srgb(), None) if curve is None else (native, curve)


def result_size_px(
    source: LoadedImage, network_scale: int, scale: float | None, size_px: tuple[int, int] | None
) -> tuple[int, int]:
    """(width, height) of the result. Raises UsageError for a scale or size that no picture can have."""
    if size_px is not None:
        if scale is not None or not _is_size(size_px):
            raise UsageError("Give either a scale or a size (width, height) of at least 1 x 1 whole pixels.")
        return int(size_px[0]), int(size_px[1])
    factor = network_scale if scale is None else scale
    if not isinstance(factor, int | float | np.number) or not math.isfinite(factor) or not 0 < factor <= MAX_SCALE:
        raise UsageError(f"Scale {factor!r} is not a number above 0 and at most {MAX_SCALE}.")
    return max(1, round(source.width_px * factor)), max(1, round(source.height_px * factor))


def _finish(
    canvas: np.ndarray, source: LoadedImage, size_px: tuple[int, int], *, may_colour: bool
) -> tuple[LoadedImage, list[str]]:
    """The canvas at its final size, with the source's transparency and greyness."""
    meta, notes = source.meta, []
    if meta.is_gray or is_neutral(source.opaque_rgb):  # grey stored as RGB stays RGB, and grey
        if not (may_colour and is_coloured(canvas)):
            remove_tint(canvas)
        elif meta.is_gray:
            meta = replace(meta, is_gray=False)
            notes.append("The prompt coloured a grey picture; the result is RGB.")
    alpha = None if source.alpha is None else bilinear(source.alpha, size_px)
    return LoadedImage(lanczos(canvas, size_px), alpha, meta), notes


def _is_size(size_px: Any) -> bool:
    if not isinstance(size_px, tuple | list) or len(size_px) != 2:
        return False
    return all(isinstance(side, int | np.integer) and side >= 1 for side in size_px)


def _check_tiling(tile: int | str, overlap: int | None) -> None:
    if tile not in ("auto", "off") and (not isinstance(tile, int) or tile < 1):
        raise UsageError(f"Tile {tile!r} is not a side in pixels, 'auto' or 'off'.")
    if overlap is not None and (not isinstance(overlap, int) or overlap < 0):
        raise UsageError(f"Overlap {overlap!r} is not a number of pixels, 0 or more.")
