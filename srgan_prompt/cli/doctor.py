"""``srgan-prompt doctor``: what is installed, found and free, and one tiny timed run; nothing is downloaded.

And ``srgan-prompt inspect``: what images and models are, as text or JSON.
"""

import json
import os
import platform
import time
from argparse import Namespace
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.cli.console import CommandParser, give
from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.file_engines import FILE_ENGINES

if TYPE_CHECKING:
    from srgan_prompt.inference.load import LoadedModel

_OF_FILE_ENGINES = [package for each in FILE_ENGINES.values() for package in each.packages]
PACKAGES = ("torch", "transformers", "numpy", "Pillow", "safetensors", *_OF_FILE_ENGINES, "spandrel", "lpips")
_RUN_PX = 64
_SENTENCE = "clean it up, a bit warmer, but no sepia please"

_DESCRIPTION = """\
Say what is installed, where the model and BERT were found, how much memory is free, how prompts are read, and how long
one sentence and one tiny image take. Nothing is downloaded. Paste the output into bug reports.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("doctor", "doctor [MODEL]", _DESCRIPTION)
    command.add_argument("model", nargs="?", metavar="MODEL", help="model to run (default: the shipped one)")
    return command


def run(args: Namespace) -> int:
    """Look everything up; 0 if images can be upscaled, else what the model's error says."""
    for title, look in (("Versions", versions), ("Machine", machine), ("Found", assets)):
        _print(title, look())
    # Last, because it may raise: everything else has been said by then.
    _print("Run", timed_run(args.model))
    return 0


def _print(title: str, values: dict[str, str]) -> None:
    width = max(map(len, values))
    lines = [f"  {name:<{width}}  {value}" for name, value in values.items()]
    give("\n".join([title, *lines]) + "\n")


def versions() -> dict[str, str]:
    """Of this package, Python and what it builds on."""
    from srgan_prompt.files import installed_version

    return {"srgan-prompt": installed_version(), "python": platform.python_version()} | {
        name: _version(name) for name in PACKAGES
    }


def machine() -> dict[str, str]:
    """System, processors, device, default precision and threads of torch, free memory."""
    import torch

    from srgan_prompt.inference.tiling import free_bytes, tile_budget_bytes
    from srgan_prompt.inference.torch_engine import choose_device, choose_precision

    device = choose_device("auto")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else platform.processor() or platform.machine()
    return {
        "system": platform.platform(terse=True),
        "device": f"{device.type} ({name})",
        "precision": f"{choose_precision('auto', device)} (bf16 where the device has it in hardware)",
        "threads": f"{torch.get_num_threads()} of {os.cpu_count()}",
        "free memory": f"{free_bytes() / 2**30:.1f} GiB",
        "memory for a tile": f"{tile_budget_bytes() / 2**20:.0f} MiB",
    }


def assets() -> dict[str, str]:
    """Where BERT and the feature networks of training lie, or that they do not."""
    from srgan_prompt.assets.resolve import find_alexnet, find_text_encoder, find_vgg16

    return {
        "BERT (for models of raw embeddings)": _where(find_text_encoder),
        "VGG16 (for training only)": _where(find_vgg16),
        "AlexNet (for LPIPS only)": _where(find_alexnet),
    }


def timed_run(model: str | None = None) -> dict[str, str]:
    """The model, loaded and run twice on a small image; the second time counts. Raises ModelError."""
    import numpy as np

    from srgan_prompt.inference.upscaler import Upscaler

    start_s = time.perf_counter()
    upscaler = Upscaler.from_pretrained(model)
    loaded_s = time.perf_counter() - start_s
    image = np.random.default_rng(0).integers(0, 256, (_RUN_PX, _RUN_PX, 3), np.uint8)
    upscaler(image, "")
    seconds = upscaler(image, "").timings["network"]
    return {
        "model": str(upscaler.model.folder or upscaler.model.name),
        "engine": upscaler.model.engine.name,
        "loading": f"{loaded_s:.2f} s",
        "prompts": _prompts(upscaler.model),
        f"{_RUN_PX} x {_RUN_PX} px x{upscaler.scale}": f"{seconds:.3f} s, {_RUN_PX**2 / seconds / 1e6:.3f} Mpx/s",
    }


def _prompts(model: "LoadedModel") -> str:
    """How sentences are understood; of a reader, the time of the second sentence: the first loads it."""
    facts = model.engine.facts
    if not facts.takes_prompts:
        return f"{facts.why_no_prompts()}; yours was ignored."
    if facts.intents is None:
        return "as raw embeddings: documented wordings offline, others by BERT"
    model.reader.read(["make it brighter"])
    start_s = time.perf_counter()
    model.reader.read([_SENTENCE])
    return f"read offline, {1000 * (time.perf_counter() - start_s):.1f} ms a sentence"


def _where(find: Callable[..., Path]) -> str:
    try:
        return str(find(offline=True))
    except ModelError:
        return "not here; fetched when first needed"


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


_INSPECT_DESCRIPTION = """\
Describe an image (size, pixels, profile, how it was made, what upscaling it takes) or a model (settings, parameters,
manifest, measured figures). A model folder is verified on the way.
"""


def inspect_parser() -> CommandParser:
    """All flags."""
    command = CommandParser("inspect", "inspect FILE|MODEL... [--json]", _INSPECT_DESCRIPTION)
    command.add_argument(
        "sources", nargs="*", metavar="FILE|MODEL", help="image, model folder, hub id, exported file or weights file"
    )
    command.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    command.add_argument("--json", action="store_true", help="one line of JSON each")
    return command


def inspect(args: Namespace) -> int:
    """Describe each; returns the exit code."""
    from srgan_prompt.inference.describe import describe

    if not args.sources:
        raise UsageError("Name an image or a model to inspect.")
    for source in args.sources:
        description = {"source": source} | describe(source, args.revision)
        give((json.dumps(description) if args.json else as_text(description)) + "\n")
    return 0


def as_text(values: dict[str, Any], indent: str = "") -> str:
    """``values`` for people: a line each, nested ones below their name. What is not known is left out."""
    lines = []
    for key, value in values.items():
        name = f"{indent}{key.replace('_', ' ')}"
        if value is None or value in ([], {}):
            continue
        match value:
            case dict():
                lines += [name, as_text(value, indent + "  ").rstrip("\n")]
            case list() | tuple():
                lines.append(f"{name}: {', '.join(map(str, value))}")
            case str() if "\n" in value:
                lines += [name, *(f"{indent}  {line}" for line in value.splitlines())]
            case _:
                lines.append(f"{name}: {value}")
    return "\n".join(lines) + "\n"
