"""Studies: the same measurement of several variants, each under several seeds, as a JSON file and a Markdown table."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from srgan_prompt.files import replacing

Records = dict[str, list[dict[str, Any]]]  # for each variant the figures of each seed
Columns = Mapping[str, tuple[str, int]]  # a figure's name: its title, and how many decimals are shown


class SeededRuns:
    """What has been measured so far, kept in the file ``path``: a study that is killed goes on where it was."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.records: Records = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def measure(self, variant: str, seed: int, measurement: Callable[[], dict[str, Any]]) -> None:
        """Take the ``measurement`` of ``variant`` under ``seed``, counted from 0, unless it is known."""
        runs = self.records.setdefault(variant, [])
        if len(runs) > seed:
            return
        runs.append(measurement())
        with replacing(self.path) as file:
            file.write(json.dumps(self.records, indent=1).encode())


def seeded_table(records: Records, title: str, columns: Columns) -> str:
    """Markdown: the mean over all seeds, and their standard deviation where there are several."""
    lines = [f"| {title} | {' | '.join(name for name, _ in columns.values())} |", "|---|" + "---:|" * len(columns)]
    for variant, runs in records.items():
        cells = [_mean_and_spread([run[column] for run in runs], digits) for column, (_, digits) in columns.items()]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _mean_and_spread(values: list[float], digits: int) -> str:
    spread = f" ± {np.std(values, ddof=1):.{digits}f}" if len(values) > 1 else ""
    return f"{np.mean(values):.{digits}f}{spread}"
