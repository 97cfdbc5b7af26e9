"""What exported files have in common, whatever runs them: what a file says of itself, and an engine that starts there.

Neither torch nor transformers is needed to run one. Which runtimes there are is in ``file_engines``.
"""

import base64
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from srgan_prompt.errors import ModelError
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW, NetworkFacts
from srgan_prompt.inference.tiling import tile_budget_bytes
from srgan_prompt.prompts.interpretation import PromptEmbedding

_PREFIX = "srgan_prompt."
GRAPHS = ("context_graph", "context_input", "intent_graph")  # what ``ExportFacts.graphs`` may hold


@dataclass(frozen=True)
class ExportFacts:
    """What a file says about itself, as plain strings in its metadata.

    ``network``: what is known of every network, the baked prompt with it.
    ``text_dim``: how many numbers a sentence has: those of ``network.intents``, or of a raw embedding.
    ``precision`` is "fp32", "fp16" (how the weights are stored) or "int8" (how the trunk computes).
    ``encoder``: identity of the text encoder behind raw embeddings, None in files from before it was recorded.
    ``graphs``: small networks that travel in the metadata, by key, where the format holds one network only.
    """

    network: NetworkFacts
    text_dim: int
    version: str
    precision: str = "fp32"
    encoder: str | None = None
    graphs: Mapping[str, bytes] = field(default_factory=dict)

    def to_metadata(self) -> dict[str, str]:
        """The strings that are stored in the file."""
        network = self.network
        values = {
            "scale": str(network.scale),
            "receptive_radius_px": str(network.receptive_radius_px),
            "bytes_per_px": str(network.bytes_per_px),
            "text_dim": str(self.text_dim),
            "version": self.version,
            "precision": self.precision,
            "text_features": "raw" if network.intents is None else "reading",
        }
        optional = {
            "intents": None if network.intents is None else ",".join(network.intents),
            "read_as": network.baked_read_as or None,
            "encoder": self.encoder,
            "prompt": network.baked_prompt,
        }
        values |= {key: value for key, value in optional.items() if value is not None}
        values |= {key: base64.b64encode(graph).decode() for key, graph in self.graphs.items()}
        return {_PREFIX + key: value for key, value in values.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> "ExportFacts":
        """Raises ModelError naming ``source`` if the file is not one of ours."""
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        try:
            text_dim = int(values["text_dim"])
            network = NetworkFacts(
                scale=int(values["scale"]),
                receptive_radius_px=int(values["receptive_radius_px"]),
                bytes_per_px=int(values["bytes_per_px"]),
                takes_prompts="prompt" not in values,
                intents=_intents(values, text_dim),
                baked_prompt=values.get("prompt"),
                baked_read_as=values.get("read_as", ""),
            )
            graphs = {key: base64.b64decode(values[key], validate=True) for key in GRAPHS if key in values}
            return cls(network, text_dim, values["version"], values["precision"], values.get("encoder"), graphs)
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


class FileNetwork(ABC):
    """An ``Engine`` on the CPU that runs one image at a time; unless it says more, from image to image without prompts.

    A runtime says how in two methods: ``load`` and ``run_one``.
    """

    def __init__(self, name: str, facts: NetworkFacts) -> None:
        self.name, self.facts = name, facts

    @classmethod
    @abstractmethod
    def load(cls, path: Path, threads: int | None = None) -> "FileNetwork":
        """The network in the file ``path``, on ``threads`` threads; None is the runtime's own choice.

        Raises ModelError: the file is missing, damaged or of no use here, or the runtime is not installed.
        """

    @abstractmethod
    def run_one(self, image: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None) -> np.ndarray:
        """Image [3, h, w] to [3, s*h, s*w]; ``prompt`` None is the unprompted path, ``features`` None the image's own.

        A file with a baked prompt ignores ``prompt``. Raises MemoryError.
        """

    def global_features_of(self, image: np.ndarray) -> np.ndarray | None:
        """Image [3, h, w] to one vector [C]; None if the network has none."""
        return None

    def at_scale(self, _: int) -> "FileNetwork":
        """See ``Engine.at_scale``: a file has one."""
        return self

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return tile_budget_bytes()

    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.recognises_prompt``."""
        return [False] * len(texts)

    def global_features(self, image: np.ndarray) -> np.ndarray | None:
        """See ``Engine.global_features``."""
        features = [self.global_features_of(each) for each in _packed(image)]
        known = [each for each in features if each is not None]
        return np.stack(known) if known else None

    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``; ``exact`` changes nothing: a file has one precision."""
        of_each = [None] * len(tile) if features is None else features
        results = [self.run_one(image, prompt, each) for image, each in zip(_packed(tile), of_each, strict=True)]
        return results[0][None] if len(results) == 1 else np.stack(results)


class ExportedEngine(FileNetwork):
    """A network of ours, which starts from what its file says.

    A runtime says how in four methods: ``load``, ``run_one``, ``global_features_of`` and ``amounts``.
    """

    def __init__(self, name: str, file: ExportFacts) -> None:
        super().__init__(name, file.network)
        self.file = file

    @abstractmethod
    def amounts(self, texts: np.ndarray) -> np.ndarray:
        """How much of each operation raw embeddings [K, D] ask for [K, operations], by the network's intent head."""

    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.recognises_prompt``."""
        self._check(texts)
        return [bool(reached.any()) for reached in self.amounts(texts) >= NOT_UNDERSTOOD_BELOW]

    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``FileNetwork.run``. Raises ModelError if the prompt was embedded by another text encoder."""
        if prompt is not None and self.facts.takes_prompts:
            self._check(prompt.texts)
        return super().run(tile, prompt, features, exact=exact)

    def _check(self, texts: np.ndarray) -> None:
        if texts.shape[1] != self.file.text_dim:
            raise ModelError(
                f"The model reads sentences of {self.file.text_dim} numbers, and the text encoder gives"
                f" {texts.shape[1]}; use the encoder that it was trained with."
            )


def _packed(images: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(images, np.float32)
