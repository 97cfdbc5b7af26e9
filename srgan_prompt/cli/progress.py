"""Progress on stderr: a bar for files above one for the tiles of the file at hand. Off where no terminal watches."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol


class Progress(Protocol):
    """What the work calls as it goes on."""

    def file(self, num_done: int, num_files: int, name: str) -> None:
        """A file begins."""

    def tile(self, num_done: int, num_tiles: int) -> None:
        """A tile is done."""


class Silent:
    """Nobody is watching."""

    def file(self, num_done: int, num_files: int, name: str) -> None:
        """See ``Progress.file``."""

    def tile(self, num_done: int, num_tiles: int) -> None:
        """See ``Progress.tile``."""


@contextmanager
def progress_shown(*, quiet: bool) -> Iterator[Progress]:
    """Bars while the block runs, if stderr is a terminal; they vanish at its end."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console  # here, as rich costs a tenth of a second

    with Bars(Console(stderr=True)) as bars:
        yield bars


class Bars:
    """A ``Progress`` drawn by rich on its ``console``. A context manager."""

    def __init__(self, console: Any) -> None:
        from rich import progress

        self._bars = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[unit]}"),
            progress.TimeRemainingColumn(),
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # rich would carry results off to stderr, out of a pipe
        )
        self._files = self._bars.add_task("All", unit="files", visible=False)
        self._tiles = self._bars.add_task("Loading the model", total=None, unit="tiles")

    def __enter__(self) -> "Bars":
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def file(self, num_done: int, num_files: int, name: str) -> None:
        """See ``Progress.file``."""
        from rich.markup import escape

        self._bars.update(self._files, completed=num_done, total=num_files, visible=num_files > 1)
        self._bars.reset(self._tiles, total=None, description=escape(name))

    def tile(self, num_done: int, num_tiles: int) -> None:
        """See ``Progress.tile``."""
        self._bars.update(self._tiles, completed=num_done, total=num_tiles)
