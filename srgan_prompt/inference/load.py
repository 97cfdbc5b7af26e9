"""A model in, ready to run: what a caller named (see ``source``) -> an engine with what it needs to know of sentences.

And out again: as a folder, and onto the hub.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from srgan_prompt.errors import UsageError
from srgan_prompt.inference.engine import Engine
from srgan_prompt.inference.file_engines import FileEngine
from srgan_prompt.inference.source import resolve
from srgan_prompt.prompts.prompt_encoder import (
    BertPromptEncoder,
    PromptEncoder,
    TokenEncoder,
    prompt_encoder_of,
    refuse_encoder,
)
from srgan_prompt.prompts.reading import PackagedReader, PromptReader, reading_vectors

if TYPE_CHECKING:
    from srgan_prompt.checkpoints.model import EncoderRecord, ReleasedModel
    from srgan_prompt.network_config import GeneratorConfig


class LoadedModel(NamedTuple):
    """An engine with what it needs to know of sentences: a ``reader`` if it has intents, else their embeddings.

    ``folder`` is the released model that the engine came from, if it did.
    """

    engine: Engine
    sentences: PromptEncoder
    name: str
    folder: Path | None = None
    reader: PromptReader = PackagedReader()

    def embed(self, prompts: Sequence[str]) -> np.ndarray:
        """What the network is given for each of ``prompts``, float32 [n, D]; zeros where nothing is asked.

        Raises ModelError where an embedding cannot be made.
        """
        intents = self.engine.facts.intents
        return self.sentences.embed(prompts) if intents is None else reading_vectors(self.reader, prompts, intents)

    @property
    def takes_embeddings(self) -> bool:
        """Whether sentences reach the network as raw embeddings, or as states of wordpieces."""
        return self.engine.facts.takes_prompts and self.engine.facts.intents is None

    @property
    def encoder(self) -> "EncoderRecord | None":
        """What is recorded of the text encoder in folders and files; None for readings, or if not known."""
        if not self.takes_embeddings:
            return None
        if isinstance(self.sentences, TokenEncoder):
            from srgan_prompt.checkpoints.model import EncoderRecord

            return EncoderRecord.of(self.sentences)
        if not isinstance(self.sentences, BertPromptEncoder):
            return None
        from srgan_prompt.inference.torch_engine import TorchEngine

        if not isinstance(self.engine, TorchEngine):
            return None
        known = self.sentences.name_for(self.engine.generator.config.text_dim)
        if known is None:
            return None
        from srgan_prompt.checkpoints.model import EncoderRecord

        return EncoderRecord(**known._asdict())


def load(
    source: str | Path | None = None,
    revision: str | None = None,
    *,
    device: str = "auto",
    precision: str = "auto",
    engine: str = "torch",
    threads: int | None = None,
    text_encoder: str | Path | None = None,
) -> LoadedModel:
    """The model that ``source`` names, ready to run.

    Args:
        source: None for the shipped weights, a model folder, the folder of a training run or checkpoint, a hub id, an
            exported file (``.onnx``, ``.param``), or a weights file of another project (needs the extra ``import``).
        revision: branch, tag or commit of a hub id.
        device: "auto", "cpu", "cuda", "cuda:1", ... (torch only).
        precision: "auto", "fp32" or "bf16" (torch only).
        engine: "torch"; "onnx", which starts in a third of the time; or "ncnn", the fastest for small images. An
            exported file always means its own.
        threads: on the CPU; None is the engine's own choice. Under torch it holds for the whole process.
        text_encoder: folder or hub id of the BERT that a model of raw embeddings was trained with, if it is not found
            by what the model records (torch only).

    Raises:
        ModelError: the model is missing, damaged or not ours, or the text encoder is missing or another one.
        UsageError: an argument that does not exist or does not fit.
    """
    if threads is not None and not (isinstance(threads, int) and threads >= 1):
        raise UsageError(f"Threads {threads!r} is not a whole number of at least 1.")
    resolved = resolve(source, revision, engine)
    if resolved.runtime:
        return _load_exported(resolved.runtime, source, threads, text_encoder)
    if threads is not None:
        import torch

        torch.set_num_threads(threads)
    if resolved.kind == "foreign":
        return _load_foreign(Path(str(source)), device, text_encoder)
    return _load_ours(source, revision, device, precision, text_encoder)


def packaged_encoder(config: "GeneratorConfig") -> PromptEncoder:
    """What comes with the package for a network of these settings: the reader's states for tokens, else MiniLM."""
    return TokenEncoder(config.text_tokens) if config.text_features == "tokens" else BertPromptEncoder()


def _load_ours(
    source: str | Path | None, revision: str | None, device: str, precision: str, text_encoder: str | Path | None
) -> LoadedModel:
    from srgan_prompt.checkpoints.model import load_model, resolve_model

    folder = resolve_model(source, revision)
    released = load_model(folder)
    # The name goes into every result: a hub id tells more than its cache folder, a local path tells too much.
    is_local = source is None or Path(source).expanduser().is_dir()
    name = folder.resolve().name if is_local else str(source)
    engine = _engine_of(released, folder, device, precision)
    model = LoadedModel(engine, BertPromptEncoder(), name, folder)
    if text_encoder is None and not model.takes_embeddings:
        return model
    return model._replace(sentences=prompt_encoder_of(released, name, text_encoder))


def _engine_of(released: "ReleasedModel", folder: Path, device: str, precision: str) -> Engine:
    from srgan_prompt.checkpoints.folder import load_strict
    from srgan_prompt.inference.torch_engine import TorchEngine
    from srgan_prompt.models.generator import build_generator
    from srgan_prompt.network_config import GeneratorConfig

    generator = build_generator(GeneratorConfig(**released.config))
    load_strict(generator, released.state, f"The weights in {folder}")
    return TorchEngine(generator, device, precision)


def _load_exported(
    runtime: FileEngine, source: str | Path | None, threads: int | None, text_encoder: str | Path | None
) -> LoadedModel:
    from srgan_prompt.inference.onnx.engine import OnnxPromptEncoder

    if text_encoder is not None:
        raise UsageError(
            f"The {runtime.title} engine takes the text_encoder.onnx beside its file; leave --text-encoder out."
        )
    path = runtime.shipped() if source is None else Path(source)
    engine = runtime.load(path, threads)
    return LoadedModel(engine, OnnxPromptEncoder(path.parent, threads, engine.file.encoder), path.name)


def _load_foreign(path: Path, device: str, text_encoder: str | Path | None) -> LoadedModel:
    from srgan_prompt.inference.spandrel_engine import SpandrelEngine

    refuse_encoder(text_encoder, path.name)
    return LoadedModel(SpandrelEngine.load(path, device), BertPromptEncoder(), path.name)


def save(model: LoadedModel, folder: Path, *, overwrite: bool = False) -> None:
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


def publish(model: LoadedModel, repo_id: str, *, private: bool = False) -> str:
    """Put ``model`` on the Hugging Face hub; returns the address of the commit. Raises OutputError."""
    from srgan_prompt.checkpoints.card import push_to_hub

    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / repo_id.rpartition("/")[2]
        save(model, folder)
        return push_to_hub(folder, repo_id, private=private)
