"""An image or a model, described: a name comes in, a tree of plain values (as JSON has them) goes out."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from srgan_prompt.images.read import read_header
from srgan_prompt.inference.cost import estimate
from srgan_prompt.inference.file_engines import FileEngine
from srgan_prompt.inference.load import resolve

Description = dict[str, Any]
_MEASURED = re.compile(r"^## Measured\s*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


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
    cost = estimate(facts, size_px, (size_px[0] * facts.scale, size_px[1] * facts.scale), precision="auto")
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
    of_any = {
        "file": str(path),
        "num_bytes": sum(each.stat().st_size for each in runtime.files(path)),
        "engine": engine.name,
        "scale": facts.scale,
    }
    if facts.is_foreign:
        return {"kind": "model of another project", **of_any, "prompts": "ignored"}
    return {
        "kind": "exported model",
        **of_any,
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
