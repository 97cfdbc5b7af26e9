"""What a caller named, found and described without being loaded: an image, or a model in any of its forms.

A model may be in this package, in a folder, on the hub, in an exported file, or be weights of another project.
A description is a tree of plain values, as JSON has them.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from srgan_prompt.errors import ConfigError, ModelError, UsageError
from srgan_prompt.files import SHIPPED_MODEL
from srgan_prompt.images.read import read_header
from srgan_prompt.inference.cost import estimate
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.file_engines import FILE_ENGINES, FileEngine, file_engine_of

if TYPE_CHECKING:
    from srgan_prompt.network_config import GeneratorConfig

FOREIGN_SUFFIXES = (".pth", ".pt", ".ckpt", ".safetensors")
Description = dict[str, Any]
_MEASURED = re.compile(r"^## Measured\s*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


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
        """Those of the default network, for want of better ones."""
        from srgan_prompt.network_config import GeneratorConfig

        is_foreign = self.source is not None and Path(self.source).suffix.lower() in FOREIGN_SUFFIXES
        return NetworkFacts.of(GeneratorConfig(composition="none") if is_foreign else GeneratorConfig())

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


def describe(source: str, revision: str | None = None) -> Description:
    """What ``source`` is: an image's file, a model folder, a hub id, an exported file or weights of another project.

    A hub model that is not on this machine is fetched. Raises InputImageError or ModelError.
    """
    path = Path(source).expanduser()
    resolved = resolve(path)
    if resolved.runtime:
        return _describe_exported(resolved.runtime, path)
    if resolved.kind == "foreign":
        return _describe_foreign(path)
    if path.is_file() or (not path.is_dir() and (path.suffix or source.count("/") != 1)):
        return _describe_image(path)
    return describe_model(source, revision)


def _describe_image(path: Path) -> Description:
    """Of the file at ``path``, from its header; and what the shipped network would make of it."""
    header = read_header(path)
    size_px = header.width_px, header.height_px
    shipped = resolve()
    facts = shipped.known_facts() or shipped.assumed_facts()
    cost = estimate(facts, size_px, (size_px[0] * facts.scale, size_px[1] * facts.scale))
    return {
        "kind": "picture",
        **{key: value for key, value in asdict(header).items() if key != "name"},
        "upscaled": {
            "size_px": list(cost.result_size_px),
            "num_tiles": cost.num_tiles,
            "tile_px": cost.tile_px,
            "memory_mib": round(cost.memory_bytes / 2**20),
            "time_s": round(cost.time_s, 1),
        },
    }


def describe_model(source: str, revision: str | None = None) -> Description:
    """Of a model folder or hub id, every file of it verified. Raises ModelError."""
    from srgan_prompt.checkpoints.format import CARD_NAME
    from srgan_prompt.checkpoints.model import load_model, resolve_model
    from srgan_prompt.network_config import GeneratorConfig

    folder = resolve_model(source, revision)
    model = load_model(folder)
    config = GeneratorConfig(**model.config)
    card = folder / CARD_NAME
    files = sorted(model.manifest.files.items())
    measured = _MEASURED.search(card.read_text("utf-8", "replace")) if card.is_file() else None
    return {
        "kind": "model",
        "folder": str(folder),
        "num_parameters": sum(tensor.numel() for tensor in model.state.values()),
        "receptive_radius_px": config.receptive_radius_px,
        "text_features": config.text_features,
        "intents": list(config.intents),
        "train_step": model.manifest.step,
        "config": model.config,
        "packages": model.manifest.packages,
        "files": {name: f"{record.size_bytes} bytes, sha256 {record.sha256}" for name, record in files},
        "measured": measured[1].strip() if measured else None,
        "documents": sorted(model.documents),
    }


def _describe_exported(runtime: FileEngine, path: Path) -> Description:
    engine = runtime.load(path)
    facts = engine.facts
    return {
        "kind": "exported model",
        "file": str(path),
        "num_bytes": sum(each.stat().st_size for each in runtime.files(path)),
        "engine": engine.name,
        "scale": facts.scale,
        "receptive_radius_px": facts.receptive_radius_px,
        "text_features": "raw" if facts.intents is None else "reading",
        "intents": list(facts.intents or ()),
        "prompts": "taken" if facts.takes_prompts else f"{facts.why_no_prompts()}.",
    }


def _describe_foreign(path: Path) -> Description:
    from srgan_prompt.inference.spandrel_engine import SpandrelEngine

    engine = SpandrelEngine.load(path, "cpu")
    return {
        "kind": "model of another project",
        "file": str(path),
        "num_bytes": path.stat().st_size,
        "architecture": engine.network.architecture.name,
        "scale": engine.facts.scale,
        "num_parameters": sum(parameter.numel() for parameter in engine.network.model.parameters()),
        "prompts": "ignored",
    }
