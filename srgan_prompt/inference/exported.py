"""Exported files, whatever runs them: what a file says about itself, the engine that starts there, and their list.

Neither torch nor transformers is needed to run one. A new runtime is a package beside ``onnx`` and ``ncnn`` with an
``ExportedEngine`` and an exporter, and one line in ``FILE_ENGINES``.
"""

import base64
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pkgutil import resolve_name

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference import memory
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW, PromptEmbedding

_PREFIX = "srgan_prompt."
GRAPHS = ("context_graph", "context_input", "intent_graph")  # what ``ExportFacts.graphs`` may hold
_WEIGHTS = Path(__file__).parent.parent / "weights"


@dataclass(frozen=True)
class FileEngine:
    """One runtime of exported files. Its modules are imported when they are needed: some need torch, all a package."""

    name: str
    suffix: str
    precisions: tuple[str, ...]
    runtime: str  # the package that must be installed to run a file
    _load: str
    _export: str

    @property
    def shipped(self) -> Path:
        """Where the package keeps its own network, if it ships one in this format."""
        return _WEIGHTS / f"x4{self.suffix}"

    def load(self, path: Path, threads: int | None = None) -> "ExportedEngine":
        """Raises ModelError: the file is missing, damaged or not ours, or the runtime is not installed."""
        return resolve_name(self._load)(path, threads)

    @property
    def export(self) -> Callable[..., Path]:
        """See ``onnx.export.export_onnx``; all take the same arguments."""
        return resolve_name(self._export)


FILE_ENGINES = {
    each.name: each
    for each in (
        FileEngine(
            "onnx",
            ".onnx",
            ("fp32", "fp16", "int8"),
            "onnxruntime",
            "srgan_prompt.inference.onnx.engine:OnnxEngine.load",
            "srgan_prompt.inference.onnx.export:export_onnx",
        ),
        FileEngine(
            "ncnn",
            ".param",
            ("fp32", "fp16"),
            "ncnn",
            "srgan_prompt.inference.ncnn.engine:NcnnEngine.load",
            "srgan_prompt.inference.ncnn.export:export_ncnn",
        ),
    )
}


def file_engine_of(path: str | Path) -> FileEngine | None:
    """The runtime for files named like ``path``."""
    suffix = Path(path).suffix.lower()
    return next((each for each in FILE_ENGINES.values() if each.suffix == suffix), None)


