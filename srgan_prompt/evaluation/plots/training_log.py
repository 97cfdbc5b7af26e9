"""The log of a run (``log.jsonl``), read as curves: what had which value at which step."""

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.errors import DataError

LOG_NAME, SAMPLES = "log.jsonl", "samples"  # what a run writes into its folder
_NO_VALUES = ("kind", "step", "time_s")


@dataclass(frozen=True)
class Curve:
    """``values`` (N,) at ``steps`` (N,), which rise."""

    steps: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class TrainingLog:
    """Curves by the names that the log has for them: of the steps, and of the validations between them."""

    train: dict[str, Curve]
    validation: dict[str, Curve]


def read_log(path: Path) -> TrainingLog:
    """The curves of a run, which may be going on.

    A run that was resumed did some steps twice; what it did last counts. Raises DataError for a file that cannot be
    read or that is no log.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "it is no text in UTF-8")
        raise DataError(f"{path}: cannot be read ({reason}); name the folder of a run.") from None
    records: dict[str, dict[int, dict[str, Any]]] = {"train": {}, "validation": {}}
    for number, line in enumerate(lines, start=1):
        record = _parsed(line)
        if record is None:
            if number == len(lines):
                break  # the run is writing it at this moment, or was killed while it did
            raise DataError(f"{path}: line {number} is no record of a run; remove it, or name another run.")
        kind, step = record["kind"], record["step"]
        if kind == "start":
            records = {each: _until(step, done) for each, done in records.items()}
        elif kind in records:
            records[kind][step] = record
    return TrainingLog(*(_curves(each) for each in records.values()))


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    is_record = isinstance(record, dict) and isinstance(record.get("step"), int) and "kind" in record
    return record if is_record else None


def _until(step: int, records: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {number: record for number, record in records.items() if number <= step}


def _curves(records: dict[int, dict[str, Any]]) -> dict[str, Curve]:
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for step, record in sorted(records.items()):
        for name, value in record.items():
            if name not in _NO_VALUES and isinstance(value, int | float):
                points[name].append((step, float(value)))
    return {name: Curve(*map(np.array, zip(*found, strict=True))) for name, found in points.items()}
