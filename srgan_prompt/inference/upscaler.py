"""The Python entrance: a model once, then any number of pictures and prompts.

    upscaler = Upscaler.from_pretrained()
    upscaler("photo.jpg", "remove the noise, a bit warmer").save("photo_x4.png")

It may be sent to other processes (``spawn``), and used in forked children, on one thread there and not on a GPU.
Pictures come in whatever form (see ``inputs``); results keep depth, transparency, greyness, profile and EXIF.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast, overload

import numpy as np

from srgan_prompt.errors import PromptWarning
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.inference.engine import Engine, PromptEmbedding, SelfEnsemble
from srgan_prompt.inference.finish import is_coloured, is_neutral, remove_tint, result_size_px
from srgan_prompt.inference.inputs import as_loaded, working_pixels
from srgan_prompt.inference.load import LoadedModel, load, save
from srgan_prompt.inference.region import Region, region_weights
from srgan_prompt.inference.resize import bilinear, lanczos
from srgan_prompt.inference.result import UpscaleResult, UpscaleSettings
from srgan_prompt.inference.tiled import PictureRun, Progress, Tiling, check_tiling, choose_tiling
from srgan_prompt.prompts.interpretation import Interpretation, interpret
from srgan_prompt.prompts.prompt import Prompt, PromptLike, is_one_prompt, one_for_each, read_prompt
from srgan_prompt.prompts.prompt_encoder import BertPromptEncoder, PackagedReader, PromptEncoder
from srgan_prompt.prompts.reading import PromptReader

if TYPE_CHECKING:
    from srgan_prompt.models.generator import Generator


class UpscaleOptions(TypedDict, total=False):
    """See ``Upscaler.__call__``."""

    strength: float
    negative: str | None
    region: Region | None
    scale: float | None
    size_px: tuple[int, int] | None
    tile: int | str
    overlap: int | None
    self_ensemble: bool
    progress: Progress | None


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
        text_encoder: str | Path | None = None,
    ) -> "Upscaler":
        """The shipped weights, a model folder, a hub id, or a file; see ``load.load`` for arguments and errors."""
        options = {"device": device, "precision": precision, "engine": engine, "threads": threads}
        return cls(load(source, revision, text_encoder=text_encoder, **options))

    @classmethod
    def from_generator(
        cls,
        generator: "Generator",
        sentences: PromptEncoder | None = None,
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
        return cls(LoadedModel(engine, sentences or BertPromptEncoder(), name, reader=reader or PackagedReader()))

    @overload
    def __call__(
        self,
        image: list[Any] | tuple[Any, ...],
        prompt: PromptLike | Sequence[PromptLike] = None,
        **options: Unpack[UpscaleOptions],
    ) -> list[UpscaleResult]: ...

    @overload
    def __call__(self, image: Any, prompt: PromptLike = None, **options: Unpack[UpscaleOptions]) -> UpscaleResult: ...

    def __call__(
        self,
        image: Any,
        prompt: PromptLike | Sequence[PromptLike] = None,
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

        With a list of images, a list of prompts gives each image its own; a list of (clause, weight) is one prompt.

        Args:
            image: path, file content, Pillow image, numpy array, torch tensor or ``LoadedImage``, or a list of them.
            prompt: None for the default request (clean up, natural detail), "" for plain faithful enlargement, a
                sentence with any number of clauses, or a list of clauses or (clause, weight). For a list of images: one
                prompt for all, or a list of prompts, one for each.
            strength: 0 (bit-equal to the empty prompt) to 2; 1 is as worded, above 1 exaggerates.
            negative: what the prompt must not do.
            region: where the prompt acts, in input pixels: box, polygon or mask; outside nothing differs from "".
            scale: output side / input side; None is what the sentence says ("twice as big", "to 4K"), else the
                network's own. Others are resampled from that.
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
        check_tiling(tile, overlap)
        options = _Options(region, scale, size_px, tile, overlap, self_ensemble, progress)
        if not isinstance(image, list | tuple):
            one = cast("PromptLike", prompt)  # as the overloads say; reading it refuses anything else
            return self._fill(image, self._order(one, strength, negative, options))
        if is_one_prompt(prompt):
            orders = [self._order(prompt, strength, negative, options)] * len(image)
        else:
            prompts = one_for_each(cast("Sequence[PromptLike]", prompt), len(image))
            orders = [self._order(each, strength, negative, options) for each in prompts]
        return [self._fill(each, order) for each, order in zip(image, orders, strict=True)]

    def _order(self, prompt: PromptLike, strength: float, negative: str | None, options: "_Options") -> "_Order":
        """What is asked for, understood; what is not is warned of where the caller called."""
        start_s = time.perf_counter()
        asked = read_prompt(prompt, strength, negative)
        interpretation = self.interpret(asked)
        for note in (*asked.notes, *interpretation.notes):
            warnings.warn(note, PromptWarning, stacklevel=3)
        return _Order(asked, interpretation, time.perf_counter() - start_s, options)

    def interpret(self, asked: Prompt) -> Interpretation:
        """What the engine is run with for a prompt, and what the user should know about it."""
        return interpret(asked, self.model)

    @property
    def scale(self) -> int:
        """Output side / input side of the network itself."""
        return self.model.engine.scale

    def save_pretrained(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a model folder that ``from_pretrained`` reads. Raises OutputError or UsageError."""
        save(self.model, Path(folder), overwrite=overwrite)

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
        pixels, curve = working_pixels(source)
        size_px = result_size_px(
            (source.width_px, source.height_px),
            self.scale,
            order.options.scale,
            order.options.size_px,
            order.prompt.size,
        )
        weights = (
            None
            if order.options.region is None
            else region_weights(order.options.region, source.width_px, source.height_px)
        )
        clock.lap("read")
        engine: Engine = SelfEnsemble(self.model.engine) if order.options.self_ensemble else self.model.engine
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
        notes = (*source.meta.notes, *order.prompt.notes, *order.interpretation.notes, *tile_notes, *colour_notes)
        return UpscaleResult(loaded, source, settings, clock.timings(), notes, order.interpretation.readings)

    def _run_network(
        self,
        engine: Engine,
        working: tuple[LoadedImage, np.ndarray | None],
        guidance: PromptEmbedding | None,
        weights: np.ndarray | None,
        order: "_Order",
    ) -> tuple[np.ndarray, Tiling]:
        """The picture at the network's scale, and the tiling that memory allowed."""
        source, curve = working
        rgb = source.opaque_rgb
        height_px, width_px = rgb.shape[:2]
        tiling = choose_tiling(engine, height_px, width_px, order.options.tile, order.options.overlap)
        # Memory ran out before: do not try that size again.
        if self._tile_that_fits_px and order.options.tile == "auto":
            tiling = replace(tiling, tile_px=min(self._tile_that_fits_px, tiling.tile_px or self._tile_that_fits_px))
        run = PictureRun(engine, rgb, guidance, weights, curve=curve, progress=order.options.progress)
        went_through = run.run(tiling)
        if went_through != tiling:
            self._tile_that_fits_px = went_through.tile_px
        return run.canvas, went_through


@dataclass(frozen=True)
class _Options:
    """The arguments of one call that have nothing to do with its prompt."""

    region: Region | None
    scale: float | None
    size_px: tuple[int, int] | None
    tile: int | str
    overlap: int | None
    self_ensemble: bool
    progress: Progress | None


@dataclass(frozen=True)
class _Order:
    """A prompt, understood as far as it can be without the picture, with the other arguments."""

    prompt: Prompt
    interpretation: Interpretation
    text_s: float
    options: _Options


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
