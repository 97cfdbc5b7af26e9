"""``srgan-prompt audit`` and ``plot``: what a model does and how a run goes, measured and drawn.

Reports go to stdout, or with -o into a folder; paths of what was written go to stdout.
"""

import os
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from srgan_prompt.cli.console import CommandParser, give, tell, whole
from srgan_prompt.errors import UsageError

if TYPE_CHECKING:
    from srgan_prompt.evaluation.audit.model import AuditSettings

_DESCRIPTION = """\
Ask a model for every operation it should know, on your own clean photos, and measure whether the sentence decides what
happens. Takes about a minute an image.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("audit", "audit [MODEL] --images DIR [--requests FILE] [-o FOLDER] [options]", _DESCRIPTION)
    command.add_argument(
        "model", nargs="?", metavar="MODEL", help="model folder, hub id or training checkpoint (default: the shipped)"
    )
    command.add_argument("--images", metavar="DIR", help="folder of clean photos")
    command.add_argument("--requests", metavar="FILE", help="JSON file of people's own sentences, tried as well")
    command.add_argument("-o", "--output", metavar="FOLDER", help="write audit.md, audit.json and audit.png there")
    command.add_argument("--num-images", type=whole(1, 10_000), metavar="N", help="photos to use (default 8)")
    command.add_argument("--side", type=whole(32, 4096), metavar="PX", help="centre of each to use (default 384)")
    command.add_argument("--lpips", action="store_true", help="measure LPIPS too: slow, and its weights are needed")
    command.add_argument("--seed", type=whole(0, 2**31 - 1), metavar="N", help="of damage and wordings (default 0)")
    command.add_argument("--revision", metavar="REV", help="branch, tag or commit of a hub id")
    return command


def run(args: Namespace) -> int:
    """Audit; returns the exit code."""
    if not args.images:
        raise UsageError("Say which clean photos to use: --images DIR.")

    from srgan_prompt.evaluation.audit.labelled_sentences import read_sentences
    from srgan_prompt.evaluation.audit.model import AuditModel, load_images
    from srgan_prompt.evaluation.audit.report import as_markdown, render
    from srgan_prompt.evaluation.audit.run import run_audit
    from srgan_prompt.files import write_files

    settings = settings_of(args)
    human = read_sentences(Path(args.requests)) if args.requests else []
    model = AuditModel.load(args.model, args.revision)
    images = load_images(Path(args.images), settings.num_images, settings.side_px, model.scale)

    def tell_photo(number: int) -> None:
        tell(f"photo {number + 1} of {len(images)}")

    result = run_audit(model, images, human, settings, tell_photo)
    if args.output is None:
        give(as_markdown(result))
        return 0
    for path in write_files(render(result), Path(args.output)):
        give(os.fspath(path) + "\n")
    return 0


def settings_of(args: Namespace) -> "AuditSettings":
    """What the flags say; the defaults of ``AuditSettings`` where they say nothing."""
    from srgan_prompt.evaluation.audit.model import AuditSettings

    given = {"num_images": args.num_images, "side_px": args.side, "seed": args.seed, "with_lpips": args.lpips}
    return AuditSettings(**{name: value for name, value in given.items() if value is not None})


_PLOT_DESCRIPTION = """\
Draw what a folder has the data for. Of a run, which may be going on: the training curves, and samples over time. Of a
model, or of what an audit or a benchmark wrote: which prompt did what, amounts asked for and shown, and PSNR against
LPIPS beside published methods. Needs pip install 'srgan-prompt[eval]'.
"""


def plot_parser() -> CommandParser:
    """All flags."""
    command = CommandParser("plot", "plot [FOLDER] -o FOLDER [options]", _PLOT_DESCRIPTION)
    command.add_argument("source", nargs="?", metavar="FOLDER", help="of a run or a model (default: the shipped model)")
    command.add_argument("-o", "--output", metavar="FOLDER", help="write the pictures there, over those of before")
    command.add_argument("--format", choices=("png", "svg"), default="png", help="of the pictures (default png)")
    command.add_argument("--num-steps", type=whole(1, 100), default=5, metavar="N", help="of samples (default 5)")
    return command


def plot(args: Namespace) -> int:
    """Draw; returns the exit code."""
    if not args.output:
        raise UsageError("Say where to put the pictures: -o FOLDER.")

    from srgan_prompt.evaluation.plot import render
    from srgan_prompt.files import SHIPPED_MODEL, write_files

    contents = render(Path(args.source or SHIPPED_MODEL), args.format, args.num_steps)
    for path in write_files(contents, Path(args.output)):
        give(os.fspath(path) + "\n")
    return 0
