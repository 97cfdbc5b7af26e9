"""Where bfloat16 is worth it: half the bits of float32 and all of its range, so nothing overflows.

A processor without instructions for it emulates them, many times slower than float32.
"""

import platform

import torch


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
