"""``srgan-prompt upscale``: settle what to do, load the model, do it file by file, report.

Everything that can be refused is refused before the model is loaded; nothing is loaded if there is nothing to do.
"""

import sys
from argparse import Namespace
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.cli.parser import CommandParser
from srgan_prompt.cli.signals import Terminated
from srgan_prompt.errors import MemoryLimitError, ModelError, UsageError
from srgan_prompt.images.naming import printable
from srgan_prompt.images.paths import InputFile, Job, Plan, expand_inputs, plan_outputs
from srgan_prompt.inference.sizing import Clauses, TargetSize, read_sentences

if TYPE_CHECKING:
    from srgan_prompt.cli.progress import Progress
    from srgan_prompt.cli.report import Report
    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.sheet import ComparisonSheet
    from srgan_prompt.inference.upscaler import Upscaler

STDIN, STDOUT = Path("<stdin>"), Path("<stdout>")


@dataclass(frozen=True)
class Order:
    """The flags, read: ``prompt`` as the upscaler takes it, ``target`` the wanted size, ``region`` where it acts."""

    args: Namespace
    prompt: Clauses | str | None
    target: TargetSize
    region: object


def parser() -> CommandParser:
    """See ``upscale_flags``."""
    from srgan_prompt.cli import upscale_flags

    return upscale_flags.parser()


def run(args: Namespace) -> int:
    """Do it; returns the exit code."""
    order = _read_order(args)
    if args.dry_run:
        from srgan_prompt.cli.plan import print_plan

        return print_plan(order)
    upscaler = None if knows_scale(order) else _load(args)
    plan = plan_files(order, upscaler.scale if upscaler else None)
    return _do(order, plan, upscaler)


def plan_files(order: Order, network_scale: int | None = None) -> Plan:
    """Sources and targets, every collision refused. ``network_scale`` names the results if the model's is unknown."""
    args = order.args
    if args.inputs == ["-"]:
        files = [InputFile(STDIN)]
    elif "-" in args.inputs:
        raise UsageError("- (stdin) is one picture and stands alone; give the other inputs in a run of their own.")
    else:
        files = expand_inputs(args.inputs, args.recursive)
    if args.output == "-" or (args.output is None and files[0].path is STDIN):
        return _plan_to_stdout(args, files)
    return plan_outputs(
        files,
        args.output,
        suffix=_suffix(order, network_scale),
        extension=None if args.format == "same" else args.format,
        overwrite=args.overwrite,
        skip_existing=args.skip_existing,
    )


def knows_scale(order: Order) -> bool:
    """Whether the names of the results can be told before the model is loaded."""
    model = order.args.model
    wants = order.args.suffix is not None or order.target != TargetSize()
    return wants or model is None or Path(model).expanduser().is_dir()


def _read_order(args: Namespace) -> Order:
    from srgan_prompt.cli.region import read_region

    flags = TargetSize(args.scale, args.width, args.height, args.max_side)
    prompt, said = read_sentences(args.prompt or [])
    if args.quiet and args.verbose:
        raise UsageError("--quiet and --verbose contradict each other; give one of them.")
    target = flags if flags != TargetSize() else said or TargetSize()
    return Order(args, prompt, target, None if args.dry_run else read_region(args.region))


def _suffix(order: Order, network_scale: int | None) -> str:
    if order.args.suffix is not None:
        return str(order.args.suffix)
    if order.target.scale is not None:
        return f"_x{order.target.scale:g}"
    if order.target != TargetSize():
        return "_upscaled"
    if network_scale is None:
        from srgan_prompt.inference.estimate import network_facts

        network_scale = network_facts(order.args.model, order.args.revision).scale
    return f"_x{network_scale}"


def _plan_to_stdout(args: Namespace, files: list[InputFile]) -> Plan:
    if len(files) > 1:
        raise UsageError("-o - writes one picture to stdout, and there are several inputs; name a folder.")
    if args.json:
        raise UsageError("--json and the picture cannot share stdout; give -o FILE.")
    if sys.stdout.isatty():
        raise UsageError("A picture is not written to a terminal; redirect stdout, or give -o FILE.")
    return Plan((Job(files[0].path, STDOUT),))


def _load(args: Namespace) -> "Upscaler":
    from srgan_prompt.inference.upscaler import Upscaler

    return Upscaler.from_pretrained(
        args.model,
        args.revision,
        device=args.device,
        precision=args.precision,
        engine=args.engine,
        threads=args.threads,
    )


def _do(order: Order, plan: Plan, upscaler: "Upscaler | None") -> int:
    from srgan_prompt.cli.progress import progress_shown
    from srgan_prompt.cli.report import Report
    from srgan_prompt.inference.sheet import ComparisonSheet, refuse_sheet_over

    args = order.args
    sheet = ComparisonSheet() if args.compare else None
    if sheet:
        refuse_sheet_over(Path(args.compare), plan, overwrite=args.overwrite)
    to_stdout = any(job.target is STDOUT for job in plan.jobs)
    report = Report(args, num_files=len(plan.jobs) + len(plan.skipped), lists_results=not to_stdout)
    try:
        with progress_shown(quiet=args.quiet) as progress:
            work = _Work(order, upscaler or (_load(args) if plan.jobs else None), progress, sheet)
            _do_files(work, plan, report, progress)
    except (KeyboardInterrupt, Terminated):
        report.finish()  # what was done until then is no secret
        raise
    if sheet:
        sheet.write(Path(args.compare))
        if sheet.num_left_out:
            report.say(f"{printable(args.compare)}: {sheet.num_left_out} results had no room on the comparison.")
    return report.finish()


def _do_files(work: "_Work", plan: Plan, report: "Report", progress: "Progress") -> None:
    from srgan_prompt.inference.batch import upscale_files

    def begin(num_done: int, num_files: int, job: Job) -> None:
        progress.file(num_done, num_files, printable(job.source.name))

    fail_fast = work.order.args.fail_fast
    for outcome in upscale_files(work.upscale, plan, save=work.save, fail_fast=fail_fast, progress=begin):
        report.outcome(outcome, work.details if outcome.status == "done" else {})
        if isinstance(outcome.error, ModelError):
            break  # no other file would fare better


class _Work:
    """One picture after the other as the flags say; ``details`` tells of the last."""

    def __init__(
        self, order: Order, upscaler: "Upscaler | None", progress: "Progress", sheet: "ComparisonSheet | None"
    ) -> None:
        self.order, self._upscaler, self._progress, self._sheet = order, upscaler, progress, sheet
        self.details: dict[str, Any] = {}

    def upscale(self, path: Path) -> "UpscaleResult":
        """Read ``path`` and enlarge it."""
        from srgan_prompt.images.read import read_image

        args, order = self.order.args, self.order
        try:
            image = read_image(sys.stdin.buffer if path is STDIN else path)
            size_px = order.target.size_px(image.width_px, image.height_px, self._upscaler.scale)
            return self._upscaler(
                image,
                order.prompt,
                strength=args.strength,
                negative=args.negative,
                region=order.region,
                size_px=size_px,
                tile=args.tile,
                overlap=args.overlap,
                progress=self._progress.tile,
            )
        except MemoryError as error:
            raise MemoryLimitError(f"{printable(path)}: memory ran out; ask for a smaller result.") from error

    def save(self, result: "UpscaleResult", target: Path) -> tuple[str, ...]:
        """Write the result to ``target``; returns notes."""
        args = self.order.args
        file_format = None if args.format == "same" else args.format
        options = {
            "quality": args.quality,
            "strip_metadata": args.strip_metadata,
            "provenance": not args.no_provenance,
        }
        if target is STDOUT:
            buffer = BytesIO()  # first whole, then out: whoever reads the pipe gets all or nothing
            notes = result.save(buffer, format=file_format, **options)
            sys.stdout.buffer.write(buffer.getbuffer())
            sys.stdout.buffer.flush()
        else:
            notes = result.save(target, **options)
        if self._sheet:
            self._sheet.add(result)
        self.details = _details(result)
        return notes


def _details(result: "UpscaleResult") -> dict[str, Any]:
    settings = result.settings
    return {
        "input_size_px": (result.source.width_px, result.source.height_px),
        "model": settings.model,
        "engine": settings.engine,
        "prompt": settings.prompt,
        "negative": settings.negative,
        "strength": settings.strength,
        "tile_px": settings.tile_px,
        "overlap_px": settings.overlap_px,
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }
