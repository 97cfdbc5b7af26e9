"""Many files, one after the other: one that cannot be done spoils none of the others; and all of them on one sheet.

A plan of (source, target) pairs comes in, one outcome a file goes out, in order. While the network works on a file, the
next one is read and the one before is written, if they are small; a large one has the memory to itself. A
``Comparison`` shows before and after as one image: a row for every result, the upscaled input at the left.
"""

import math
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from srgan_prompt.errors import OutputError, SrganPromptError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX
from srgan_prompt.images.image import ImageMeta, LoadedImage
from srgan_prompt.images.opened import DEFAULT_POLICY, ImagePolicy
from srgan_prompt.images.paths import Job, Plan
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.result import UpscaleResult

MAX_ROWS = 16  # of a comparison
ROW_PIXELS = 2**20
_GAP_PX = 8
_WHITE = 255

SMALL_PX = 2**22
"""Sources of up to this many pixels are read ahead, and results of up to this many written behind."""
_SMALL = replace(DEFAULT_POLICY, max_pixels=SMALL_PX, max_file_bytes=8 * SMALL_PX)

Read = Callable[[Path, ImagePolicy], LoadedImage]
Upscale = Callable[[LoadedImage, Job], UpscaleResult]
Save = Callable[[UpscaleResult, Path], tuple[str, ...]]
Progress = Callable[[int, int, Job], None]
"""Called before each file with files before it, files in all, and the file at hand."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class Outcome:
    """What became of one file. ``error`` only if it failed; ``notes`` are plain sentences for the user.

    ``seconds``: of reading, upscaling and writing it, wherever these overlapped with other files.
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
    read: Read = read_image,
    save: Save = UpscaleResult.save,
    fail_fast: bool = False,
    progress: Progress | None = None,
) -> Iterator[Outcome]:
    """Do ``plan`` (see ``images.paths.plan_outputs``): skipped files first, then the jobs in order.

    Whenever an outcome is handed out, no file is being written.

    Args:
        upscale: calls an ``Upscaler`` with an image and the options wanted for that job; in this thread.
        plan: what to read, where to write, and what is there already.
        read: reads a source within a policy; in any thread, and once more in this one if it raises in another.
        save: writes a result; returns notes; in any thread, but one file after the other.
        fail_fast: stop after the first file that fails.
        progress: called before each file.
    """
    for job in plan.skipped:
        yield Outcome(job, "skipped")
    for outcome in _overlapped(upscale, plan.jobs, read, save, progress):
        yield outcome
        if outcome.error and fail_fast:
            return


def _overlapped(
    upscale: Upscale, jobs: Sequence[Job], read: Read, save: Save, progress: Progress | None
) -> Iterator[Outcome]:
    """The outcomes of ``jobs``: upscaled in this thread, the next one read and the one before written in others."""
    ahead: Future[_File] | None = None
    behind: list[Future[Outcome]] = []  # at most one
    with ThreadPoolExecutor(2) as pool:
        try:
            for place, job in enumerate(jobs):
                if progress:
                    progress(place, len(jobs), job)
                file = ahead.result() if ahead else _File(job)
                following = jobs[place + 1 : place + 2]
                ahead = pool.submit(_read_small, following[0], read) if following else None
                if file.image is None:
                    yield from _written(behind)  # a large image has the memory to itself
                    file.image = file.attempt(read, job.source, DEFAULT_POLICY)
                if file.image is not None:
                    file.result = file.attempt(upscale, file.image, job)
                yield from _written(behind)
                if following and file.has_small_result:
                    behind.append(pool.submit(file.finish, save))
                else:
                    yield file.finish(save)
        except BaseException:  # such as Ctrl-C: what is being written becomes whole, and whoever listens is told
            yield from _written(behind)
            raise


def _read_small(job: Job, read: Read) -> "_File":
    """With its image if that is small; anything else, faults too, is for the main thread to find."""
    file = _File(job)
    file.image = file.attempt(read, job.source, _SMALL)
    return _File(job) if file.error else file


def _written(behind: list[Future[Outcome]]) -> Iterator[Outcome]:
    """The outcome that is waited for, if there is one, which is then no longer there."""
    while behind:
        outcome = behind[0].result()
        behind.clear()
        yield outcome


@dataclass
class _File:
    """One file on its way: what there is of it, how long its steps took, and why one of them failed."""

    job: Job
    image: LoadedImage | None = None
    result: UpscaleResult | None = None
    seconds: float = 0.0
    error: SrganPromptError | None = None

    def attempt(self, step: Callable[..., _T], *args: Any) -> _T | None:
        """What ``step`` gives; None, and ``error`` says why, if it fails."""
        started_s = time.perf_counter()
        try:
            return step(*args)
        except SrganPromptError as error:
            self.error = error
        except Exception as error:  # noqa: BLE001  a bug of ours in one file must not cost the other ninety-nine
            name = printable(self.job.source)
            self.error = SrganPromptError(f"{name}: an unexpected {type(error).__name__} ({error}); please report it.")
            self.error.__cause__ = error
        finally:
            self.seconds += time.perf_counter() - started_s
        return None

    @property
    def has_small_result(self) -> bool:
        """Whether it may stay in memory while the network works on the next one."""
        return self.result is not None and math.prod(self.result.settings.size_px) <= SMALL_PX

    def finish(self, save: Save) -> Outcome:
        """Save the result, if there is one."""
        notes = None if self.result is None else self.attempt(save, self.result, self.job.target)
        if self.result is None or notes is None:
            return Outcome(self.job, "failed", self.seconds, error=self.error)
        result = self.result
        notes = (*result.notes, *notes)
        return Outcome(self.job, "done", self.seconds, result.settings.size_px, notes, result.details())


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
