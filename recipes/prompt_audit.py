"""Audit a model's prompts: does the sentence decide? Writes audit.md, audit.json and audit.png.

    python recipes/prompt_audit.py --images PHOTOS --requests people.json --out runs/audit
    python recipes/prompt_audit.py runs/x4/checkpoints/step_00013000 --images PHOTOS --lpips

MODEL is a model folder, a hub name or a training checkpoint (default: the shipped model). The requests file holds
{"requests": [{"prompt": "Make it less grainy.", "op": "denoise"}, ...]}. LPIPS and the picture need the extra "eval".
Cost: about a minute per picture of 384 px on one core, and half as much again with --lpips.
"""

import argparse
import sys
from pathlib import Path

from srgan_prompt.config import parse as check
from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.evaluation.audit.document import write_files
from srgan_prompt.evaluation.audit.labelled_sentences import read_sentences
from srgan_prompt.evaluation.audit.measure_image import load_pictures
from srgan_prompt.evaluation.audit.model import AuditModel, AuditSettings
from srgan_prompt.evaluation.audit.report import as_markdown
from srgan_prompt.evaluation.audit.run import run_audit


def parse() -> argparse.Namespace:
    default = AuditSettings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?", help="model folder, hub name or training checkpoint")
    parser.add_argument("--images", type=Path, required=True, help="folder of clean photos")
    parser.add_argument("--requests", type=Path, help="JSON file of people's sentences")
    parser.add_argument(
        "--num-images", type=int, default=default.num_images, help="pictures used (default: %(default)s)"
    )
    parser.add_argument("--side-px", type=int, default=default.side_px, help="centre used (default: %(default)s)")
    parser.add_argument("--lpips", action="store_true", help="measure LPIPS too")
    parser.add_argument("--known-wordings", type=int, default=default.known_wordings, help="in the one-hot table")
    parser.add_argument("--seed", type=int, default=default.seed, help="of damage and wordings")
    parser.add_argument("--out", type=Path, default=Path("runs/audit"), help="folder to write into")
    return parser.parse_intermixed_args()


def run(arguments: argparse.Namespace) -> None:
    settings = read_settings(arguments)
    human = read_sentences(arguments.requests) if arguments.requests else []
    subject = AuditModel.load(arguments.model)
    pictures = load_pictures(arguments.images, settings.num_images, settings.side_px, subject.scale)
    result = run_audit(
        subject,
        pictures,
        human,
        settings,
        on_picture=lambda number: print(f"picture {number + 1} of {len(pictures)}", file=sys.stderr),
    )
    write_files(result, arguments.out)
    print(as_markdown(result))


def read_settings(arguments: argparse.Namespace) -> AuditSettings:
    """The flags as checked settings."""
    values = {
        "num_images": arguments.num_images,
        "side_px": arguments.side_px,
        "with_lpips": arguments.lpips,
        "known_wordings": arguments.known_wordings,
        "seed": arguments.seed,
    }
    return check(AuditSettings, values, "command line")


if __name__ == "__main__":
    with exit_on_user_error():
        run(parse())
