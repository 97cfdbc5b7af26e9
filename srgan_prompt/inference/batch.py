"""Many files, one after the other: one that cannot be done spoils none of the others; and all of them on one sheet.

A plan of (source, target) pairs comes in, one outcome a file goes out, as soon as it is known. A ``Comparison`` shows
before and after as one image: a row for every result, the upscaled input at the left.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from srgan_prompt.errors import OutputError, SrganPromptError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX
from srgan_prompt.images.image import ImageMeta, LoadedImage
from srgan_prompt.images.paths import Job, Plan
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.result import UpscaleResult

MAX_ROWS = 16  # of a comparison
ROW_PIXELS = 2**20
_GAP_PX = 8
_WHITE = 255

Upscale = Callable[[Path], UpscaleResult]
Save = Callable[[UpscaleResult, Path], tuple[str, ...]]
Progress = Callable[[int, int, Job], None]
"""Called before each file with files done, files in all, and the file at hand."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``error`` only if it failed; ``notes`` are plain sentences for the user.

    ``details``: of a result, without its pixels, see ``UpscaleResult.details``: outcomes may be kept.
    """

    job: Job
    status: Literal["done", "skipped", "failed"]
    seconds: float = 0.0
    size_px: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    error: SrganPromptError | None = None

    def as_json(self) -> dict[str, Any]:
        """As plain values: what ``--json`` prints."""
        return {
            "input": os.fspath(self.job.source),
            "output": os.fspath(self.job.target),
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "size_px": self.size_px,
            "notes": self.notes,
            "error": str(self.error) if self.error else None,
            "exit_code": self.error.exit_code if self.error else 0,
            **self.details,
        }


def upscale_files(
    upscale: Upscale,
    plan: Plan,
    *,
    save: Save = UpscaleResult.save,
    fail_fast: bool = False,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Do ``plan`` (see ``images.paths.plan_outputs``): skipped files first, then the jobs in order.

    Args:
        upscale: an ``Upscaler``, or a function that calls one with the options wanted for that path.
        plan: what to read, where to write, and what is there already.
        save: writes a result; returns notes.
        fail_fast: stop after the first file that fails.
        progress: called before each file.
    """
    for job in plan.skipped:
        yield Outcome(job, "skipped")
    for num_done, job in enumerate(plan.jobs):
        if progress:
            progress(num_done, len(plan.jobs), job)
        outcome = _do(upscale, save, job)
        yield outcome
        if outcome.error and fail_fast:
            return


def _do(upscale: Upscale, save: Save, job: Job) -> Outcome:
    started_s = time.perf_counter()
    try:
        result = upscale(job.source)
        notes = (*result.notes, *save(result, job.target))
    except SrganPromptError as error:
        return Outcome(job, "failed", time.perf_counter() - started_s, error=error)
    except Exception as error:  # noqa: BLE001  a bug of ours in one file must not cost the other ninety-nine
        reason = f"{printable(job.source)}: an unexpected {type(error).__name__} ({error}); please report it."
        failure = SrganPromptError(reason)
        failure.__cause__ = error
        return Outcome(job, "failed", time.perf_counter() - started_s, error=failure)
    seconds = time.perf_counter() - started_s
    return Outcome(job, "done", seconds, result.settings.size_px, notes, result.details())


class Comparison:
    """Collects results, at most ``MAX_ROWS``, each reduced to at most a megapixel; ``write`` makes the image."""

    def __init__(self) -> None:
        self._rows: list[np.ndarray] = []
        self.num_left_out = 0

    def add(self, result: UpscaleResult) -> None:
        """One more row, if there is room."""
        if len(self._rows) == MAX_ROWS:
            self.num_left_out += 1
        else:
            self._rows.append(np.asarray(result.side_by_side(ROW_PIXELS)))

    def write(self, path: Path) -> None:
        """Write the rows below each other; nothing if there are none. Raises OutputError."""
        if not self._rows:
            return
        width_px = max(row.shape[1] for row in self._rows)
        height_px = sum(row.shape[0] + _GAP_PX for row in self._rows) - _GAP_PX
        sheet = np.full((height_px, width_px, 3), _WHITE, np.uint8)
        top = 0
        for row in self._rows:
            sheet[top : top + row.shape[0], : row.shape[1]] = row
            top += row.shape[0] + _GAP_PX
        write_image(path, LoadedImage(sheet, meta=ImageMeta("comparison")))


def refuse_comparison_over(path: Path, plan: Plan, *, overwrite: bool) -> None:
    """Raise OutputError if a sheet at ``path`` would replace an input, a result, or (unless told) any file.

    Raises UsageError if its name says no format that can be written.
    """
    if path.suffix.lower() not in FORMAT_OF_SUFFIX:
        raise UsageError(f"{printable(path)}: not a format that can be written; use .png, .jpg, .webp or .tif.")
    taken = {os.path.realpath(name) for job in (*plan.jobs, *plan.skipped) for name in (job.source, job.target)}
    if os.path.realpath(path) in taken:
        raise OutputError(f"{printable(path)}: is an input or a result; choose another name for the comparison.")
    if path.is_dir():
        raise OutputError(f"{printable(path)}: is a folder; name an image for the comparison.")
    if os.path.lexists(path) and not overwrite:
        raise OutputError(f"{printable(path)}: already exists; use --overwrite or another name for the comparison.")
