"""``--prompt-file``: a prompt for every image, from a CSV file with the columns ``file_name`` and ``prompt``.

The form of a Hugging Face image folder's metadata: names are relative to the CSV's own folder; a bare name also stands
for every input of that name, wherever it lies.
"""

import csv
import io
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.errors import UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job

if TYPE_CHECKING:
    from srgan_prompt.prompts.prompt import PromptLike

COLUMNS = ("file_name", "prompt")
MAX_BYTES = 2**26


@dataclass(frozen=True)
class PromptFile:
    """What ``path`` says: prompts, as the upscaler takes them, by the name that the file gives."""

    path: Path
    prompts: dict[str, str]

    def prompt_for(self, source: Path, default: "PromptLike") -> "PromptLike":
        """The prompt of ``source``, or ``default`` if the file does not name it."""
        name = self._name_of(source)
        return default if name is None else self.prompts[name]

    def remarks(self, jobs: Sequence[Job]) -> Iterator[str]:
        """What is probably a mistake: images without a prompt, prompts without an image."""
        names = [self._name_of(job.source) for job in jobs]
        used = set(names)
        if unlisted := [printable(job.source) for job, name in zip(jobs, names, strict=True) if name is None]:
            yield f"{printable(self.path)} has no prompt for {_some(unlisted)}; the command's own prompt holds there."
        if unused := [printable(name) for name in self.prompts if name not in used]:
            yield f"{printable(self.path)} names {_some(unused)}, which is no image to be done."

    def _name_of(self, source: Path) -> str | None:
        relative = os.path.relpath(source.absolute(), self.path.absolute().parent)
        names = relative, os.fspath(source), source.name
        exact = (name for name in names if name in self.prompts)
        alike = (self._composed.get(_composed(name)) for name in names)
        return next(filter(None, chain(exact, alike)), None)

    @cached_property
    def _composed(self) -> dict[str, str]:
        """The names by their composed form: one system's é is one character and another's two."""
        return {_composed(name): name for name in self.prompts}


def read_prompt_file(path: Path) -> PromptFile:
    """The prompts in ``path``. Raises UsageError naming the line for whatever is wrong."""
    from srgan_prompt.prompts.prompt import read_prompt  # not above: help needs no prompts

    prompts: dict[str, str] = {}
    for line, name, text in _rows(path):
        where = f"{printable(path)}, line {line}"
        if name in prompts:
            raise UsageError(f"{where}: {printable(name)} has a prompt already; keep one of them.")
        try:
            size = read_prompt(text).size
        except UsageError as error:
            raise UsageError(f"{where}: {error}") from None
        if size is not None:
            raise UsageError(f"{where}: one size holds for all images; leave it out of the prompt and use --scale.")
        prompts[name] = text
    return PromptFile(path, prompts)


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, file name and prompt of every row that is not blank."""
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise UsageError(f"{printable(path)}: its first line must name the columns file_name and prompt.")
        for row in reader:
            if not row["file_name"] or row["prompt"] is None or None in row:
                wrong = "a comma in a prompt needs quotes" if None in row else "a name and a prompt are needed"
                raise UsageError(f"{printable(path)}, line {reader.line_num}: {wrong}.")
            yield reader.line_num, os.path.normpath(row["file_name"]), row["prompt"]
    except csv.Error as error:
        raise UsageError(f"{printable(path)}, line {reader.line_num}: is not CSV ({error}).") from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES or not path.is_file():
            raise UsageError(f"{printable(path)}: is not a file of at most {MAX_BYTES:,} bytes.")
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{printable(path)}: cannot be read ({error.strerror}); give an existing CSV file.") from None
    except ValueError:
        raise UsageError(f"{printable(path)}: is not UTF-8 text; save it as UTF-8.") from None


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
