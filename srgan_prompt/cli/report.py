"""What the user reads: results on stdout (paths, or a line of JSON each), all else on stderr; and the exit code."""

import json
import os
import sys
from argparse import Namespace
from collections import Counter
from typing import TYPE_CHECKING

from srgan_prompt.cli.console import give, tell
from srgan_prompt.errors import ModelError, PartialFailureError, SrganPromptError
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job
from srgan_prompt.inference.batch import Outcome

if TYPE_CHECKING:
    from rich.console import Console


class Report:
    """Takes outcomes as they come; ``finish`` sums up. ``lists_results`` is false when stdout carries the image."""

    def __init__(self, args: Namespace, *, num_files: int, lists_results: bool) -> None:
        self._args, self._num_files, self._lists_results = args, num_files, lists_results
        self._counts: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._failures: list[Outcome] = []

    def outcome(self, outcome: Outcome) -> None:
        """One file is done, skipped or failed."""
        self._counts[outcome.status] += 1
        if outcome.error:
            self._failures.append(outcome)
        if self._args.json:
            give(json.dumps(outcome.as_json()) + "\n")
        elif self._lists_results and outcome.status == "done":
            give(os.fspath(outcome.job.target) + "\n")
        if self._args.quiet:
            return
        notes = outcome.notes
        read_as = outcome.details.get("read_as") if self._args.verbose else None
        if read_as and not any(note.startswith("read as: ") for note in notes):  # unless a note says so already
            notes += (f"read as: {read_as}",)
        for note in notes:
            self._notes[note] += 1
            if self._notes[note] == 1:
                tell(f"{printable(outcome.job.source)}: {note}")
        if receipt := outcome.details.get("receipt"):
            tell(f"{printable(outcome.job.source)}: {receipt['summary']}")
        if self._args.verbose and outcome.status == "done":
            tell(f"{printable(outcome.job.source)}: {_sentence(outcome)}")

    def say(self, message: str) -> None:
        """A remark that is no error."""
        if not self._args.quiet:
            tell(message)

    def finish(self) -> int:
        """List what failed, sum up, and return the exit code."""
        for note, count in self._notes.items():
            if count > 1:
                self.say(f"{count} files in all: {note}")
        if self._num_files > 1:
            if self._counts:
                self.say(", ".join(f"{count} {status}" for status, count in sorted(self._counts.items())))
            for failure in self._failures:
                tell(f"failed: {named(failure.job, failure.error)}")
        elif self._failures:
            tell(f"srgan-prompt: {named(self._failures[0].job, self._failures[0].error)}")
        return self._exit_code()

    def _exit_code(self) -> int:
        errors = [failure.error for failure in self._failures if failure.error]
        if not errors:
            return 0
        # A model that cannot work is not the fault of one file.
        if self._num_files == 1 or isinstance(errors[-1], ModelError):
            return errors[-1].exit_code
        return PartialFailureError.exit_code


def named(job: Job, error: SrganPromptError | None) -> str:
    """The error, beginning with the file's name."""
    name, message = printable(job.source), str(error)
    return message if name in message or printable(job.target) in message else f"{name}: {message}"


def _sentence(outcome: Outcome) -> str:
    details = outcome.details
    before, after = (" x ".join(map(str, size)) for size in (details["input_size_px"], outcome.size_px or ()))
    tiles = f"tiles of {details['tile_px']} px" if details["tile_px"] else "in one piece"
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in details["timings"].items() if stage != "total")
    network = f"network x{details['network_scale']}"
    return f"{before} -> {after}, {network}, {tiles}, {outcome.seconds:.2f} s ({stages}), {details['engine']}"


class Bars:
    """Progress on a terminal: a bar for files above one for the tiles of the file at hand, drawn by rich on stderr.

    A context manager; the bars vanish at its end. Making it imports rich, which takes a tenth of a second.
    """

    def __init__(self, console: "Console | None" = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
            console=console or Console(stderr=True),
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # rich would carry results off to stderr, out of a pipe
        )
        self._files = self._progress.add_task("All", unit="files", visible=False)
        self._tiles = self._progress.add_task("Loading the model", total=None, unit="tiles")

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def file(self, num_done: int, num_files: int, job: Job) -> None:
        """A file begins."""
        self._progress.update(self._files, completed=num_done, total=num_files, visible=num_files > 1)
        self._progress.reset(self._tiles, total=None, description=printable(job.source.name))

    def tile(self, num_done: int, num_tiles: int) -> None:
        """A tile is done."""
        self._progress.update(self._tiles, completed=num_done, total=num_tiles)
