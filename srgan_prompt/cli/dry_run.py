"""``srgan-prompt upscale --dry-run``: what would be done, with tiles, memory and time, and what the prompt is read as.

Loads neither weights nor torch. One line a file goes to stdout, sums go to stderr.
"""

import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.cli.console import give, tell
from srgan_prompt.cli.report import named
from srgan_prompt.cli.request import STDIN, UpscaleRequest, plan_files, refuse_size, remarks
from srgan_prompt.errors import InputImageError, PartialFailureError, SrganPromptError
from srgan_prompt.files import printable
from srgan_prompt.images.paths import Job
from srgan_prompt.images.read import read_header
from srgan_prompt.inference.cost import Estimate, estimate
from srgan_prompt.inference.engine import NUM_VIEWS, NetworkFacts
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.load import resolve
from srgan_prompt.prompts.interpretation import Interpretation, interpret_readings
from srgan_prompt.prompts.prompt import Prompt, read_prompt
from srgan_prompt.prompts.prompt_encoder import refuse_encoder
from srgan_prompt.prompts.reading import PackagedReader, as_json, described

if TYPE_CHECKING:
    from srgan_prompt.images.opened import ImageHeader


def print_dry_run(request: UpscaleRequest) -> int:
    """One line a file on stdout, sums on stderr; returns the exit code a bad input would give."""
    args = request.args
    source = resolve(args.model, args.revision)
    precision = args.precision if source.kind == "ours" and args.engine == "torch" else "fp32"
    known = source.known_facts()
    facts = _as_run_by(args.engine, known or source.assumed_facts())
    if known and not (known.takes_prompts and known.intents is None):
        refuse_encoder(args.text_encoder, args.model or "The shipped model")
    plan = plan_files(request, facts.scale)
    say = _unsaid if args.quiet else tell
    if facts.is_foreign:
        say("The network of another project is not known before it is loaded; scale and time of ours are assumed.")
    elif not known:
        say("The model's settings are not known before it is loaded; the default network is assumed.")
    for remark in remarks(request, plan):
        say(remark)
    errors: list[SrganPromptError] = []
    estimates: list[Estimate] = []
    read = _reading_once(facts)
    told: set[str] = set()
    for job in plan.jobs:
        try:
            header = _header(job.source)
            cost = _estimate(request, facts, header, precision)
            refuse_size(request, job.target, header.format, cost.result_size_px)
            prompt = read(_asked(request, job))
        except SrganPromptError as error:
            errors.append(error)
            tell(f"failed: {named(job, error)}")
            continue
        estimates.append(cost)
        _print_line(request, job, header, cost, prompt)
        for note in (*_asked(request, job).notes, *prompt.notes):
            if note not in told:
                say(f"{printable(job.source)}: {note}")
            told.add(note)
    say(_summary(estimates, num_skipped=len(plan.skipped), num_bad=len(errors)))
    if not errors:
        return 0
    return errors[0].exit_code if len(plan.jobs) == 1 else PartialFailureError.exit_code


def _as_run_by(engine: str, facts: NetworkFacts) -> NetworkFacts:
    """An exported file has one scale."""
    return replace(facts, more=()) if engine in FILE_ENGINES else facts


def _unsaid(_: str) -> None:
    """For ``--quiet``."""


def _header(source: Path) -> "ImageHeader":
    if source is STDIN:
        raise InputImageError("An image on stdin can only be read once; give a file for --dry-run.")
    return read_header(source)


def _estimate(request: UpscaleRequest, facts: NetworkFacts, header: "ImageHeader", precision: str) -> Estimate:
    size_px = header.width_px, header.height_px
    return estimate(
        facts,
        size_px,
        request.target.size_px(*size_px, facts.scale),
        bytes_per_channel=2 if "16" in header.mode else 1,
        tile=request.args.tile,
        overlap_px=request.args.overlap,
        num_views=NUM_VIEWS if request.args.self_ensemble else 1,
        num_results=2 if request.args.receipt else 1,
        precision=precision,
    )


def _asked(request: UpscaleRequest, job: Job) -> Prompt:
    return read_prompt(request.prompt_for(job.source), request.args.strength, request.args.negative)


def _reading_once(facts: NetworkFacts) -> Callable[[Prompt], Interpretation]:
    """Reads a prompt as the network would, each but once; nothing if it takes no readings."""
    intents = facts.intents if facts.takes_prompts else None
    reader = PackagedReader()
    return cache(lambda asked: Interpretation() if intents is None else interpret_readings(asked, reader, intents))


def _print_line(
    request: UpscaleRequest, job: Job, header: "ImageHeader", cost: Estimate, prompt: Interpretation
) -> None:
    if request.args.json:
        names = {"input": os.fspath(job.source), "output": os.fspath(job.target), "status": "planned"}
        sizes = {"input_size_px": (header.width_px, header.height_px)}
        rounded = asdict(cost) | {"time_s": float(f"{cost.time_s:.3g}")}
        give(json.dumps(names | sizes | rounded | as_json(prompt.readings) | {"notes": prompt.notes}) + "\n")
        return
    width_px, height_px = cost.result_size_px
    tiles = "1 tile" if cost.num_tiles == 1 else f"{cost.num_tiles} tiles of {cost.tile_px} px"
    resources = f"about {cost.memory_bytes / 2**20:.0f} MiB, {duration(cost.time_s)}"
    end = f", read as: {described(prompt.readings)}\n" if prompt.readings else "\n"
    give(
        f"{printable(job.source)} -> {printable(job.target)}: {header.width_px} x {header.height_px} ->"
        f" {width_px} x {height_px}, network x{cost.network_scale}, {tiles}, {resources}{end}"
    )


def _summary(estimates: list[Estimate], *, num_skipped: int, num_bad: int) -> str:
    total_s = sum(cost.time_s for cost in estimates)
    peak_bytes = max((cost.memory_bytes for cost in estimates), default=0)
    skipped = f", {num_skipped} skipped because they exist" if num_skipped else ""
    bad = f", {num_bad} that cannot be done" if num_bad else ""
    return (
        f"{len(estimates)} to do{skipped}{bad}; about {duration(total_s)} of network time on the CPU as busy as it is"
        f" now, {peak_bytes / 2**20:.0f} MiB at most."
    )


def duration(seconds: float) -> str:
    """Such as "0.4 s", "12 s", "3 min", "1.5 h"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
