"""The generator under torch: numpy in, numpy out, on the CPU or a GPU.

The default is bfloat16 where the device has it in hardware, GPU or CPU, and float32 elsewhere. The text, the tone, the
global features behind it and the bicubic enlargement are float32 always; what bfloat16 rounds is the network's own
residual. Within one precision tiled equals whole, but for rounding, and on a CPU results repeat bit for bit.
"""

import copy
import os
import platform
from contextlib import AbstractContextManager
from functools import cache, partial

import numpy as np
import torch
from torch import Tensor

from srgan_prompt.errors import ModelError, UsageError
from srgan_prompt.inference.engine import NOT_UNDERSTOOD_BELOW, NetworkFacts
from srgan_prompt.inference.tiling import tile_budget_bytes
from srgan_prompt.models.composition import TextConditioning
from srgan_prompt.models.generator import Generator
from srgan_prompt.prompts.interpretation import PromptEmbedding


class TorchEngine:
    """A generator in evaluation mode, with convolutions in ``channels_last`` (twice as fast on a CPU)."""

    def __init__(self, generator: Generator, device: str = "auto", precision: str = "auto") -> None:
        _survive_forks()
        self.device = choose_device(device)
        self.precision = choose_precision(precision, self.device)
        self.generator = generator.to(self.device).to(memory_format=torch.channels_last).eval()
        self.name = f"torch {torch.__version__} on {self.device.type}, {self.precision}"
        self.facts = NetworkFacts.of(generator.config)
        self._text_width = generator.config.text_width

    def at_scale(self, scale: int) -> "TorchEngine":
        """See ``Engine.at_scale``; the generator is shared."""
        other = copy.copy(self)
        other.facts = self.facts.at_scale(scale)
        return other

    def free_bytes(self) -> int:
        """See ``Engine.free_bytes``."""
        return device_free_bytes(self.device)

    @torch.inference_mode()
    def recognises_prompt(self, texts: np.ndarray) -> list[bool]:
        """See ``Engine.recognises_prompt``; by the generator's intent head."""
        amounts = self.generator.intent(self._sentences(texts))
        return (amounts >= NOT_UNDERSTOOD_BELOW).any(dim=1).tolist()

    @torch.inference_mode()
    def global_features(self, image: np.ndarray) -> np.ndarray | None:
        """See ``Engine.global_features``."""
        if not (self.facts.takes_prompts and self.generator.config.tone):
            return None
        return self.generator.global_features(self._on_device(image)).cpu().numpy()

    @torch.inference_mode()
    def run(
        self, tile: np.ndarray, prompt: PromptEmbedding | None, features: np.ndarray | None, *, exact: bool = False
    ) -> np.ndarray:
        """See ``Engine.run``."""
        steering = None if prompt is None else self.steering(prompt, len(tile))
        seen = None if features is None else self._on_device(features)
        image = self._on_device(tile).to(memory_format=torch.channels_last)
        with self._autocast(exact):
            return self.generator(image, steering, seen, self.facts.scale).float().cpu().numpy()

    def _on_device(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def steering(self, prompt: PromptEmbedding, batch: int) -> TextConditioning:
        """``prompt`` for ``batch`` images, as the generator takes it."""
        texts = self._sentences(prompt.texts).expand(batch, -1, -1)
        weights = self._on_device(prompt.weights).expand(batch, -1)
        negative = None if prompt.negative is None else self._sentences(prompt.negative).expand(batch, -1)
        return TextConditioning(texts, weights, negative)

    def _sentences(self, embeddings: np.ndarray) -> Tensor:
        if embeddings.shape[-1] != self._text_width:
            raise ModelError(
                f"The model reads sentences of {self._text_width} numbers, and the text encoder gives"
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
    """Half of what is free on ``device``; on a CPU at most ``tiling.MAX_TILE_BYTES``."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] // 2
    return tile_budget_bytes()


def choose_precision(name: str, device: torch.device) -> str:
    """``fp32`` or ``bf16``; ``auto`` is the latter where ``device`` has it. Raises UsageError for anything else."""
    match name:
        case "auto":
            return "bf16" if has_fast_bf16(device) else "fp32"
        case "fp32" | "bf16":
            return name
    raise UsageError(f"Precision '{name}' is not known; use auto, fp32 or bf16.")


def has_fast_bf16(device: torch.device) -> bool:
    """Whether ``device`` multiplies bfloat16 in hardware: most GPUs do, and CPUs with AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Torch has no public question for the instructions in the oldest version that we take. AMX implies the others.
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()


def processor() -> str:
    """The name of this machine's, and what of it the engines can use, in one sentence."""
    able = torch.cpu.get_capabilities() if hasattr(torch.cpu, "get_capabilities") else {}
    names = [name for name in ("avx2", "avx512_f", "avx512_vnni", "avx512_bf16", "amx_bf16") if able.get(name)]
    name = able.get("cpu_name") or platform.processor() or platform.machine()
    return f"{name}: {', '.join(names) or torch.backends.cpu.get_cpu_capability()}."
