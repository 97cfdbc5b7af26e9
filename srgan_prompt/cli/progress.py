"""Progress and time left on stderr: a bar for files, one for the tiles of the file at hand. Off when no terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

TileProgress = Callable[[int, int], None]


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
    """Bars while the block runs, if stderr is a terminal."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from srgan_prompt.cli.bars import Bars

    with Bars() as bars:
        yield bars
