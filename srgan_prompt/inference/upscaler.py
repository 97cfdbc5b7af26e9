"""The Python entrance: a model once, then any number of images and prompts.

    upscaler = Upscaler.from_pretrained()
    upscaler("photo.jpg", "remove the noise, a bit warmer").save("photo_x4.png")

It may be sent to other processes (``spawn``), and used in forked children, on one thread there and not on a GPU.
Images come in any form (see ``images.read.as_loaded``); results keep depth, transparency, greyness, profile and EXIF.
"""

import tempfile
import time
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, cast, overload

from srgan_prompt.errors import PromptWarning, UsageError
from srgan_prompt.inference.engine import SelfEnsemble
from srgan_prompt.inference.load import LoadedModel, load, packaged_encoder
from srgan_prompt.inference.region import Region
from srgan_prompt.inference.result import UpscaleResult
from srgan_prompt.inference.stages import Asked, ImageOptions, upscale_image, upscale_with_receipt
from srgan_prompt.inference.tiled import Progress, TileLimit
from srgan_prompt.prompts.interpretation import Interpretation, interpret
from srgan_prompt.prompts.prompt import Prompt, PromptLike, is_one_prompt, one_for_each, read_prompt
from srgan_prompt.prompts.prompt_encoder import PromptEncoder
from srgan_prompt.prompts.reading import PackagedReader, PromptReader

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
    receipt: bool
    progress: Progress | None


class Upscaler:
    """A loaded model. Build it by ``from_pretrained``, or ``from_generator`` for a network at hand."""

    def __init__(self, model: LoadedModel) -> None:
        self.model = model
        self._limit = TileLimit()

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

        With a list of images, one prompt is for all of them, and a list of prompts gives each image its own.

        Args:
            image: path, file content, Pillow image, numpy array, torch tensor or ``LoadedImage``, or a list of them.
            prompt: None for the default request (clean up, natural detail), "" for plain faithful upscaling, a
                sentence, a list of clauses or (clause, weight), or a ``Prompt`` that was read before.
            strength: 0 (bit-equal to the empty prompt) to 2; 1 is as worded, above 1 exaggerates.
            negative: what the prompt must not do.
            region: where the prompt acts, in input pixels: box, polygon or mask; outside nothing differs from "".
            scale: output side / input side; None is what the sentence says ("twice as big", "to 4K"), else the
                network's own. Those that it has no tail for are resampled from the next larger, see ``scales``.
            size_px: (width, height) of the result instead of ``scale``.
            tile: side in input pixels, "auto" or "off".
            overlap: input pixels around each tile; None is enough for tiles to equal the whole.
            self_ensemble: the mean over eight flips and turns: more faithful, in eight times the time.
            receipt: also upscale with the empty prompt, and measure the difference: see ``UpscaleResult.receipt``.
            progress: called with (tiles done, tiles in all), and once more from the start for the receipt.

        Raises InputImageError, UsageError, ModelError or MemoryLimitError: one sentence on what is wrong. Warns by
        PromptWarning of what does nothing or may have been misread in the prompt; ``notes`` say so too.
        """
        upscale_one = partial(
            upscale_with_receipt if receipt else upscale_image,
            options=ImageOptions(region, scale, size_px, tile, overlap, progress),
            model=self.model.name,
            engine=SelfEnsemble(self.model.engine) if self_ensemble else self.model.engine,
            limit=self._limit,
        )
        if not isinstance(image, list | tuple):
            one = cast("PromptLike", prompt)  # as the overloads say; reading it refuses anything else
            return upscale_one(image, self._understand(one, strength, negative))
        if is_one_prompt(prompt):
            asked = self._understand(prompt, strength, negative)
            return [upscale_one(each, asked) for each in image]
        prompts = one_for_each(cast("Sequence[PromptLike]", prompt), len(image))
        understood = [self._understand(each, strength, negative) for each in prompts]
        return [upscale_one(each, asked) for each, asked in zip(image, understood, strict=True)]

    def _understand(self, prompt: PromptLike, strength: float, negative: str | None) -> Asked:
        """What is asked for; what is not understood is warned of where the caller called."""
        start_s = time.perf_counter()
        asked = read_prompt(prompt, strength, negative)
        interpretation = self.interpret(asked)
        notes = (*asked.notes, *interpretation.notes)
        for note in notes:
            warnings.warn(note, PromptWarning, stacklevel=3)
        return Asked(asked, interpretation, str(asked), notes, time.perf_counter() - start_s)

    def interpret(self, asked: Prompt) -> Interpretation:
        """What the engine is run with for a prompt, and what the user should know about it."""
        return interpret(asked, self.model.engine, self.model.reader, self.model.sentences)

    @property
    def scale(self) -> int:
        """Output side / input side of a result, unless another size is asked for."""
        return self.model.engine.facts.scale

    @property
    def scales(self) -> tuple[int, ...]:
        """All that the network has a tail for, the smallest first."""
        return self.model.engine.facts.scales

    def save_pretrained(self, folder: str | Path, *, overwrite: bool = False) -> None:
        """Write a model folder that ``from_pretrained`` reads. Raises OutputError or UsageError."""
        _save(self.model, Path(folder), overwrite=overwrite)

    def push_to_hub(self, repo_id: str, *, private: bool = False) -> str:
        """Publish the model on the Hugging Face hub; returns the address of the commit. Raises OutputError."""
        from srgan_prompt.checkpoints.card import push_to_hub

        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / repo_id.rpartition("/")[2]
            self.save_pretrained(folder)
            return push_to_hub(folder, repo_id, private=private)

    def __repr__(self) -> str:
        return f"Upscaler({self.model.name!r}, x{self.scale}, {self.model.engine.name})"


def _save(model: LoadedModel, folder: Path, *, overwrite: bool = False) -> None:
    """Write ``model`` as a model folder, with the card and measurements of the folder that it came from.

    Raises:
        OutputError: the folder exists or cannot be written.
        UsageError: the model has no weights of ours.
    """
    from srgan_prompt.checkpoints.card import model_card
    from srgan_prompt.checkpoints.model import load_model, save_model
    from srgan_prompt.inference.torch_engine import TorchEngine

    if not isinstance(model.engine, TorchEngine):
        raise UsageError(f"{model.name} is no torch model of srgan_prompt; only those are saved as a folder.")
    origin = load_model(model.folder) if model.folder else None
    config = model.engine.generator.config
    save_model(
        folder,
        model.engine.generator.state_dict(),
        config.model_dump(mode="json"),
        (model.folder / "README.md").read_text("utf-8")
        if model.folder and (model.folder / "README.md").is_file()
        else model_card(
            name=folder.name,
            summary="Saved from Python; nothing was measured on it.",
            scale=config.scale,
            licence="MIT",
            datasets=(),
            metrics={},
            protocol="Nothing was measured.",
            limits=("Not tested.",),
        ),
        extra_documents=origin.documents if origin else None,
        train_step=origin.manifest.step if origin else 0,
        encoder=model.encoder,
        overwrite=overwrite,
    )
