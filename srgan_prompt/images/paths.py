"""Which files to read and where each result goes, settled before any work starts.

Files, folders and globs come in; a list of inputs, then a plan of (source, target) pairs goes out. No file is opened
but to see, in a folder, whether it is a result of an earlier run.
"""

import glob
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from srgan_prompt.errors import InputImageError, OutputError, UsageError
from srgan_prompt.files import printable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX, READ_SUFFIXES, UNREAD_SUFFIXES, UNWRITTEN_SUFFIXES

StrPath = str | os.PathLike[str]

_JUNK_NAMES = frozenset(["thumbs.db", ".ds_store", "desktop.ini"])  # a shell's * names them explicitly
_OWN_NAME = re.compile(r"(.+)_(?:x\d+(?:\.\d+)?|upscaled)", re.DOTALL)
_MAX_NAME_BYTES = 255


@dataclass(frozen=True)
class InputFile:
    """A file to read; ``root`` is the folder it was found under, None if the user named the file itself."""

    path: Path
    root: Path | None = None


@dataclass(frozen=True)
class Job:
    """Read ``source``, write ``target``."""

    source: Path
    target: Path


@dataclass(frozen=True)
class Plan:
    """``jobs`` to do; ``skipped`` because their target exists already; left out of folders were ``results`` of earlier
    runs, and ``unread`` images, whose format is not read.
    """

    jobs: tuple[Job, ...]
    skipped: tuple[Job, ...] = ()
    results: tuple[Path, ...] = ()
    unread: tuple[Path, ...] = ()


def expand_inputs(patterns: Iterable[StrPath], recursive: bool = False) -> list[InputFile]:
    """Files, folders and globs -> the files to read, each once, in the order named.

    In folders only names with an image suffix count; hidden files and links to folders are passed over.
    Raises UsageError if nothing was named, InputImageError if a name does not exist or nothing was found.
    """
    patterns = list(patterns)
    if not patterns:
        raise UsageError("No input was named; name a file, a folder or a glob.")
    files: dict[str, InputFile] = {}
    for pattern in patterns:
        for file in _expand(Path(pattern), recursive):
            files.setdefault(os.path.abspath(file.path), file)  # noqa: PTH100  (links are not the file they point to)
    if not files:
        hint = "" if recursive else "; use --recursive to look into sub-folders"
        if over := passed_over(patterns, recursive):
            hint = f", only {len(over)} in formats that are not read here, such as {printable(over[0])}"
        raise InputImageError(f"{', '.join(map(printable, patterns))}: no PNG, JPEG, WebP or TIFF files found{hint}.")
    return list(files.values())


def _expand(path: Path, recursive: bool) -> Iterator[InputFile]:
    if os.path.isdir(path):  # noqa: PTH112  (Path.is_dir raises on names that are too long)
        yield from (InputFile(found, path) for found in _walk(path, recursive, READ_SUFFIXES))
    elif os.path.lexists(path):
        if path.name.lower() not in _JUNK_NAMES:
            yield InputFile(path)
    elif glob.has_magic(os.fspath(path)):
        root = Path(*takewhile(lambda part: not glob.has_magic(part), path.parts))
        for match in sorted(glob.glob(os.fspath(path), recursive=True)):  # noqa: PTH207  (absolute patterns too)
            if _has_suffix(Path(match).name, READ_SUFFIXES) and not Path(match).is_dir():
                yield InputFile(Path(match), root)
    else:
        raise InputImageError(f"{printable(path)}: no such file or folder; check the name.")


def passed_over(patterns: Iterable[StrPath], recursive: bool = False) -> list[Path]:
    """Images in the folders among ``patterns`` that ``expand_inputs`` leaves out, for their format is not read."""
    folders = [Path(pattern) for pattern in patterns if os.path.isdir(pattern)]  # noqa: PTH112  (names too long)
    return [found for folder in folders for found in _walk(folder, recursive, UNREAD_SUFFIXES)]


def _walk(folder: Path, recursive: bool, suffixes: frozenset[str]) -> Iterator[Path]:
    def refuse(error: OSError) -> None:
        raise InputImageError(f"{printable(error.filename)}: cannot be listed ({error.strerror}).") from error

    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".")) if recursive else []
        yield from (Path(parent, name) for name in sorted(names) if _has_suffix(name, suffixes))


def _has_suffix(name: str, suffixes: frozenset[str]) -> bool:
    """Whether ``name`` ends in one of them and is not hidden: macOS leaves a ``._a.jpg``, no image, beside files."""
    return not name.startswith(".") and Path(name).suffix.lower() in suffixes


def without_results(files: Sequence[InputFile], suffix: str = "") -> tuple[list[InputFile], list[Path]]:
    """``files`` without results of this program, and these; who names a file wants it, whatever it is.

    A name tells only beside the input that it is made from: ``a_x2.png`` where there is an ``a``. ``suffix``: what is
    added to names in this run.
    """
    originals = {(file.path.parent, file.path.stem) for file in files}
    results = [file.path for file in files if file.root and (_named(file.path, suffix, originals) or _noted(file.path))]
    taken = set(results)
    return [file for file in files if file.root is None or file.path not in taken], results


def _named(path: Path, suffix: str, originals: set[tuple[Path, str]]) -> bool:
    stems = [found[1]] if (found := _OWN_NAME.fullmatch(path.stem)) else []
    if suffix and path.stem.endswith(suffix):
        stems.append(path.stem.removesuffix(suffix))
    return any((path.parent, stem) in originals for stem in stems)


