"""Checkpoints of a run: save one, then drop those that are no longer needed."""

import logging
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from srgan_prompt.checkpoints.format import list_checkpoints, read_manifest, step_folder
from srgan_prompt.checkpoints.save import remove_folder, save_folder
from srgan_prompt.checkpoints.strict_json import JSON
from srgan_prompt.errors import ModelError

_log = logging.getLogger(__name__)
_LEFTOVER = re.compile(r"step_\d{8,}(\.old-\d+)?\.tmp-\d+")


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
