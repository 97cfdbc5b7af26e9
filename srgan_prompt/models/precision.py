"""Where bfloat16 is worth it: half the bits of float32 and all of its range, so nothing overflows.

A processor without instructions for it emulates them, many times slower than float32.
"""

import torch


def has_fast_bf16(device: torch.device) -> bool:
    """Whether ``device`` multiplies bfloat16 in hardware: most GPUs do, and CPUs with AVX512-BF16 or AMX."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Torch has no public question for the instructions in the oldest version that we take. AMX implies the others.
    return device.type == "cpu" and torch.cpu._is_avx512_bf16_supported()
