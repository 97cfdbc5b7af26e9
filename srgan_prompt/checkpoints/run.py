"""The folder of a training run: one process at a time writes to it, and it keeps the newest checkpoints.

``torch.optim`` keeps ``{"state": {param id: {name: value}}, "param_groups": [{name: value}]}``. In a checkpoint its
tensors are ``state.<param id>.<name>`` and ``group.<index>.<name>`` of a safetensors file; everything else stays in a
JSON document, bit-equal both ways.
"""

import logging
import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from srgan_prompt.checkpoints.folder import LoadedCheckpoint, load_folder, remove_folder, save_folder
from srgan_prompt.checkpoints.format import JSON, list_checkpoints, read_manifest, step_folder
from srgan_prompt.errors import BusyError, ModelError
from srgan_prompt.files import where_supported

LOCK_NAME = ".lock"
_LOCKED_BYTE = 2**20
_LEFTOVER = re.compile(r"step_\d{8,}(\.old-\d+)?\.tmp-\d+")

_TUPLE = "tuple"

_log = logging.getLogger(__name__)


@contextmanager
def run_lock(run_folder: Path) -> Iterator[None]:
    """Hold ``run_folder`` (made if missing) until the block ends. The kernel releases it if the process is killed.

    On a file system without locks (some network shares) the block runs unguarded.

    Raises:
        BusyError: another process holds it.
    """
    run_folder.mkdir(parents=True, exist_ok=True)
    # The file stays when the lock goes: deleting it would let two processes lock two different files.
    with (run_folder / LOCK_NAME).open("a+") as file:
        try:
            with where_supported():
                _lock(file)
        except BlockingIOError:
            file.seek(0)
            owner = file.read().strip() or "unknown"
            message = f"{run_folder} is in use by process {owner}; wait for it or choose another run folder."
            raise BusyError(message) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _lock(file: IO) -> None:
    """Raises BlockingIOError if another process has locked ``file``."""
    if sys.platform == "win32":
        import msvcrt

        # Far behind the owner's number, because nobody else may read what is locked there.
        file.seek(_LOCKED_BYTE)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError from error
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def save_checkpoint(
    root: Path,
    step: int,
    tensors: Mapping[str, Mapping[str, Tensor]],
    documents: Mapping[str, JSON],
    *,
    keep: int,
) -> Path:
    """Save ``root/step_<step>``, then prune ``root`` to ``keep`` checkpoints. Returns the new folder.

    A checkpoint of the same step is replaced: it is there after going back past a damaged one.

    Raises:
        OutputError: the disk refused; the older checkpoints are untouched.
        ModelError: a tensor holds NaN or Inf.
    """
    folder = step_folder(root, step)
    save_folder(folder, tensors, documents, kind="training", step=step, overwrite=True)
    try:
        prune(root, keep, current=folder)
    except OSError as error:
        _log.warning("Old checkpoints in %s cannot be removed (%s).", root, error.strerror)
    return folder


def prune(root: Path, keep: int, current: Path | None = None) -> None:
    """Delete all but the newest ``keep`` complete checkpoints, and what killed processes left behind.

    ``current`` always stays: after going back to an earlier step, the newest number is not the newest work. Damaged
    folders do not count. Call this only once the newest checkpoint is in place, and from one process.
    """
    complete = [path for path in list_checkpoints(root) if path != current and _is_complete(path)]
    num_others = max(keep, 1) - (current is not None)
    kept = {current, *complete[:num_others]}
    for path in list_checkpoints(root):
        if path not in kept:
            remove_folder(path)
    for path in root.iterdir():
        if _LEFTOVER.fullmatch(path.name):
            shutil.rmtree(path)


def _is_complete(folder: Path) -> bool:
    # Sizes only: hashing every old checkpoint at every save would cost more than the save.
    try:
        files = read_manifest(folder).files
        return all((folder / name).stat().st_size == record.size_bytes for name, record in files.items())
    except (ModelError, OSError):
        return False


def load_newest(root: Path) -> LoadedCheckpoint | None:
    """The newest checkpoint in ``root`` that is whole, walking back past damaged ones with a warning for each.

    Returns:
        None if ``root`` holds no checkpoint at all.

    Raises:
        ModelError: there are checkpoints and every one is damaged; starting anew in silence would bury them.
    """
    folders = list_checkpoints(root)
    for folder in folders:
        try:
            return load_folder(folder)
        except ModelError as error:
            _log.warning("Skipping a damaged checkpoint: %s", error)
    if folders:
        raise ModelError(f"All {len(folders)} checkpoints in {root} are damaged; move them away to start anew.")
    return None


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
