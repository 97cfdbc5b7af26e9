"""Many small images from file to file: seconds, beside those that the network alone takes for them.

    python recipes/benchmark_files.py --num-images 100 --side-px 128 --repeats 3

In float32, and in bfloat16 where the processor has it; files and the network alone take turns, and medians count. Cost:
about four minutes on two idle cores with AVX512.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch

from srgan_prompt.errors import exit_on_user_error
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.paths import expand_inputs, plan_outputs
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image
from srgan_prompt.inference.batch import upscale_files
from srgan_prompt.inference.torch_engine import has_fast_bf16, processor
from srgan_prompt.inference.upscaler import Upscaler


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="model folder, hub id or exported file; none: the shipped weights")
    parser.add_argument("--num-images", type=int, default=100)
    parser.add_argument("--side-px", type=int, default=128, help="of the small images")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, help="of torch (default: its own choice)")
    args = parser.parse_args()
    print(f"{args.num_images} images of {args.side_px} px to PNG. {processor()}")
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small"
        small.mkdir()
        for number in range(args.num_images):
            pixels = np.random.default_rng(number).integers(0, 256, (args.side_px, args.side_px, 3), np.uint8)
            write_image(small / f"{number}.png", LoadedImage(pixels))
        for precision in ("fp32", "bf16") if has_fast_bf16(torch.device("cpu")) else ("fp32",):
            upscaler = Upscaler.from_pretrained(args.model, device="cpu", precision=precision, threads=args.threads)
            upscaler(pixels)  # the first does not count
            turns = []
            for number in range(args.repeats):
                results = Path(folder) / f"{precision}_{number}"
                turns.append((from_file_to_file(upscaler, small, results), network_alone(upscaler, small)))
            files_s, network_s = map(statistics.median, zip(*turns, strict=True))
            share = statistics.median(network / files for files, network in turns)
            print(
                f"{precision}: {files_s:.2f} s, the network alone {network_s:.2f} s: {share:.0%} of its rate",
                flush=True,
            )


def from_file_to_file(upscaler: Upscaler, small: Path, results: Path) -> float:
    """Seconds for all images in ``small``."""
    plan = plan_outputs(expand_inputs([small]), results)
    start_s = time.perf_counter()
    for outcome in upscale_files(lambda image, _: upscaler(image), plan):
        if outcome.error:
            raise outcome.error
    return time.perf_counter() - start_s


def network_alone(upscaler: Upscaler, small: Path) -> float:
    """Seconds that the network takes for all images in ``small`` while nothing is read or written."""
    images = [read_image(file.path) for file in expand_inputs([small])]
    return sum(upscaler(image).timings["network"] for image in images)


if __name__ == "__main__":
    with exit_on_user_error():
        main()
