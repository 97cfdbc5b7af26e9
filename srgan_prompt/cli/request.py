"""What the flags ask for, read; and which files that means: settled, or refused, before any model is loaded.

``--prompt-file`` has the form of a Hugging Face image folder's metadata: a CSV file with the columns ``file_name`` and
``prompt``. Names are relative to the CSV's own folder; a bare name also stands for every input of that name.
"""

import csv
import io
import os
import re
import sys
import unicodedata
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.errors import InputImageError, UsageError
from srgan_prompt.files import printable, refuse_unwritable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX, refuse_too_long
from srgan_prompt.images.paths import InputFile, Job, Plan, expand_inputs, passed_over, plan_outputs, without_results
from srgan_prompt.prompts.sizes import NO_SIZE, TargetSize

if TYPE_CHECKING:
    from srgan_prompt.prompts.prompt import Prompt, PromptLike

MAX_NAMED = 10
COLUMNS = ("file_name", "prompt")
MAX_BYTES = 2**26
STDIN, STDOUT = Path("<stdin>"), Path("<stdout>")
"""Stand for the streams in a ``Job``; compared by identity, so that files of that name are files."""


@dataclass(frozen=True)
class UpscaleRequest:
    """The flags, read: ``prompt`` the command's own, ``target`` the wanted size, ``region`` where it acts.

    ``prompt_file`` holds the images' own prompts, which come first. ``is_streamed``: one image comes in on stdin and
    goes out on stdout. ``names_hold_scale``: results are named after the network's own scale.
    """

    args: Namespace
    prompt: "Prompt"
    target: TargetSize
    region: object
    prompt_file: "PromptFile | None" = None
    is_streamed: bool = False
    names_hold_scale: bool = False

    def prompt_for(self, source: Path) -> "PromptLike":
        """What ``source`` is asked for."""
        return self.prompt_file.prompt_for(source, self.prompt) if self.prompt_file else self.prompt


def read_request(args: Namespace) -> UpscaleRequest:
    """The flags as a request. Raises UsageError for contradictions, InputImageError for a mask that cannot be read."""
    from srgan_prompt.prompts.prompt import read_prompt

    prompt = read_prompt(args.prompt, args.strength, args.negative)
    flags = TargetSize(args.scale, args.width, args.height, args.max_side)
    if args.quiet and args.verbose:
        raise UsageError("--quiet and --verbose contradict each other; give one of them.")
    if args.quiet and args.receipt and not args.json:
        raise UsageError("--quiet leaves no place for the --receipt; add --json, or leave one of them out.")
    target = flags if flags != NO_SIZE else prompt.size or NO_SIZE
    prompt_file = read_prompt_file(Path(args.prompt_file)) if args.prompt_file else None
    is_streamed = args.inputs == ["-"] and args.output in (None, "-")
    return UpscaleRequest(
        args,
        prompt,
        target,
        None if args.region is None else _read_region(args.region),
        prompt_file,
        is_streamed,
        names_hold_scale=args.suffix is None and target == NO_SIZE and not is_streamed,
    )


def plan_files(request: UpscaleRequest, network_scale: int | None) -> Plan:
    """Sources and targets, every collision refused. ``network_scale``: needed if the names of results hold it."""
    args = request.args
    if request.is_streamed:
        plan = _plan_to_stdout(args, [InputFile(STDIN)])
    else:
        suffix = _suffix(request, network_scale)
        files, results = _expand(args, suffix)
        if args.output == "-":
            plan = _plan_to_stdout(args, files)
        else:
            plan = plan_outputs(
                files,
                args.output,
                suffix=suffix,
                extension=None if args.format == "same" else args.format,
                overwrite=args.overwrite,
                skip_existing=args.skip_existing,
            )
        unread = [] if "-" in args.inputs else passed_over(args.inputs, args.recursive)
        plan = replace(plan, results=tuple(results), unread=tuple(unread))
    refuse_unwritable(job.target for job in plan.jobs if job.target is not STDOUT)
    if args.compare:
        from srgan_prompt.inference.batch import refuse_comparison_over

        refuse_comparison_over(Path(args.compare), plan, overwrite=args.overwrite)
        refuse_unwritable([Path(args.compare)])
    return plan


