"""``srgan-prompt upscale``: settle what to do, load the model, do it file by file, report.

Everything that can be refused is refused before the model is loaded; nothing is loaded if there is nothing to do.
"""

import sys
import warnings
from argparse import Namespace
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.cli.console import Terminated, give_bytes
from srgan_prompt.cli.request import STDIN, STDOUT, UpscaleRequest, plan_files, read_request, refuse_size, remarks
from srgan_prompt.errors import MemoryLimitError, ModelError, OutputError, PromptWarning
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job, Plan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from srgan_prompt.cli.report import Bars, Report
    from srgan_prompt.images.image import LoadedImage
    from srgan_prompt.images.opened import ImagePolicy
    from srgan_prompt.inference.batch import Comparison, Outcome
    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.upscaler import Upscaler


def run(args: Namespace) -> int:
    """Do it; returns the exit code."""
    request = read_request(args)
    if args.dry_run:
        from srgan_prompt.cli.dry_run import print_dry_run

        return print_dry_run(request)
    model = _Model(args)
    plan = plan_files(request, model.scale if request.names_hold_scale else None)
    from srgan_prompt.cli.report import Report

    to_stdout = any(job.target is STDOUT for job in plan.jobs)
    report = Report(args, num_files=len(plan.jobs) + len(plan.skipped), lists_results=not to_stdout)
    for remark in remarks(request, plan):
        report.say(remark)
    return _upscale(request, plan, model, report)


class _Model:
    """The model that the flags name: its scale as soon as that is known, itself when it is needed."""

    def __init__(self, args: Namespace) -> None:
        self._args = args
        self._upscaler: Upscaler | None = None

    @cached_property
    def scale(self) -> int:
        """Of the network itself; from its settings if they are at hand, so that it need not be loaded yet."""
        from srgan_prompt.inference.load import resolve

        settings = resolve(self._args.model, self._args.revision, self._args.engine).known_settings()
        return settings.scale if settings else self.load().scale

    def load(self) -> "Upscaler":
        """The model, loaded once."""
        if self._upscaler is None:
            from srgan_prompt.inference.upscaler import Upscaler

            names = ("device", "precision", "engine", "threads", "text_encoder")
            options = {name: getattr(self._args, name) for name in names}
            self._upscaler = Upscaler.from_pretrained(self._args.model, self._args.revision, **options)
        return self._upscaler


def _upscale(request: UpscaleRequest, plan: Plan, model: _Model, report: "Report") -> int:
    """Do ``plan`` and report; returns the exit code."""
    from srgan_prompt.inference.batch import Comparison

    args = request.args
    comparison = Comparison() if args.compare else None
    try:
        with _bars(args) as bars, warnings.catch_warnings():
            warnings.simplefilter("ignore", PromptWarning)  # the report tells the notes of each result
            for outcome in _outcomes(request, plan, model, comparison, bars):
                report.outcome(outcome)
                if isinstance(outcome.error, ModelError):
                    break  # no other file would fare better
        if comparison:
            _write_comparison(comparison, Path(args.compare), report)
    except (KeyboardInterrupt, Terminated, OutputError):
        report.finish()  # what was done until then is no secret
        raise
    return report.finish()


def _bars(args: Namespace) -> AbstractContextManager["Bars | None"]:
    """Of progress, where somebody watches."""
    if args.quiet or not sys.stderr.isatty():
        return nullcontext()
    from srgan_prompt.cli.report import Bars

    return Bars()


def _outcomes(
    request: UpscaleRequest, plan: Plan, model: _Model, comparison: "Comparison | None", bars: "Bars | None"
) -> "Iterator[Outcome]":
    """What becomes of each file. A model that cannot be loaded is not the failure of one file: ModelError."""
    from srgan_prompt.inference.batch import upscale_files

    if plan.jobs:
        model.load()

    def upscale(image: "LoadedImage", job: Job) -> "UpscaleResult":
        return _upscale_one(request, image, job, model, bars)

    def save(result: "UpscaleResult", target: Path) -> tuple[str, ...]:
        notes = _save(request.args, result, target)
        if comparison:
            comparison.add(result)
        return notes

    begin = bars.file if bars else None
    return upscale_files(upscale, plan, read=_read, save=save, fail_fast=request.args.fail_fast, progress=begin)


def _read(source: Path, policy: "ImagePolicy") -> "LoadedImage":
    from srgan_prompt.images.read import read_image

    return read_image(sys.stdin.buffer if source is STDIN else source, policy)


def _upscale_one(
    request: UpscaleRequest, image: "LoadedImage", job: Job, model: _Model, bars: "Bars | None"
) -> "UpscaleResult":
    """Upscale ``image``, once it is known that the target of ``job`` can hold the result."""
    args = request.args
    try:
        size_px = request.target.size_px(image.width_px, image.height_px, model.scale)
        prompt = request.prompt_for(job.source)
        refuse_size(request, job.target, image.meta.format, size_px)
        return model.load()(
            image,
            prompt,
            strength=args.strength,
            negative=args.negative,
            region=request.region,
            size_px=size_px,
            tile=args.tile,
            overlap=args.overlap,
            self_ensemble=args.self_ensemble,
            receipt=args.receipt,
            progress=bars.tile if bars else None,
        )
    except MemoryError as error:
        raise MemoryLimitError(f"{printable(job.source)}: memory ran out; ask for a smaller result.") from error


def _save(args: Namespace, result: "UpscaleResult", target: Path) -> tuple[str, ...]:
    """Write the result to ``target``; returns notes."""
    provenance = not args.no_provenance
    if target is not STDOUT:
        return result.save(target, quality=args.quality, strip_metadata=args.strip_metadata, provenance=provenance)
    buffer = BytesIO()  # first whole, then out: whoever reads the pipe gets all or nothing
    notes = result.save(
        buffer,
        format=None if args.format == "same" else args.format,
        quality=args.quality,
        strip_metadata=args.strip_metadata,
        provenance=provenance,
    )
    give_bytes(buffer.getbuffer())
    return notes


def _write_comparison(comparison: "Comparison", path: Path, report: "Report") -> None:
    comparison.write(path)
    if comparison.num_left_out:
        report.say(f"{printable(path)}: {comparison.num_left_out} results had no room on the comparison.")