def _noted(path: Path) -> bool:
    from srgan_prompt.images.read import read_header  # Pillow is needed for folders only

    try:
        return read_header(path).provenance is not None
    except InputImageError:
        return False  # the run itself says what is wrong with it


def output_path(
    file: InputFile, output: StrPath | None = None, *, suffix: str = "_x4", extension: str | None = None
) -> Path:
    """Where the result of ``file`` goes: beside it, to the file ``output``, or into the folder ``output``.

    In a folder the structure under ``file.root`` is mirrored. ``extension`` (png, jpg, ...) replaces the input's own.
    """
    if output is not None and _names_a_file(output):
        return Path(output)
    if output is None:
        folder = file.path.parent
    else:
        folder = Path(output) / (file.path.parent.relative_to(file.root) if file.root else "")
    known = file.path.suffix if file.path.suffix.lower() in FORMAT_OF_SUFFIX else ".png"
    return folder / _fitting_name(file.path.stem, suffix, f".{extension.lstrip('.')}" if extension else known)


def _names_a_file(output: StrPath) -> bool:
    text = os.fspath(output)
    return Path(text).suffix.lower() in FORMAT_OF_SUFFIX and not text.endswith(os.sep) and not Path(text).is_dir()


def _fitting_name(stem: str, suffix: str, extension: str) -> str:
    """``stem`` cut, a character at a time, until the whole name fits a file system's limit."""
    while stem and len(os.fsencode(stem + suffix + extension)) > _MAX_NAME_BYTES:
        stem = stem[:-1]
    return stem + suffix + extension


def plan_outputs(
    files: Sequence[InputFile],
    output: StrPath | None = None,
    *,
    suffix: str = "_x4",
    extension: str | None = None,
    overwrite: bool = False,
    skip_existing: bool = False,
) -> Plan:
    """Pair every input with its output, and refuse before any work what would lose a file.

    Files found in a folder that are results of other inputs there (of an earlier run) are left out.
    Raises UsageError for contradicting wishes; OutputError for two inputs with one output, an output that is an input,
    and an output that exists, unless ``overwrite`` or ``skip_existing``.
    """
    _check_wishes(files, output, suffix, extension, overwrite and skip_existing)
    jobs = [Job(file.path, output_path(file, output, suffix=suffix, extension=extension)) for file in files]
    if suffix:
        results = {_key(job.target) for job in jobs}
        pairs = zip(files, jobs, strict=True)
        jobs = [job for file, job in pairs if file.root is None or _key(file.path) not in results]
    _refuse_collisions(jobs)
    existing = [job for job in jobs if os.path.lexists(job.target)]
    if skip_existing:
        return Plan(tuple(job for job in jobs if not os.path.lexists(job.target)), tuple(existing))
    if existing and not overwrite:
        more = f" (and {len(existing) - 1} more)" if len(existing) > 1 else ""
        first = printable(existing[0].target)
        raise OutputError(f"{first}: already exists{more}; use --overwrite, --skip-existing or another name.")
    return Plan(tuple(jobs))


def _check_wishes(
    files: Sequence[InputFile], output: StrPath | None, suffix: str, extension: str | None, both: bool
) -> None:
    if both:
        raise UsageError("--overwrite and --skip-existing contradict each other; give one of them.")
    if extension and f".{extension.lstrip('.').lower()}" not in FORMAT_OF_SUFFIX:
        raise UsageError(f"{printable(extension)}: not a format that can be written; use png, jpg, webp or tif.")
    if "/" in suffix or os.sep in suffix or "\0" in suffix:
        raise UsageError(f"{printable(suffix)}: a suffix is part of a file's name and holds no slash.")
    if output is None or not _names_a_file(output):
        if output is not None and Path(output).suffix.lower() in UNWRITTEN_SUFFIXES and not os.path.lexists(output):
            raise UsageError(f"{printable(output)}: not a format that can be written; use .png, .jpg, .webp or .tif.")
        return
    if len(files) > 1:
        raise UsageError(f"{printable(output)}: one file for {len(files)} inputs; name a folder instead.")
    wanted = FORMAT_OF_SUFFIX[f".{extension.lstrip('.').lower()}"] if extension else None
    if wanted not in (None, FORMAT_OF_SUFFIX[Path(output).suffix.lower()]):
        raise UsageError(f"{printable(output)}: its suffix and the format {extension} contradict each other.")


def _refuse_collisions(jobs: Sequence[Job]) -> None:
    sources = {_key(job.source): job.source for job in jobs}
    writers: dict[str, Path] = {}
    for job in jobs:
        key = _key(job.target)
        reason = ""
        if key in sources:
            reason = f"would overwrite the input {printable(sources[key])}; use --suffix or -o"
        elif key in writers:
            both = f"{printable(writers[key])} and {printable(job.source)}"
            reason = f"is the output of both {both}; use another --suffix or upscale them apart"
        elif job.target.is_dir():
            reason = "is a folder; choose another name with --suffix or -o"
        if reason:
            raise OutputError(f"{printable(job.target)}: {reason}.")
        writers[key] = job.source


def _key(path: Path) -> str:
    """The same for two names of one file, whether it exists or not."""
    return os.path.normcase(os.path.realpath(path))
