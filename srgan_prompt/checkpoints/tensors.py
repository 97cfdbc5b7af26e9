"""Named tensors to bytes and back, into a network, and out of and into an optimiser. No code runs on load.

safetensors promises offsets and sizes; it does not promise finite values, and its reader lets the last of two equal
keys win. Both are checked here.

``torch.optim`` keeps ``{"state": {param id: {name: value}}, "param_groups": [{name: value}]}``. A tensor goes to
safetensors under ``state.<param id>.<name>`` or ``group.<index>.<name>``; everything else stays in a JSON document,
bit-equal both ways.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn

from srgan_prompt.checkpoints.format import JSON, read_json
from srgan_prompt.errors import ModelError

_HEADER_LENGTH_BYTES = 8
NUM_KEYS_NAMED = 5
_TUPLE = "tuple"


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


def load_strict(module: nn.Module, tensors: Mapping[str, Tensor], source: Path | str = "the weights") -> None:
    """Copy ``tensors`` into ``module``; every key and every shape must match, and nothing is changed if one does not.

    Raises:
        ModelError: keys are missing, unexpected or of another shape; the first five of each are named.
    """
    expected = module.state_dict()
    missing = [key for key in expected if key not in tensors]
    unexpected = [key for key in tensors if key not in expected]
    reshaped = [
        f"{key} {tuple(tensors[key].shape)} instead of {tuple(value.shape)}"
        for key, value in expected.items()
        if key in tensors and tensors[key].shape != value.shape
    ]
    complaints = [
        f"{len(keys)} {kind}: {_first(keys)}"
        for kind, keys in (("missing", missing), ("unexpected", unexpected), ("of the wrong shape", reshaped))
        if keys
    ]
    if complaints:
        reason = "; ".join(complaints)
        raise ModelError(f"{type(module).__name__} cannot take {source} ({reason}); check the config that built it.")
    module.load_state_dict(tensors, strict=True)


def _first(keys: list[str]) -> str:
    shown = ", ".join(keys[:NUM_KEYS_NAMED])
    return f"{shown}, ..." if len(keys) > NUM_KEYS_NAMED else shown


def flatten_optimizer(state: Mapping[str, Any]) -> tuple[dict[str, Tensor], JSON]:
    """Split ``optimizer.state_dict()`` into tensors for safetensors and a JSON document.

    Raises:
        ModelError: it holds something that is neither a tensor nor JSON.
    """
    tensors: dict[str, Tensor] = {}

    def split(prefix: str, values: Mapping[str, Any]) -> dict[str, JSON]:
        tensors.update({f"{prefix}.{name}": value for name, value in values.items() if isinstance(value, Tensor)})
        return {
            name: _to_json(value, f"{prefix}.{name}") for name, value in values.items() if not isinstance(value, Tensor)
        }

    document: JSON = {
        "state": {str(index): split(f"state.{index}", values) for index, values in state["state"].items()},
        "param_groups": [split(f"group.{index}", group) for index, group in enumerate(state["param_groups"])],
    }
    return tensors, document


def unflatten_optimizer(tensors: Mapping[str, Tensor], document: Any) -> dict[str, Any]:
    """The inverse of ``flatten_optimizer``.

    Raises:
        ModelError: the two do not belong together.
    """
    try:
        state = {int(index): _from_json(values) for index, values in document["state"].items()}
        groups = [_from_json(group) for group in document["param_groups"]]
        parts: dict[str, Any] = {"state": state, "group": groups}
        for key, tensor in tensors.items():
            kind, index, name = key.split(".", 2)
            parts[kind][int(index)][name] = tensor
        if bare := [index for index, values in state.items() if not values]:
            raise KeyError(f"state.{bare[0]}")  # torch would take it, and fail at the next step
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        reason = f"{type(error).__name__}: {error}"
        raise ModelError(f"The optimiser state does not fit its document ({reason}); use another checkpoint.") from None
    return {"state": state, "param_groups": groups}


def load_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor], document: JSON) -> None:
    """Give ``optimizer`` back its state.

    Averages are laid out in memory as their parameters are. A file is row-major and weights are often channels_last;
    torch's fused Adam walks raw memory and would pair each weight with another one's average, without an error.

    Raises:
        ModelError: the state belongs to other parameters.
    """
    state = unflatten_optimizer(tensors, document)
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    for index, values in state["state"].items():
        for name, value in values.items():
            if isinstance(value, Tensor) and value.dim() > 0 and index < len(parameters):
                values[name] = _laid_out_like(parameters[index], value, f"state.{index}.{name}")
    try:
        optimizer.load_state_dict(state)
    except ValueError as error:
        raise ModelError(f"The optimiser state belongs to other parameters ({error}).") from None


def _laid_out_like(parameter: Tensor, value: Tensor, key: str) -> Tensor:
    if value.shape != parameter.shape:
        shapes = f"{tuple(value.shape)} instead of {tuple(parameter.shape)}"
        raise ModelError(f"The optimiser state {key} is {shapes}; it belongs to other parameters.")
    return torch.empty_like(parameter, dtype=value.dtype, device=value.device).copy_(value)


def _to_json(value: Any, key: str) -> JSON:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple):
        return {_TUPLE: [_to_json(item, key) for item in value]}
    if isinstance(value, list):
        return [_to_json(item, key) for item in value]
    raise ModelError(f"The optimiser keeps a {type(value).__name__} in {key}, which a checkpoint cannot hold.")


def _from_json(value: Any) -> Any:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if isinstance(value, dict):
        if value.keys() == {_TUPLE}:
            return tuple(_from_json(item) for item in value[_TUPLE])
        return {name: _from_json(item) for name, item in value.items()}
    return value
