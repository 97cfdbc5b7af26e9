"""A model in. What a caller named -> what is known of it before it is loaded -> an engine, and what sentences need.

It may be in this package, in a folder, on the hub, in an exported file, or be weights of another project.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from srgan_prompt.errors import ConfigError, ModelError, UsageError
from srgan_prompt.files import SHIPPED_MODEL
from srgan_prompt.inference.engine import Engine, NetworkFacts
from srgan_prompt.inference.file_engines import FILE_ENGINES, FileEngine, file_engine_of
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

FOREIGN_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")


@dataclass(frozen=True)
class ModelSource:
    """What a caller named, resolved but not loaded: ``kind`` says what, ``runtime`` what runs an exported file."""

    source: str | Path | None
    revision: str | None
    kind: Literal["ours", "exported", "foreign"]
    runtime: FileEngine | None = None

    def known_facts(self) -> NetworkFacts | None:
        """What its settings say, if they are known; see ``known_settings``."""
        settings = self.known_settings()
        return None if settings is None else NetworkFacts.of(settings)

    def known_settings(self) -> "GeneratorConfig | None":
        """Its settings, where they lie on this machine and need no loading; else None.

        Raises ModelError if they cannot be used.
        """
        path = None if self.kind == "exported" else self._config_path()
        if path is None:
            return None
        from srgan_prompt.checkpoints.format import read_json

        try:
            settings: Any = read_json(path.read_bytes(), path)
        except OSError as error:
            raise ModelError(f"{path}: cannot be read ({error.strerror}); name a model folder.") from None
        if isinstance(settings, dict) and "generator" in settings:  # of a training run: a section
            settings = settings["generator"]
        from srgan_prompt.network_config import GeneratorConfig, parse

        try:
            return parse(GeneratorConfig, settings, str(path))
        except ConfigError as error:
            raise ModelError(str(error)) from None

    def assumed_facts(self) -> NetworkFacts:
        """Those of the default network, for want of better ones; of another project's, its scale and operations.

        Raises ModelError for an ncnn file that is missing or damaged.
        """
        from srgan_prompt.network_config import GeneratorConfig

        ours = NetworkFacts.of(GeneratorConfig())
        return (
            replace(NetworkFacts.of_foreign(ours.scale), flops_per_px=ours.flops_per_px) if self._is_foreign else ours
        )

    @property
    def _is_foreign(self) -> bool:
        if self.source is None:
            return False
        path = Path(self.source)
        if path.suffix.lower() != FILE_ENGINES["ncnn"].suffix:
            return path.suffix.lower() in FOREIGN_SUFFIXES
        from srgan_prompt.inference.ncnn.engine import read_facts

        return read_facts(path) is None

    def _config_path(self) -> Path | None:
        """``config.json``, if it lies on this machine."""
        folder = SHIPPED_MODEL if self.source is None else Path(self.source).expanduser()
        if folder.is_dir():
            from srgan_prompt.checkpoints.format import settings_of

            return settings_of(folder)
        if self.source is None or folder.exists() or folder.suffix:
            return None
        from huggingface_hub import try_to_load_from_cache
        from huggingface_hub.errors import HFValidationError

        try:
            cached = try_to_load_from_cache(str(self.source), "config.json", revision=self.revision)
        except HFValidationError:
            raise ModelError(
                f"There is no model folder {str(self.source)!r}, and that is no hub id of the form owner/name."
            ) from None
        return Path(cached) if isinstance(cached, str) else None


def resolve(source: str | Path | None = None, revision: str | None = None, engine: str = "torch") -> ModelSource:
    """See ``load`` for the arguments. Raises UsageError for one that does not exist or does not fit."""
    if source is not None and not (isinstance(source, str | Path) and str(source)):
        raise UsageError(f"{source!r} is no model; give a folder, a hub id or a file.")
    if engine != "torch" and engine not in FILE_ENGINES:
        raise UsageError(f"Engine '{engine}' is not known; use one of {', '.join(('torch', *FILE_ENGINES))}.")
    suffix = "" if source is None else Path(source).suffix.lower()
    runtime = FILE_ENGINES.get(engine) or (None if source is None else file_engine_of(source))
    if revision is not None and (suffix in FOREIGN_SUFFIXES or (source and file_engine_of(source))):
        raise UsageError(f"A revision is of a model on the hub, and {source} is a file; leave it out.")
    if runtime:
        return ModelSource(source, revision, "exported", runtime)
    is_foreign = source is not None and suffix in FOREIGN_SUFFIXES and Path(source).is_file()
    return ModelSource(source, revision, "foreign" if is_foreign else "ours")


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
    from srgan_prompt.inference.exported import ExportedEngine
    from srgan_prompt.inference.onnx.engine import OnnxPromptEncoder

    if text_encoder is not None:
        raise UsageError(
            f"The {runtime.title} engine takes the text_encoder.onnx beside its file; leave --text-encoder out."
        )
    path = runtime.shipped() if source is None else Path(source)
    engine = runtime.load(path, threads)
    identity = engine.file.encoder if isinstance(engine, ExportedEngine) else None
    return LoadedModel(engine, OnnxPromptEncoder(path.parent, threads, identity), path.name)


def _load_foreign(path: Path, device: str, text_encoder: str | Path | None) -> LoadedModel:
    from srgan_prompt.inference.spandrel_engine import SpandrelEngine

    refuse_encoder(text_encoder, path.name)
    return LoadedModel(SpandrelEngine.load(path, device), BertPromptEncoder(), path.name)