def _suffix(request: UpscaleRequest, network_scale: int | None) -> str:
    if request.args.suffix is not None:
        return str(request.args.suffix)
    if request.target.scale is not None:
        return f"_x{request.target.scale:g}"
    return f"_x{network_scale}" if request.target == NO_SIZE else "_upscaled"


def _expand(args: Namespace, suffix: str) -> tuple[list[InputFile], list[Path]]:
    """What to read, and the results of earlier runs that lie between."""
    if args.inputs == ["-"]:
        return [InputFile(STDIN)], []
    if "-" in args.inputs:
        raise UsageError("- (stdin) is one image and stands alone; give the other inputs in a run of their own.")
    files, results = without_results(expand_inputs(args.inputs, args.recursive), suffix)
    if not files:
        names = ", ".join(map(printable, args.inputs))
        raise InputImageError(f"{names}: holds only results of earlier runs; name those that are to be upscaled again.")
    return files, results


def _plan_to_stdout(args: Namespace, files: list[InputFile]) -> Plan:
    if len(files) > 1:
        raise UsageError("-o - writes one image to stdout, and there are several inputs; name a folder.")
    if args.json:
        raise UsageError("--json and the image cannot share stdout; give -o FILE.")
    if sys.stdout.isatty():
        raise UsageError("An image is not written to a terminal; redirect stdout, or give -o FILE.")
    return Plan((Job(files[0].path, STDOUT),))


def remarks(request: UpscaleRequest, plan: Plan) -> Iterator[str]:
    """What the user should know of the plan before the work."""
    if plan.results:
        others = len(plan.results) - 1
        what = f" and {others} more: results" if others else ": a result"
        yield f"{printable(plan.results[0])}{what} of an earlier run, left out; name a file to upscale it again."
    if plan.unread:
        named = ", ".join(printable(path) for path in plan.unread[:MAX_NAMED])
        more = ", ..." if len(plan.unread) > MAX_NAMED else ""
        yield f"{len(plan.unread)} passed over, in formats that are not read here: {named}{more}"
    if request.prompt_file:
        yield from request.prompt_file.remarks(plan.jobs)


def refuse_size(request: UpscaleRequest, target: Path, source_format: str, size_px: tuple[int, int]) -> None:
    """Raise OutputError if the format of ``target`` cannot hold a result of (width, height)."""
    suffix = target.suffix.lower()
    if target is STDOUT:
        suffix = f".{source_format if request.args.format == 'same' else request.args.format}".lower()
    if suffix in FORMAT_OF_SUFFIX:
        refuse_too_long(target, FORMAT_OF_SUFFIX[suffix], size_px)


_NUMBER = r"\s*[-+]?\d+(?:\.\d+)?\s*"
_BOX = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}}")
_POINT = re.compile(rf"({_NUMBER}),({_NUMBER})")
_POLYGON = re.compile(rf"{_POINT.pattern}(?:[;\s]{_POINT.pattern}){{2,}}")


def _read_region(text: str) -> object:
    """The value of ``--region``: a box (x0, y0, x1, y1), a list of points, a mask [height, width] in [0, 1].

    Raises UsageError for text that is neither numbers nor a file, InputImageError for a mask that cannot be read.
    """
    if _BOX.fullmatch(text):
        return tuple(float(number) for number in text.split(","))
    if _POLYGON.fullmatch(text):
        return [(float(x), float(y)) for x, y in _POINT.findall(text)]
    if not Path(text).exists():
        raise UsageError(f"--region '{text}' is no box X0,Y0,X1,Y1, no polygon X,Y X,Y X,Y, and no image's name.")
    from srgan_prompt.images.read import read_image
    from srgan_prompt.inference.region import mask_of_image

    return mask_of_image(read_image(Path(text)))


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
