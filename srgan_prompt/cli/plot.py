"""``srgan-prompt plot``: pictures of how a run goes and of what was measured; their paths on stdout."""

import os
from argparse import Namespace
from pathlib import Path

from srgan_prompt.cli.parser import CommandParser, whole
from srgan_prompt.cli.process import give
from srgan_prompt.errors import UsageError

_DESCRIPTION = """\
Draw what a folder has the data for. Of a run, which may be going on: the training curves, and samples over time. Of a
model, or of what an audit or a benchmark wrote: which prompt did what, amounts asked for and shown, and PSNR against
LPIPS beside published methods. Needs pip install 'srgan-prompt[eval]'.
"""


def parser() -> CommandParser:
    """All flags."""
    command = CommandParser("plot", "plot [FOLDER] -o FOLDER [options]", _DESCRIPTION)
    command.add_argument("source", nargs="?", metavar="FOLDER", help="of a run or a model (default: the shipped model)")
    command.add_argument("-o", "--output", metavar="FOLDER", help="write the pictures there, over those of before")
    command.add_argument("--format", choices=("png", "svg"), default="png", help="of the pictures (default png)")
    command.add_argument("--num-steps", type=whole(1, 100), default=5, metavar="N", help="of samples (default 5)")
    return command


def run(args: Namespace) -> int:
    """Draw; returns the exit code."""
    if not args.output:
        raise UsageError("Say where to put the pictures: -o FOLDER.")

    from srgan_prompt.evaluation.audit.report import write_files
    from srgan_prompt.evaluation.plot import render
    from srgan_prompt.files import SHIPPED_MODEL

    contents = render(Path(args.source or SHIPPED_MODEL), args.format, args.num_steps)
    for path in write_files(contents, Path(args.output)):
        give(os.fspath(path) + "\n")
    return 0
