"""What an ONNX file of ours says about itself: plain strings in its metadata, so that one file is enough.

The small network that sums a whole picture up (its context) travels inside, as base64: tiles need its answer to agree.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass

from srgan_prompt.errors import ModelError

_PREFIX = "srgan_prompt."

IMAGE, TEXTS, WEIGHTS, CONTEXT, RESULT = "image", "texts", "weights", "context", "result"
"""Names of the graph's inputs and of its output. A context of NaN, the default, is taken from the image itself."""


@dataclass(frozen=True)
class OnnxFacts:
    """``prompt`` None: the graph takes sentences of ``text_dim`` numbers; else this prompt is baked in."""

    scale: int
    receptive_radius_px: int
    bytes_per_px: int
    text_dim: int
    prompt: str | None
    version: str
    context_graph: bytes | None = None

    @property
    def ignores_prompts(self) -> str | None:
        """See ``Engine.ignores_prompts``."""
        if self.prompt is None:
            return None
        held = f"has the prompt '{self.prompt}' baked in" if self.prompt else "was exported without prompts"
        return f"This model {held}; yours was ignored."

    def to_metadata(self) -> dict[str, str]:
        """The strings that are stored in the file."""
        values = {
            "scale": str(self.scale),
            "receptive_radius_px": str(self.receptive_radius_px),
            "bytes_per_px": str(self.bytes_per_px),
            "text_dim": str(self.text_dim),
            "version": self.version,
        }
        if self.prompt is not None:
            values["prompt"] = self.prompt
        if self.context_graph is not None:
            values["context_graph"] = base64.b64encode(self.context_graph).decode()
        return {_PREFIX + key: value for key, value in values.items()}

    @classmethod
    def from_metadata(cls, metadata: Mapping[str, str], source: str) -> "OnnxFacts":
        """Raises ModelError naming ``source`` if the file is not one of ours."""
        values = {key.removeprefix(_PREFIX): value for key, value in metadata.items() if key.startswith(_PREFIX)}
        graph = values.get("context_graph")
        try:
            numbers = {key: int(values[key]) for key in ("scale", "receptive_radius_px", "bytes_per_px", "text_dim")}
            return cls(
                **numbers,
                prompt=values.get("prompt"),
                version=values["version"],
                context_graph=None if graph is None else base64.b64decode(graph, validate=True),
            )
        except (KeyError, ValueError) as error:
            raise ModelError(
                f"{source} was not exported by srgan_prompt or is damaged ({error}); use `srgan-prompt export`."
            ) from None
