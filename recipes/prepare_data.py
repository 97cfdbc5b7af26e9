"""Folders of photos to parquet shards: copies, small, blurred and over-compressed photos out, licences kept.

    python recipes/prepare_data.py PHOTOS --out SHARDS
    python recipes/prepare_data.py PHOTOS MORE --out SHARDS --not-like Set5 Set14 --num-shards 256 --workers 16
    accelerate launch recipes/train_gan.py --config recipes/configs/x4.yaml --data.folder SHARDS --data.streaming

Started again, it goes on where it was killed; measures and shards that are there are not made again. SHARDS/report.csv
says of every photo why it was left out and what was measured. A licences.csv in PHOTOS (columns file, source, licence,
attribution) goes into the shards, and that of the photos kept is SHARDS/licences.csv, for recipes/release.py.
"""

import argparse
import sys
from pathlib import Path

from srgan_prompt.data.prepare import REPORT, prepare
from srgan_prompt.data.selection import Limits
from srgan_prompt.errors import exit_on_user_error


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = Limits()
    parser.add_argument("photos", nargs="+", type=Path, help="folders of photos")
    parser.add_argument("--out", type=Path, required=True, help="folder for the shards")
    parser.add_argument("--not-like", nargs="*", type=Path, default=[], help="folders of test images to leave out")
    parser.add_argument("--min-side-px", type=int, default=default.min_side_px, help="default: %(default)s")
    parser.add_argument(
        "--min-sharpness", type=float, default=default.min_sharpness, help="variance of the Laplacian (%(default)s)"
    )
    parser.add_argument("--min-jpeg-quality", type=int, default=default.min_jpeg_quality, help="1 to 100 (%(default)s)")
    parser.add_argument("--require-licence", action="store_true", help="leave out photos without a licence")
    parser.add_argument("--num-shards", type=int, default=64, help="a multiple of the processes (%(default)s)")
    parser.add_argument("--workers", type=int, default=1, help="processes (default: %(default)s)")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    limits = Limits(
        arguments.min_side_px, arguments.min_sharpness, arguments.min_jpeg_quality, arguments.require_licence
    )
    counts = prepare(
        arguments.photos,
        arguments.out,
        limits,
        not_like=arguments.not_like,
        num_shards=arguments.num_shards,
        num_workers=arguments.workers,
        say=lambda text: print(text, file=sys.stderr),
    )
    kept = counts.pop("", 0)
    print(f"{kept} of {kept + counts.total()} photos in {arguments.num_shards} shards; see {arguments.out / REPORT}")
    for reason, count in counts.most_common():
        print(f"{count:8} {reason}")


if __name__ == "__main__":
    with exit_on_user_error():
        main()
