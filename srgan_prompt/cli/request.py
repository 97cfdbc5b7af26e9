"""What the flags ask for, read; and which files that means: settled, or refused, before any model is loaded."""

import re
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.cli.prompt_file import PromptFile, read_prompt_file
from srgan_prompt.errors import InputImageError, UsageError
from srgan_prompt.files import printable, refuse_unwritable
from srgan_prompt.images.formats import FORMAT_OF_SUFFIX, refuse_too_long
from srgan_prompt.images.paths import InputFile, Job, Plan, expand_inputs, passed_over, plan_outputs
from srgan_prompt.prompts.sizes import TargetSize

if TYPE_CHECKING:
    from srgan_prompt.prompts.prompt import PromptLike


MAX_NAMED = 10
STDIN, STDOUT = Path("<stdin>"), Path("<stdout>")
"""Stand for the streams in a ``Job``; compared by identity, so that files of that name are files."""


@dataclass(frozen=True)
class UpscaleRequest:
    """The flags, read: ``prompt`` as the upscaler takes it, ``target`` the wanted size, ``region`` where it acts.

    ``prompt_file`` holds the images' own prompts, which come first.
    """

    args: Namespace
    prompt: "PromptLike"
    target: TargetSize
    region: object
    prompt_file: PromptFile | None = None

    def prompt_for(self, source: Path) -> "PromptLike":
        """What ``source`` is asked for."""
        return self.prompt_file.prompt_for(source, self.prompt) if self.prompt_file else self.prompt


def read_request(args: Namespace) -> UpscaleRequest:
    """The flags as a request. Raises UsageError for contradictions, InputImageError for a mask that cannot be read."""
    from srgan_prompt.prompts.prompt import read_prompt

    flags = TargetSize(args.scale, args.width, args.height, args.max_side)
    said = read_prompt(args.prompt, args.strength, args.negative).size
    if args.quiet and args.verbose:
        raise UsageError("--quiet and --verbose contradict each other; give one of them.")
    if args.quiet and args.receipt and not args.json:
        raise UsageError("--quiet leaves no place for the --receipt; add --json, or leave one of them out.")
    target = flags if flags != TargetSize() else said or TargetSize()
    prompt_file = read_prompt_file(Path(args.prompt_file)) if args.prompt_file else None
    return UpscaleRequest(args, args.prompt, target, _read_region(args.region), prompt_file)


def plan_files(request: UpscaleRequest, network_scale: Callable[[], int]) -> Plan:
    """Sources and targets, every collision refused. ``network_scale`` is asked if the names of results hold it."""
    args = request.args
    if args.inputs == ["-"] and args.output in (None, "-"):
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
        plan = replace(plan, results=tuple(results))
    refuse_unwritable(job.target for job in plan.jobs if job.target is not STDOUT)
    if args.compare:
        from srgan_prompt.inference.comparison import refuse_comparison_over

        refuse_comparison_over(Path(args.compare), plan, overwrite=args.overwrite)
        refuse_unwritable([Path(args.compare)])
    return plan


def _suffix(request: UpscaleRequest, network_scale: Callable[[], int]) -> str:
    if request.args.suffix is not None:
        return str(request.args.suffix)
    if request.target.scale is not None:
        return f"_x{request.target.scale:g}"
    return f"_x{network_scale()}" if request.target == TargetSize() else "_upscaled"


def _expand(args: Namespace, suffix: str) -> tuple[list[InputFile], list[Path]]:
    """What to read, and the results of earlier runs that lie between."""
    if args.inputs == ["-"]:
        return [InputFile(STDIN)], []
    if "-" in args.inputs:
        raise UsageError("- (stdin) is one image and stands alone; give the other inputs in a run of their own.")
    from srgan_prompt.images.paths import without_results

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
    args = request.args
    if "-" not in args.inputs and (files := passed_over(args.inputs, args.recursive)):
        names = ", ".join(printable(path) for path in files[:MAX_NAMED]) + (", ..." if len(files) > MAX_NAMED else "")
        yield f"{len(files)} passed over, in formats that are not read here: {names}"
    if request.prompt_file:
        yield from request.prompt_file.remarks(plan.jobs)


def refuse_size(request: UpscaleRequest, target: Path, source_format: str, size_px: tuple[int, int]) -> None:
    """Raise OutputError if the format of ``target`` cannot hold a result of (width, height)."""
    suffix = target.suffix.lower()
    if target is STDOUT:
        suffix = f".{source_format if request.args.format == 'same' else request.args.format}".lower()
    if suffix in FORMAT_OF_SUFFIX:
        refuse_too_long(printable(target), FORMAT_OF_SUFFIX[suffix], size_px)


_NUMBER = r"\s*[-+]?\d+(?:\.\d+)?\s*"
_BOX = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}}")
_POINT = re.compile(rf"({_NUMBER}),({_NUMBER})")
_POLYGON = re.compile(rf"{_POINT.pattern}(?:[;\s]{_POINT.pattern}){{2,}}")


def _read_region(text: str | None) -> object:
    """The value of ``--region``: a box (x0, y0, x1, y1), a list of points, a mask [height, width] in [0, 1], or None.

    Raises UsageError for text that is neither numbers nor a file, InputImageError for a mask that cannot be read.
    """
    if text is None:
        return None
    if _BOX.fullmatch(text):
        return tuple(float(number) for number in text.split(","))
    if _POLYGON.fullmatch(text):
        return [(float(x), float(y)) for x, y in _POINT.findall(text)]
    if not Path(text).exists():
        raise UsageError(f"--region '{text}' is no box X0,Y0,X1,Y1, no polygon X,Y X,Y X,Y, and no image's name.")
    from srgan_prompt.images.read import read_image
    from srgan_prompt.inference.region import mask_of_image

    return mask_of_image(read_image(Path(text)))
