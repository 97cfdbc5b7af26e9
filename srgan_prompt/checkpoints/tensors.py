"""Named tensors to safetensors bytes and back. No code runs on load.

safetensors promises offsets and sizes; it does not promise finite values, and its reader lets the last of two equal
keys win. Both are checked here.
"""

from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from srgan_prompt.checkpoints.strict_json import read_json
from srgan_prompt.errors import ModelError

_HEADER_LENGTH_BYTES = 8


def encode_tensors(tensors: Mapping[str, Tensor], name: str, metadata: Mapping[str, str] | None = None) -> bytes:
    """``tensors`` as the bytes of a safetensors file, bit for bit.

    Each is copied to the CPU in row-major order: training keeps weights in ``channels_last``, and tied weights share
    memory; safetensors takes neither.

    Raises:
        ModelError: a tensor holds NaN or Inf; a file nobody may load is not worth replacing a good one.
    """
    copies = {key: _packed(tensor) for key, tensor in tensors.items()}
    require_finite(copies, name)
    return save(copies, metadata={"format": "pt", **(metadata or {})})


def decode_tensors(content: bytes, source: Path | str) -> dict[str, Tensor]:
    """The tensors of a safetensors file that was read from ``source``, on the CPU.

    Raises:
        ModelError: it is cut, overlapping, not safetensors at all (a renamed pickle), or holds NaN or Inf.
    """
    try:
        tensors = load(content)
    except SafetensorError as error:
        hint = "it is damaged or not a safetensors file, and pickled weights are never loaded"
        raise ModelError(f"{source} cannot be read ({error}); {hint}.") from None
    header_bytes = int.from_bytes(content[:_HEADER_LENGTH_BYTES], "little")
    read_json(content[_HEADER_LENGTH_BYTES : _HEADER_LENGTH_BYTES + header_bytes], f"the header of {source}")
    require_finite(tensors, source)
    return tensors


def require_finite(tensors: Mapping[str, Tensor], source: Path | str) -> None:
    """Raise ``ModelError`` if any tensor holds NaN or Inf, naming it."""
    for key, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise ModelError(
                f"{source} holds NaN or Inf in {key!r}; these weights are unusable, go back to earlier ones."
            )


def _packed(tensor: Tensor) -> Tensor:
    return tensor.detach().to(device="cpu", memory_format=torch.contiguous_format, copy=True)
