"""Many files, one after the other: one that cannot be done spoils none of the others.

A plan of (source, target) pairs comes in, one outcome a file goes out, as soon as it is known.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from srgan_prompt.errors import SrganPromptError
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job, Plan
from srgan_prompt.inference.result import UpscaleResult

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
