"""What an ONNX file of ours says about itself: plain strings in its metadata, so that one file is enough.

Up to two small networks travel inside, as base64: the one that sums a whole picture up (its context), which tiles need
to agree, and, for raw embeddings, the one that tells what a sentence asks for (its intent).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from srgan_prompt.errors import ModelError

_PREFIX = "srgan_prompt."

IMAGE, TEXTS, WEIGHTS, NEGATIVE, CONTEXT = "image", "texts", "weights", "negative", "context"
"""Names of the graph's inputs. The context is a constant, NaN for that of the image itself; see ``OnnxFacts``."""
INPUT_DOCS = {
    IMAGE: "One image [1, 3, height, width], float32, RGB, sRGB-encoded, in [0, 1].",
    TEXTS: "One row for each clause of the prompt [clauses, D], float32: amounts of the intents in the metadata,"
    " or raw embeddings; zeros for no prompt.",
    WEIGHTS: "How strongly each clause acts [clauses], float32: 0 not at all, 1 as worded, at most 2.",
    NEGATIVE: "1 for each clause that is to be avoided, with weight 0, else 0 [clauses], float32.",
}
RESULT_DOC = "The enlarged image [1, 3, scale * height, scale * width], float32, not clipped."
RESULT, INTENT = "result", "intent"
"""Names of the outputs of the graph and of the small network of sentences."""


@dataclass(frozen=True)
class OnnxFacts:
    """``prompt`` None: the graph takes sentences of ``text_dim`` numbers; else this prompt is baked in.

    ``intents``: what these numbers are amounts of, in order; None where they are a raw embedding. ``read_as``: what the
    baked prompt was read as, "" for raw embeddings.
    ``encoder``: identity of the text encoder behind raw embeddings, None in files from before it was recorded.
    ``context_input``: a piece of a model that makes the context an input when it is put behind the file's bytes, as
    protocol buffers allow. The file itself has none: runtimes warn of inputs with a default.
    ``precision`` is "fp32", "fp16" (how the weights are stored) or "int8" (how the trunk computes).
    """

    scale: int
    receptive_radius_px: int
    bytes_per_px: int
    text_dim: int
    prompt: str | None
    version: str
    precision: str = "fp32"
    context_graph: bytes | None = None
    context_input: bytes | None = None
    intent_graph: bytes | None = None
    intents: tuple[str, ...] | None = None
    read_as: str = ""
    encoder: str | None = None

    @property
    def text_features(self) -> str:
        """See ``GeneratorConfig.text_features``."""
        return "raw" if self.intents is None else "reading"

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
            "text_features": self.text_features,
        }
        if self.intents is not None:
            values["intents"] = ",".join(self.intents)
        if self.read_as:
            values["read_as"] = self.read_as
        if self.encoder is not None:
            values["encoder"] = self.encoder
        if self.prompt is not None:
            values["prompt"] = self.prompt
        graphs = {key: getattr(self, key) for key in ("context_graph", "context_input", "intent_graph")}
        values |= {key: base64.b64encode(graph).decode() for key, graph in graphs.items() if graph is not None}
        return {_PREFIX + key: value for key, value in values.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> "OnnxFacts":
        """Raises ModelError naming ``source`` if the file is not one of ours."""
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        try:
            numbers = {key: int(values[key]) for key in ("scale", "receptive_radius_px", "bytes_per_px", "text_dim")}
            intents = _intents(values, numbers["text_dim"])
            return cls(
                **numbers,
                prompt=values.get("prompt"),
                version=values["version"],
                precision=values["precision"],
                context_graph=_graph(values, "context_graph"),
                context_input=_graph(values, "context_input"),
                intent_graph=_graph(values, "intent_graph", required="prompt" not in values and intents is None),
                intents=intents,
                read_as=values.get("read_as", ""),
                encoder=values.get("encoder"),
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


def _graph(values: Mapping[str, str], key: str, *, required: bool = False) -> bytes | None:
    return base64.b64decode(values[key], validate=True) if required or key in values else None
