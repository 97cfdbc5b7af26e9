"""The generator under torch: numpy in, numpy out, on the CPU or a GPU.

On a CPU the default is float32, in which tiled equals whole and results repeat bit for bit; on a GPU it is bfloat16
where the device has it. The tone and its context are float32 always.
"""

import os
from contextlib import AbstractContextManager
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference import memory
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW, PromptEmbedding
from srgan_prompt.inference.estimate import working_bytes_per_px
from srgan_prompt.models.conditioning import TextConditioning
from srgan_prompt.models.generator import Generator


class TorchEngine:
    """A generator in evaluation mode, with convolutions in ``channels_last`` (twice as fast on a CPU)."""

    def __init__(self, generator: Generator, device: str = "auto", precision: str = "auto") -> None:
        _survive_forks()
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        self.generator = generator.to(self.device).to(memory_format=torch.channels_last).eval()
        self.name = f"torch {torch.__version__} on {self.device.type}, {self.precision}"
        self.scale = generator.config.scale
        self.receptive_radius_px = generator.receptive_radius_px
        self.bytes_per_px = working_bytes_per_px(generator.config)
        self.intents = generator.config.intents if generator.config.text_features == "reading" else None
        takes_none = generator.config.composition == "none"
        self.ignores_prompts = "This model takes no prompts; yours was ignored." if takes_none else None
        self.tiles_differ = None

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return device_free_bytes(self.device)

    @torch.inference_mode()
    def understands(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.understands``; by the generator's intent head."""
        amounts = self.generator.intent(self._sentences(texts))
        return (amounts >= NOT_UNDERSTOOD_BELOW).any(dim=1).tolist()

    @torch.inference_mode()
    def context(self, picture: np.ndarray) -> np.ndarray | None:
        """See ``Engine.context``."""
        if self.generator.config.composition == "none" or not self.generator.config.tone:
            return None
        return self.generator.context(self._on_device(picture)).cpu().numpy()

    @torch.inference_mode()
    def run(
        self, tile: np.ndarray, guidance: PromptEmbedding | None, context: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``."""
        steering = None if guidance is None else self.steering(guidance, len(tile))
        seen = None if context is None else self._on_device(context)
        image = self._on_device(tile).to(memory_format=torch.channels_last)
        with self._autocast(exact):
            return self.generator(image, steering, seen).float().cpu().numpy()

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def steering(self, guidance: PromptEmbedding, batch: int) -> TextConditioning:
        """``guidance`` for ``batch`` pictures, as the generator takes it."""
        texts = self._sentences(guidance.texts).expand(batch, -1, -1)
        weights = self._on_device(guidance.weights).expand(batch, -1)
        negative = None if guidance.negative is None else self._sentences(guidance.negative).expand(batch, -1)
        return TextConditioning(texts, weights, negative)

    def _sentences(self, embeddings: np.ndarray) -> Tensor:
        if embeddings.shape[-1] != self.generator.config.text_width:
            raise ModelError(
                f"The model reads sentences of {self.generator.config.text_width} numbers, and the text encoder gives"
                f" {embeddings.shape[-1]}; use the encoder that it was trained with."
            )
        return self._on_device(embeddings)

    def _autocast(self, exact: bool) -> AbstractContextManager:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bf16" and not exact)


@cache
def _survive_forks() -> None:
    """A forked child inherits the thread pool of torch without its threads, and would wait for them for ever: it works
    on one thread instead. A GPU cannot be used there at all, as torch says itself."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))


def choose_device(name: str) -> torch.device:
    """``auto`` is a GPU if torch sees one. Raises UsageError for a device that is not there."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, TypeError) as error:
        reason = str(error).splitlines()[0].partition(". ")[0].rstrip(".")  # torch goes on for pages
        raise UsageError(f"Device '{name}' cannot be used here ({reason}); try 'cpu'.") from None
    return device


def device_free_bytes(device: torch.device) -> int:
    """Half of what is free on ``device``; on a CPU at most ``memory.MAX_TILE_BYTES``."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 2
    return memory.tile_budget_bytes()


def choose_precision(name: str, device: torch.device) -> str:
    """``fp32`` or ``bf16``. Raises UsageError for anything else."""
    match name:
        case "auto":
            fast = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
            return "bf16" if fast else "fp32"
        case "fp32" | "bf16":
            return name
    raise UsageError(f"Precision '{name}' is not known; use auto, fp32 or bf16.")
