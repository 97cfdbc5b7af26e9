"""Progress on a terminal: a bar for files above one for the tiles of the file at hand, drawn by rich on stderr."""

import sys

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class Bars:
    """A context manager; the bars vanish at its end. Importing this file costs a tenth of a second."""

    def __init__(self, console: Console | None = None) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
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

    def file(self, num_done: int, num_files: int, name: str) -> None:
        """A file begins."""
        self._progress.update(self._files, completed=num_done, total=num_files, visible=num_files > 1)
        self._progress.reset(self._tiles, total=None, description=escape(name))

    def tile(self, num_done: int, num_tiles: int) -> None:
        """A tile is done."""
        self._progress.update(self._tiles, completed=num_done, total=num_tiles)
