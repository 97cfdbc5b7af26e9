"""Weights of other projects (ESRGAN, SPAN, SwinIR, ...) through spandrel, the extra ``import``. They take no prompts.

The one place that reads pickled weights, by torch's restricted unpickler, which builds tensors and nothing else.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from srgan_prompt.checkpoints.folder import decode_tensors, require_finite
from srgan_prompt.errors import ModelError
from srgan_prompt.inference.engine import NetworkFacts
from srgan_prompt.inference.torch_engine import choose_device, device_free_bytes
from srgan_prompt.prompts.interpretation import PromptEmbedding

if TYPE_CHECKING:
    from spandrel import ImageModelDescriptor


class SpandrelEngine:
    """One image-to-image network that spandrel knows, in float32."""

    def __init__(self, network: "ImageModelDescriptor", device: str = "auto") -> None:
        self.device = choose_device(device)
        self.network = network.to(self.device).eval()
        self.name = f"{network.architecture.name} by spandrel on {self.device.type}"
        tiles_well = network.tiling is type(network.tiling).SUPPORTED
        self.facts = NetworkFacts.of_foreign(network.scale, "blended" if tiles_well else "discouraged")

    @classmethod
    def load(cls, path: Path, device: str = "auto") -> "SpandrelEngine":
        """Raises ModelError: spandrel is not installed, or does not know these weights, or they are not safe."""
        try:
            from spandrel import ImageModelDescriptor, ModelLoader, canonicalize_state_dict
        except ImportError:
            raise ModelError(f"{path} needs `pip install srgan-prompt[import]` (spandrel) to be read.") from None
        try:
            state = canonicalize_state_dict(_read_state(path))
            network = ModelLoader(torch.device("cpu")).load_from_state_dict(state)
        except Exception as error:  # many types, for many formats
            if type(error).__name__ == "UnpicklingError":  # torch's own words advise to load it unsafely
                raise ModelError(
                    f"{path} is no file of plain tensors, and reading anything else could run code; it is not loaded."
                    " Use one of weights alone, best as .safetensors."
                ) from None
            reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else type(error).__name__
            raise ModelError(f"{path} cannot be loaded by spandrel ({reason}).") from error
        if not isinstance(network, ImageModelDescriptor) or (network.input_channels, network.output_channels) != (3, 3):
            raise ModelError(
                f"{path} is a {network.architecture.name}, which does not turn one RGB image into another."
            )
        require_finite(state, path)
        return cls(network, device)

    def at_scale(self, _: int) -> "SpandrelEngine":
        """See ``Engine.at_scale``: there is one."""
        return self

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return device_free_bytes(self.device)

    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.recognises_prompt``."""
        return [False] * len(texts)

    def global_features(self, image: np.ndarray) -> None:
        """See ``Engine.global_features``."""

    @torch.inference_mode()
    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``. The descriptor pads to the sizes that the network can take and crops again."""
        return self.network(torch.from_numpy(np.ascontiguousarray(tile)).to(self.device)).float().cpu().numpy()


def _read_state(path: Path) -> dict:
    """The tensors of a safetensors or pickled file. Raises many types; runs no code of the file."""
    if path.suffix.lower() == ".safetensors":
        return decode_tensors(path.read_bytes(), path.name)
    return torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251
