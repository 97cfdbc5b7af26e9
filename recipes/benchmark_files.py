"""Many small images from file to file: seconds, and the share of them that the network itself takes.

    python recipes/benchmark_files.py --num-images 100 --side-px 128

In float32 and in bfloat16. Cost: about a minute on two idle cores that have bfloat16.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np

from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.paths import expand_inputs, plan_outputs
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.batch import upscale_files
from srgan_prompt.inference.torch_engine import processor
from srgan_prompt.inference.upscaler import Upscaler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder or hub id; none: the shipped weights")
    parser.add_argument("--num-images", type=int, default=100)
    parser.add_argument("--side-px", type=int, default=128, help="of the small images")
    parser.add_argument("--threads", type=int, help="of torch (default: its own choice)")
    args = parser.parse_args()
    print(f"{args.num_images} images of {args.side_px} px to PNG. {processor()}")
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small"
        small.mkdir()
        for number in range(args.num_images):
            pixels = np.random.default_rng(number).integers(0, 256, (args.side_px, args.side_px, 3), np.uint8)
            write_image(small / f"{number}.png", LoadedImage(pixels))
        for precision in ("fp32", "bf16"):
            upscaler = Upscaler.from_pretrained(args.model, device="cpu", precision=precision, threads=args.threads)
            upscaler(pixels)  # the first does not count
            seconds, share = from_file_to_file(upscaler, small, Path(folder) / precision)
            print(f"{precision}: {seconds:.2f} s, of which the network {share:.0%}", flush=True)


def from_file_to_file(upscaler: Upscaler, small: Path, results: Path) -> tuple[float, float]:
    """Seconds for all images in ``small``, and the share of the network."""
    outcomes = list(upscale_files(upscaler, plan_outputs(expand_inputs([small]), results)))
    seconds = sum(outcome.seconds for outcome in outcomes)
    return seconds, sum(outcome.details["timings"]["network"] for outcome in outcomes) / seconds


if __name__ == "__main__":
    with exit_on_user_error():
        main()