@dataclass(frozen=True)
class ExportFacts:
    """What a file says about itself, as plain strings in its metadata.

    ``prompt`` None: the network takes sentences of ``text_dim`` numbers; else this prompt is baked in.
    ``intents``: what these numbers are amounts of, in order; None where they are a raw embedding. ``read_as``: what the
    baked prompt was read as, "" for raw embeddings.
    ``encoder``: identity of the text encoder behind raw embeddings, None in files from before it was recorded.
    ``precision`` is "fp32", "fp16" (how the weights are stored) or "int8" (how the trunk computes).
    ``graphs``: small networks that travel in the metadata, by key, where the format holds one network only.
    """

    scale: int
    receptive_radius_px: int
    bytes_per_px: int
    text_dim: int
    prompt: str | None
    version: str
    precision: str = "fp32"
    intents: tuple[str, ...] | None = None
    read_as: str = ""
    encoder: str | None = None
    graphs: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def ignores_prompts(self) -> str | None:
        """See ``Engine.ignores_prompts``."""
        if self.prompt is None:
            return None
        read_as = f" (read as: {self.read_as})" if self.read_as else ""
        held = f"has the prompt '{self.prompt}'{read_as} baked in" if self.prompt else "was exported without prompts"
        return f"This model {held}; yours was ignored."

    def to_metadata(self) -> dict[str, str]:
        """The strings that are stored in the file."""
        values = {
            "scale": str(self.scale),
            "receptive_radius_px": str(self.receptive_radius_px),
            "bytes_per_px": str(self.bytes_per_px),
            "text_dim": str(self.text_dim),
            "version": self.version,
            "precision": self.precision,
            "text_features": "raw" if self.intents is None else "reading",
        }
        if self.intents is not None:
            values["intents"] = ",".join(self.intents)
        optional = {"read_as": self.read_as or None, "encoder": self.encoder, "prompt": self.prompt}
        values |= {key: value for key, value in optional.items() if value is not None}
        values |= {key: base64.b64encode(graph).decode() for key, graph in self.graphs.items()}
        return {_PREFIX + key: value for key, value in values.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> "ExportFacts":
        """Raises ModelError naming ``source`` if the file is not one of ours."""
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        try:
            numbers = {key: int(values[key]) for key in ("scale", "receptive_radius_px", "bytes_per_px", "text_dim")}
            graphs = {key: base64.b64decode(value, validate=True) for key, value in values.items() if key in GRAPHS}
            return cls(
                **numbers,
                prompt=values.get("prompt"),
                version=values["version"],
                precision=values["precision"],
                intents=_intents(values, numbers["text_dim"]),
                read_as=values.get("read_as", ""),
                encoder=values.get("encoder"),
                graphs=graphs,
            )
        except (KeyError, ValueError) as error:
            raise ModelError(
                f"{source} was not exported by srgan_prompt or is damaged ({error}); use `srgan-prompt export`."
            ) from None


def _intents(values: Mapping[str, str], text_dim: int) -> tuple[str, ...] | None:
    if values.get("text_features", "raw") == "raw":  # files from before there were readings do not say
        return None
    intents = tuple(values["intents"].split(","))
    if len(intents) != text_dim:
        raise ValueError(f"{len(intents)} intents for {text_dim} numbers")
    return intents


class ExportedEngine(ABC):
    """An ``Engine`` on the CPU that starts from ``facts`` and runs one image at a time.

    A runtime says how in three methods: ``run_one``, ``context_of`` and ``amounts``.
    """

    tiles_differ: str | None = None

    def __init__(self, name: str, facts: ExportFacts) -> None:
        self.name, self.export_facts = name, facts
        self.scale = facts.scale
        self.receptive_radius_px = facts.receptive_radius_px
        self.bytes_per_px = facts.bytes_per_px
        self.intents = facts.intents
        self.encoder = facts.encoder
        self.ignores_prompts = facts.ignores_prompts

    @abstractmethod
    def run_one(self, image: np.ndarray, prompt: PromptEmbedding | None, context: np.ndarray | None) -> np.ndarray:
        """Image [3, h, w] to [3, s*h, s*w]; ``prompt`` None is the unprompted path, ``context`` None the image's own.

        A file with a baked prompt ignores ``prompt``. Raises MemoryError.
        """

    @abstractmethod
    def context_of(self, image: np.ndarray) -> np.ndarray | None:
        """Image [3, h, w] to its context [C]; None if the network has none."""

    @abstractmethod
    def amounts(self, texts: np.ndarray) -> np.ndarray:
        """How much of each operation raw embeddings [K, D] ask for [K, operations], by the network's intent head."""

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return memory.tile_budget_bytes()

    def understands(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.understands``."""
        self._check(texts)
        return [bool(reached.any()) for reached in self.amounts(texts) >= NOT_UNDERSTOOD_BELOW]

    def context(self, picture: np.ndarray) -> np.ndarray | None:
        """See ``Engine.context``."""
        contexts = [self.context_of(image) for image in _packed(picture)]
        return None if contexts[0] is None else np.stack(contexts)

    def run(
        self, tile: np.ndarray, guidance: PromptEmbedding | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``; ``exact`` changes nothing: a file has one precision."""
        if guidance is not None and self.export_facts.prompt is None:
            self._check(guidance.texts)
        contexts = [None] * len(tile) if context is None else context
        answers = [self.run_one(image, guidance, each) for image, each in zip(_packed(tile), contexts, strict=True)]
        return answers[0][None] if len(answers) == 1 else np.stack(answers)

    def _check(self, texts: np.ndarray) -> None:
        if texts.shape[1] != self.export_facts.text_dim:
            raise ModelError(
                f"The model reads sentences of {self.export_facts.text_dim} numbers, and the text encoder gives"
                f" {texts.shape[1]}; use the encoder that it was trained with."
            )


def _packed(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images, np.float32)
