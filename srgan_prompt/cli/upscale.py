"""``srgan-prompt upscale``: settle what to do, load the model, do it file by file, report.

Everything that can be refused is refused before the model is loaded; nothing is loaded if there is nothing to do.
"""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.cli.files import STDOUT, Order, knows_scale, plan_files, read_order, remarks
from srgan_prompt.cli.parser import CommandParser
from srgan_prompt.cli.signals import Terminated
from srgan_prompt.errors import ModelError, OutputError
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job, Plan

if TYPE_CHECKING:
    from srgan_prompt.cli.progress import Progress
    from srgan_prompt.cli.report import Report
    from srgan_prompt.cli.work import Work
    from srgan_prompt.inference.sheet import ComparisonSheet
    from srgan_prompt.inference.upscaler import Upscaler


def parser() -> CommandParser:
    """See ``upscale_flags``."""
    from srgan_prompt.cli import upscale_flags

    return upscale_flags.parser()


def run(args: Namespace) -> int:
    """Do it; returns the exit code."""
    order = read_order(args)
    if args.dry_run:
        from srgan_prompt.cli.plan import print_plan

        return print_plan(order)
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


def _do(order: Order, plan: Plan, upscaler: "Upscaler | None") -> int:
    from srgan_prompt.cli.progress import progress_shown
    from srgan_prompt.cli.report import Report
    from srgan_prompt.cli.work import Work
    from srgan_prompt.inference.sheet import ComparisonSheet

    args = order.args
    sheet = ComparisonSheet() if args.compare else None
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


def _write_sheet(sheet: "ComparisonSheet", path: Path, report: "Report") -> None:
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
