"""``srgan-prompt upscale``: settle what to do, load the model, do it file by file, report.

Everything that can be refused is refused before the model is loaded; nothing is loaded if there is nothing to do.

One picture after the other: read, enlarged, and written, as an order says. Called by ``inference.batch``.
"""

import sys
import warnings
from argparse import Namespace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.cli.parser import CommandParser
from srgan_prompt.cli.process import Terminated, give_bytes
from srgan_prompt.cli.request import (
    STDIN,
    STDOUT,
    UpscaleRequest,
    knows_scale,
    plan_files,
    read_request,
    refuse_size,
    remarks,
)
from srgan_prompt.errors import MemoryLimitError, ModelError, OutputError, PromptWarning
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job, Plan
from srgan_prompt.prompts.interpretation import as_json

if TYPE_CHECKING:
    from srgan_prompt.cli.progress import Progress
    from srgan_prompt.cli.report import Report
    from srgan_prompt.inference.comparison import Comparison
    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.upscaler import Upscaler


def parser() -> CommandParser:
    """See ``upscale_flags``."""
    from srgan_prompt.cli import upscale_flags

    return upscale_flags.parser()


def run(args: Namespace) -> int:
    """Do it; returns the exit code."""
    order = read_request(args)
    if args.dry_run:
        from srgan_prompt.cli.dry_run import print_dry_run

        return print_dry_run(order)
    upscaler = None if knows_scale(order) else _load(args)
    plan = plan_files(order, upscaler.scale if upscaler else None)
    return _do(order, plan, upscaler)


def _load(args: Namespace) -> "Upscaler":
    from srgan_prompt.inference.upscaler import Upscaler

    return Upscaler.from_pretrained(
        args.model,
        args.revision,
        device=args.device,
        precision=args.precision,
        engine=args.engine,
        threads=args.threads,
        text_encoder=args.text_encoder,
    )


def _do(order: UpscaleRequest, plan: Plan, upscaler: "Upscaler | None") -> int:
    from srgan_prompt.cli.progress import progress_shown
    from srgan_prompt.cli.report import Report
    from srgan_prompt.inference.comparison import Comparison

    args = order.args
    sheet = Comparison() if args.compare else None
    to_stdout = any(job.target is STDOUT for job in plan.jobs)
    report = Report(args, num_files=len(plan.jobs) + len(plan.skipped), lists_results=not to_stdout)
    for remark in remarks(order, plan):
        report.say(remark)
    try:
        with progress_shown(quiet=args.quiet) as progress:
            work = Work(order, plan, upscaler or (_load(args) if plan.jobs else None), progress, sheet)
            _do_files(work, plan, report, progress)
        if sheet:
            _write_sheet(sheet, Path(args.compare), report)
    except (KeyboardInterrupt, Terminated, OutputError):
        report.finish()  # what was done until then is no secret
        raise
    return report.finish()


def _write_sheet(sheet: "Comparison", path: Path, report: "Report") -> None:
    sheet.write(path)
    if sheet.num_left_out:
        report.say(f"{printable(path)}: {sheet.num_left_out} results had no room on the comparison.")


def _do_files(work: "Work", plan: Plan, report: "Report", progress: "Progress") -> None:
    from srgan_prompt.inference.batch import upscale_files

    def begin(num_done: int, num_files: int, job: Job) -> None:
        progress.file(num_done, num_files, printable(job.source.name))

    fail_fast = work.order.args.fail_fast
    for outcome in upscale_files(work.upscale, plan, save=work.save, fail_fast=fail_fast, progress=begin):
        report.outcome(outcome, work.details if outcome.status == "done" else {})
        if isinstance(outcome.error, ModelError):
            break  # no other file would fare better


class Work:
    """``upscale`` and ``save`` for one picture; ``details`` tells of the last. Results join the ``sheet``, if any."""

    def __init__(
        self,
        order: UpscaleRequest,
        plan: Plan,
        upscaler: "Upscaler | None",
        progress: "Progress",
        sheet: "Comparison | None",
    ) -> None:
        self._targets = {job.source: job.target for job in plan.jobs}
        self.order, self._upscaler, self._progress, self._sheet = order, upscaler, progress, sheet
        self.details: dict[str, Any] = {}

    def upscale(self, path: Path) -> "UpscaleResult":
        """Read ``path`` and enlarge it."""
        from srgan_prompt.images.read import read_image

        args, order = self.order.args, self.order
        if self._upscaler is None:
            raise AssertionError("a plan without jobs has nothing to upscale")
        try:
            image = read_image(sys.stdin.buffer if path is STDIN else path)
            size_px = order.target.size_px(image.width_px, image.height_px, self._upscaler.scale)
            refuse_size(order, self._targets[path], image.meta.format, size_px)
            options = {
                "strength": args.strength,
                "negative": args.negative,
                "region": order.region,
                "size_px": size_px,
                "tile": args.tile,
                "overlap": args.overlap,
                "self_ensemble": args.self_ensemble,
                "progress": self._progress.tile,
            }
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PromptWarning)  # the report tells the notes of the result
                return self._upscaler(image, order.prompt_for(path), **options)
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
            give_bytes(buffer.getbuffer())
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
        **as_json(result.readings),
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }
