"""Optimiser state survives a checkpoint bit for bit, and so does the training that goes on from it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from srgan_prompt.checkpoints.folder import load_folder, load_strict, save_folder
from srgan_prompt.checkpoints.run import flatten_optimizer, load_optimizer, unflatten_optimizer
from srgan_prompt.errors import ModelError

OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "adam": lambda groups: torch.optim.Adam(groups, lr=1e-3, betas=(0.9, 0.99)),
    "adamw_amsgrad": lambda groups: torch.optim.AdamW(groups, lr=1e-3, amsgrad=True, weight_decay=0.1),
    "adamw_fused": lambda groups: torch.optim.AdamW(groups, lr=1e-3, fused=True),
    "adam_foreach_tensor_lr": lambda groups: torch.optim.Adam(groups, lr=torch.tensor(1e-3), foreach=False),
    "sgd_momentum": lambda groups: torch.optim.SGD(groups, lr=1e-3, momentum=0.9),
}


def _net() -> nn.Module:
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.PReLU(), nn.Conv2d(8, 3, 3))
    return net.to(memory_format=torch.channels_last)


def _groups(net: nn.Module) -> list[dict[str, Any]]:
    parameters = list(net.parameters())
    return [{"params": parameters[:2]}, {"params": parameters[2:], "lr": 1 / 3 * 1e-3}]


def _train(net: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        batch = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        net(batch.to(memory_format=torch.channels_last)).square().mean().backward()
        optimizer.step()


def _bit_equal(first: Any, second: Any) -> bool:
    if type(first) is not type(second):
        return False
    if isinstance(first, Tensor):
        return first.dtype == second.dtype and torch.equal(first, second)
    if isinstance(first, dict):
        return first.keys() == second.keys() and all(_bit_equal(first[key], second[key]) for key in first)
    return first == second


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_state_round_trip_is_bit_equal(tmp_path: Path, name: str) -> None:
    net = _net()
    optimizer = OPTIMIZERS[name](_groups(net))
    _train(net, optimizer, range(3))
    state = optimizer.state_dict()
    tensors, document = flatten_optimizer(state)
    save_folder(tmp_path / "x", {"optimizer": tensors}, {"optimizer": document}, kind="training", step=3)
    loaded = load_folder(tmp_path / "x")
    back = unflatten_optimizer(loaded.tensors["optimizer"], loaded.documents["optimizer"])
    assert len(back["state"]) == len(list(net.parameters()))
    assert _bit_equal(back["state"], state["state"])
    assert all(map(_bit_equal, back["param_groups"], state["param_groups"]))
    assert len(back["param_groups"]) == 2


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_training_goes_on_bit_equal_for_three_steps(tmp_path: Path, name: str) -> None:
    net = _net()
    optimizer = OPTIMIZERS[name](_groups(net))
    _train(net, optimizer, range(3))
    tensors, document = flatten_optimizer(optimizer.state_dict())
    save_folder(
        tmp_path / "x",
        {"net": net.state_dict(), "optimizer": tensors},
        {"optimizer": document},
        kind="training",
        step=3,
    )
    _train(net, optimizer, range(3, 6))

    resumed = _net()
    optimizer_resumed = OPTIMIZERS[name](_groups(resumed))
    loaded = load_folder(tmp_path / "x")
    load_strict(resumed, loaded.tensors["net"])
    load_optimizer(optimizer_resumed, loaded.tensors["optimizer"], loaded.documents["optimizer"])
    _train(resumed, optimizer_resumed, range(3, 6))
    assert _bit_equal(net.state_dict(), resumed.state_dict())


def test_averages_are_laid_out_as_their_parameters_are() -> None:
    # Without this, torch's fused Adam pairs each weight with another one's average and says nothing.
    net = _net()
    optimizer = OPTIMIZERS["adamw_fused"](_groups(net))
    _train(net, optimizer, range(1))
    tensors, document = flatten_optimizer(optimizer.state_dict())
    row_major = {key: value.contiguous() for key, value in tensors.items()}
    load_optimizer(optimizer, row_major, document)
    assert net[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert optimizer.state[net[0].weight]["exp_avg"].stride() == net[0].weight.stride()


def test_state_of_other_parameters_is_refused() -> None:
    net = _net()
    optimizer = OPTIMIZERS["adam"](_groups(net))
    _train(net, optimizer, range(1))
    tensors, document = flatten_optimizer(optimizer.state_dict())
    reshaped = {**tensors, "state.0.exp_avg": torch.zeros(1, 2)}
    with pytest.raises(ModelError, match=r"state.0.exp_avg is \(1, 2\) instead of \(8, 3, 3, 3\)"):
        load_optimizer(optimizer, reshaped, document)
    with pytest.raises(ModelError, match="other parameters"):
        load_optimizer(OPTIMIZERS["adam"](net.parameters()), tensors, document)


@pytest.mark.parametrize("document", [None, [], {}, {"state": {}, "param_groups": []}, {"state": {"x": {}}}])
def test_a_document_that_does_not_belong_is_refused(document: Any) -> None:
    with pytest.raises(ModelError, match="does not fit its document"):
        unflatten_optimizer({"state.0.exp_avg": torch.zeros(1)}, document)


def test_a_state_that_is_neither_tensor_nor_json_is_named() -> None:
    optimizer = OPTIMIZERS["adam"](_groups(_net()))
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][1]["hook"] = print
    with pytest.raises(ModelError, match=r"builtin_function_or_method in group\.1\.hook"):
        flatten_optimizer(state)
