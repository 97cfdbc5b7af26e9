"""The Python entrance: a model once, then any number of images and prompts.

    upscaler = Upscaler.from_pretrained()
    upscaler("photo.jpg", "remove the noise, a bit warmer").save("photo_x4.png")

It may be sent to other processes (``spawn``), and used in forked children, on one thread there and not on a GPU.
Images come in any form (see ``images.read.as_loaded``); results keep depth, transparency, greyness, profile and EXIF.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, Unpack, cast, overload

from srgan_prompt.errors import PromptWarning
from srgan_prompt.images.read import as_loaded
from srgan_prompt.inference.engine import Engine, SelfEnsemble
from srgan_prompt.inference.load import LoadedModel, load, packaged_encoder
from srgan_prompt.inference.receipt import asked_amounts, measure_receipt, why_nothing_acts
from srgan_prompt.inference.region import Region, region_weights
from srgan_prompt.inference.resize import result_size_px
from srgan_prompt.inference.result import StageClock, UpscaleResult, UpscaleSettings, finish
from srgan_prompt.inference.save import publish, save
from srgan_prompt.inference.tiled import Progress, Tiling, check_tiling, choose_tiling, upscale_tiled
from srgan_prompt.prompts.interpretation import Interpretation, interpret
from srgan_prompt.prompts.prompt import Prompt, PromptLike, is_one_prompt, one_for_each, read_prompt
from srgan_prompt.prompts.prompt_encoder import PromptEncoder
from srgan_prompt.prompts.reading import PackagedReader, PromptReader

if TYPE_CHECKING:
    from srgan_prompt.models.generator import Generator


_MAY_NOT_MATCH = "This network looks at the whole image at once, and memory allowed tiles only: they may not match."


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
    receipt: bool
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
        return cls(
            load(
                source,
                revision,
                device=device,
                precision=precision,
                engine=engine,
                threads=threads,
                text_encoder=text_encoder,
            )
        )

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

        ``sentences``: the encoder that a network of raw embeddings was trained with (None: the package's BERT, and the
        package's reader for a network of tokens);
        ``reader``: what turns sentences into readings for a network conditioned on them (None: the package's).
        """
        from srgan_prompt.inference.torch_engine import TorchEngine

        engine = TorchEngine(generator, device, precision)
        name = type(generator).__name__
        sentences = sentences or packaged_encoder(generator.config)
        return cls(LoadedModel(engine, sentences, name, reader=reader or PackagedReader()))

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
        receipt: bool = False,
        progress: Progress | None = None,
    ) -> UpscaleResult | list[UpscaleResult]:
        """Upscale ``image`` as ``prompt`` asks; a list of images gives a list of results.

        With a list of images, a list of prompts gives each image its own; a list of (clause, weight) is one prompt.

        Args:
            image: path, file content, Pillow image, numpy array, torch tensor or ``LoadedImage``, or a list of them.
            prompt: None for the default request (clean up, natural detail), "" for plain faithful upscaling, a
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
            receipt: also upscale with the empty prompt, and measure the difference: see ``UpscaleResult.receipt``.
            progress: called with (tiles done, tiles in all), and once more from the start for the receipt.

        Raises:
            InputImageError, UsageError, ModelError, MemoryLimitError: one sentence each on what is wrong.

        Warns:
            PromptWarning: the prompt, or a part of it, does nothing or may have been misread; ``notes`` say so too.
        """
        check_tiling(tile, overlap)
        upscale_one = partial(
            self._measured if receipt else self._upscale_one,
            region=region,
            scale=scale,
            size_px=size_px,
            tile=tile,
            overlap=overlap,
            engine=SelfEnsemble(self.model.engine) if self_ensemble else self.model.engine,
            progress=progress,
        )
        if not isinstance(image, list | tuple):
            one = cast("PromptLike", prompt)  # as the overloads say; reading it refuses anything else
            return upscale_one(image, self._understand(one, strength, negative))
        if is_one_prompt(prompt):
            understood = [self._understand(prompt, strength, negative)] * len(image)
        else:
            prompts = one_for_each(cast("Sequence[PromptLike]", prompt), len(image))
            understood = [self._understand(each, strength, negative) for each in prompts]
        return [upscale_one(each, prompt) for each, prompt in zip(image, understood, strict=True)]

    def _understand(self, prompt: PromptLike, strength: float, negative: str | None) -> "_Understood":
        """What is asked for; what is not understood is warned of where the caller called."""
        start_s = time.perf_counter()
        asked = read_prompt(prompt, strength, negative)
        interpretation = self.interpret(asked)
        for note in (*asked.notes, *interpretation.notes):
            warnings.warn(note, PromptWarning, stacklevel=3)
        return _Understood(asked, interpretation, time.perf_counter() - start_s)

    def _measured(self, image: Any, understood: "_Understood", **options: Any) -> UpscaleResult:
        """As ``_upscale_one``, with a receipt."""
        unprompted = result = self._upscale_one(image, understood, **options)
        clock = StageClock(result.timings)
        prompt, interpretation, _ = understood
        region, input_px = options["region"], (result.source.width_px, result.source.height_px)
        if acts := interpretation.embedding is not None:
            options |= {"region": None, "scale": None, "size_px": result.settings.size_px}
            unprompted = self._upscale_one(result.source, _Understood(Prompt(), Interpretation(), 0.0), **options)
        receipt = measure_receipt(
            unprompted.loaded,
            result.loaded,
            input_px,
            region=None if region is None else region_weights(region, *input_px),
            asked=asked_amounts(prompt, interpretation.readings),
            reason="" if acts else why_nothing_acts(prompt),
        )
        clock.lap("receipt")
        return replace(result, receipt=receipt, timings=clock.timings())

    def _upscale_one(
        self,
        image: Any,
        understood: "_Understood",
        *,
        region: Region | None,
        scale: float | None,
        size_px: tuple[int, int] | None,
        tile: int | str,
        overlap: int | None,
        engine: Engine,
        progress: Progress | None,
    ) -> UpscaleResult:
        """One image through all stages, each timed: read, network, finish."""
        clock = StageClock({"text": understood.seconds})
        prompt, interpretation = understood.prompt, understood.interpretation
        source = as_loaded(image)
        pixels, curve = source.for_network()
        width_px, height_px = source.width_px, source.height_px
        size_px = result_size_px((width_px, height_px), self.scale, scale, size_px, prompt.size)
        weights = None if region is None else region_weights(region, width_px, height_px)
        clock.lap("read")
        first_tiling = self._tiling(engine, height_px, width_px, tile, overlap)
        output, tiling = upscale_tiled(
            engine,
            pixels.opaque_rgb,
            interpretation.embedding,
            first_tiling,
            region=weights,
            curve=curve,
            progress=progress,
        )
        if tiling != first_tiling:
            self._tile_that_fits_px = tiling.tile_px
        clock.lap("network")
        may_colour = interpretation.embedding is not None and not prompt.is_default
        loaded, colour_notes = finish(output, pixels, size_px, may_colour=may_colour)
        clock.lap("finish")
        settings = UpscaleSettings(
            model=self.model.name,
            engine=engine.name,
            prompt=str(prompt),
            negative=prompt.negative,
            strength=prompt.strength,
            network_scale=self.scale,
            size_px=size_px,
            tile_px=tiling.tile_px,
            overlap_px=tiling.overlap_px,
        )
        tile_notes = (_MAY_NOT_MATCH,) if tiling.tile_px and engine.facts.tiling == "discouraged" else ()
        notes = (*source.meta.notes, *prompt.notes, *interpretation.notes, *tile_notes, *colour_notes)
        return UpscaleResult(loaded, source, settings, clock.timings(), notes, interpretation.readings)

    def _tiling(self, engine: Engine, height_px: int, width_px: int, tile: int | str, overlap: int | None) -> Tiling:
        """Where to begin: not with a size for which memory ran out before."""
        tiling = choose_tiling(engine.facts, height_px, width_px, tile, overlap, budget_bytes=engine.free_bytes())
        if self._tile_that_fits_px and tile == "auto":
            tiling = replace(tiling, tile_px=min(self._tile_that_fits_px, tiling.tile_px or self._tile_that_fits_px))
        return tiling

    def interpret(self, asked: Prompt) -> Interpretation:
        """What the engine is run with for a prompt, and what the user should know about it."""
        return interpret(asked, self.model.engine, self.model.reader, self.model.sentences)

    @property
    def scale(self) -> int:
        """Output side / input side of the network itself."""
        return self.model.engine.facts.scale

    def save_pretrained(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a model folder that ``from_pretrained`` reads. Raises OutputError or UsageError."""
        save(self.model, Path(folder), overwrite=overwrite)

    def push_to_hub(self, repo_id: str, *, private: bool = False) -> str:
        """Publish the model on the Hugging Face hub; returns the address of the commit. Raises OutputError."""
        return publish(self.model, repo_id, private=private)

    def __repr__(self) -> str:
        return f"Upscaler({self.model.name!r}, x{self.scale}, {self.model.engine.name})"


class _Understood(NamedTuple):
    """A prompt, understood as far as it can be without the image, in so many ``seconds``."""

    prompt: Prompt
    interpretation: Interpretation
    seconds: float
