"""Optimiser state as tensors and JSON, bit-equal both ways, and back into an optimiser.

``torch.optim`` keeps ``{"state": {param id: {name: value}}, "param_groups": [{name: value}]}``. A tensor goes to
safetensors under ``state.<param id>.<name>`` or ``group.<index>.<name>``; everything else stays in the document.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from srgan_prompt.checkpoints.strict_json import JSON
from srgan_prompt.errors import ModelError

_TUPLE = "tuple"


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
