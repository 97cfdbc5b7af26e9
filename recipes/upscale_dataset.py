"""Upscale a data set with many workers, on this machine or a cluster, by Ray Data (pip install "srgan-prompt[ray]").

    python recipes/upscale_dataset.py PHOTOS -o LARGE --prompt "remove the noise" --workers 4 > report.jsonl
    python recipes/upscale_dataset.py rows.parquet -o LARGE --parquet --prompt-column caption
    python recipes/upscale_dataset.py s3://bucket/photos -o s3://bucket/large --address auto --workers 64
    python recipes/upscale_dataset.py PHOTOS -o TIMES --benchmark-workers 1 2 4

Each row of the data set is an image file in a folder, or a row of parquet files with a column of image files' bytes. On
stdout there is a line of JSON for each row, as of ``srgan-prompt upscale --json``; on stderr, the progress of all
workers. The same command again does what is missing. Exit code 1: some rows failed, and the others were done.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from typing import Any, TextIO

from rich.console import Console
from rich.progress import track

from srgan_prompt.cli.console import number, prompt_strength, whole
from srgan_prompt.cli.upscale_flags import FORMATS
from srgan_prompt.errors import DataError, PartialFailureError, exit_on_user_error
from srgan_prompt.inference.dataset_rows import Columns, Rows, Storage, Targets, find_rows, refuse_collisions
from srgan_prompt.inference.file_engines import FILE_ENGINES
from srgan_prompt.inference.ray_batches import MEBIBYTE, Pool, Request, require_ray, upscale_rows
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.prompts.prompt import read_prompt

Report = dict[str, Any]
Load = Callable[[], Upscaler]
count = whole(1, 10**6)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input", help="folder of images or of parquet files, parquet file, or its address (s3://...)")
    parser.add_argument("-o", "--output", required=True, help="folder for the results, or its address")
    parser.add_argument("-p", "--prompt", help="for rows without one of their own (default: clean up, natural detail)")
    parser.add_argument("--negative", help="what the prompt must not do")
    parser.add_argument("--strength", type=prompt_strength, default=1.0)
    parser.add_argument("--scale", type=number(0.01, 64), help="output side / input side (default: the network's)")
    parser.add_argument("--tile", type=whole(16, 65_535), default=512, help="side of a tile; bounds a worker's memory")
    parser.add_argument("--format", choices=FORMATS, default="same", help="of the results (default: as the input)")
    parser.add_argument("--parquet", action="store_true", help="results as parquet files of one row")
    parser.add_argument("--image-column", default="image", help="of parquet files (default: image)")
    parser.add_argument("--prompt-column", help="a prompt for every row")
    parser.add_argument("--name-column", help="what results are named after (default: a digest of image and prompt)")
    parser.add_argument("--model", help="model folder, hub id or exported file; none: the shipped weights")
    parser.add_argument("--engine", choices=("torch", *FILE_ENGINES), default="torch")
    parser.add_argument("--workers", type=count, default=2, help="each has a model (default 2)")
    parser.add_argument("--threads", type=count, default=1, help="processors of each worker (default 1)")
    parser.add_argument("--gpus", type=float, default=0, help="of each worker; 0.5: two share one (default 0)")
    parser.add_argument("--queue-mb", type=count, default=256, help="for rows read and waiting; reading then pauses")
    parser.add_argument("--address", help="of a running Ray cluster (default: Ray is started here)")
    parser.add_argument("--benchmark-workers", type=count, nargs="+", help="time the job with so many workers each")
    return parser.parse_args()


def main(arguments: argparse.Namespace) -> None:
    queue_bytes = arguments.queue_mb * MEBIBYTE
    pool = Pool(arguments.workers, arguments.threads, arguments.gpus, queue_bytes, arguments.address)
    read_prompt(arguments.prompt, arguments.strength, arguments.negative)  # what is wrong with it, said once and now
    load = partial(Upscaler.from_pretrained, arguments.model, engine=arguments.engine, threads=arguments.threads)
    require_ray(arguments.address)
    rows = find_rows(arguments.input, Columns(arguments.image_column, arguments.prompt_column, arguments.name_column))
    request = read_request(arguments, load().scale)  # a model that cannot be loaded is not the failure of one row
    refuse_collisions(rows, request.targets, request.output)
    if arguments.benchmark_workers:
        with redirect_stdout(sys.stderr):
            table = benchmark(rows, request, load, pool, arguments.benchmark_workers)
        print(table)
        return
    stdout = sys.stdout
    with redirect_stdout(sys.stderr):  # where Ray may say what it likes
        statuses = Counter(tell(report, stdout) for report in watched(upscale_rows(rows, request, load, pool), rows))
    sys.stderr.write(", ".join(f"{number} {status}" for status, number in sorted(statuses.items())) + "\n")
    if statuses["failed"]:
        raise PartialFailureError(f"{statuses['failed']} of {rows.num_rows} rows failed; the report says why.")


def read_request(arguments: argparse.Namespace, network_scale: int) -> Request:
    extension = None if arguments.format == "same" else arguments.format
    return Request(
        output=Storage.at(arguments.output),
        targets=Targets(f"_x{arguments.scale or network_scale:g}", extension, as_parquet=arguments.parquet),
        prompt=arguments.prompt,
        options={
            "strength": arguments.strength,
            "negative": arguments.negative,
            "scale": arguments.scale,
            "tile": arguments.tile,
        },
    )


def watched(reports: Iterator[Report], rows: Rows) -> Iterator[Report]:
    """``reports`` with a bar for all workers together, where somebody watches."""
    console = Console(stderr=True)
    return iter(track(reports, "upscaled", rows.num_rows, console=console, disable=not console.is_terminal))


def tell(report: Report, stdout: TextIO) -> str:
    stdout.write(json.dumps(report) + "\n")
    stdout.flush()
    return str(report["status"])


def benchmark(rows: Rows, request: Request, load: Load, pool: Pool, numbers_of_workers: list[int]) -> str:
    """A Markdown table. The rate is from the first report to the last; in all, Ray and models are started too."""
    lines = ["| workers | images | seconds in all | images a second | workers busy |", "|---:|---:|---:|---:|---:|"]
    for num_workers in numbers_of_workers:
        output = Storage(request.output.filesystem, request.output.path(f"workers_{num_workers}"))
        some, elsewhere = replace(pool, num_workers=num_workers), replace(request, output=output)
        times_s, busy_s = [time.perf_counter()], [0.0]
        for report in watched(upscale_rows(rows, elsewhere, load, some), rows):
            if report["status"] != "done":
                problem = report["error"] or "there already; name a new folder for the results of a benchmark."
                raise DataError(f"{report['input']}: {problem}")
            times_s.append(time.perf_counter())
            busy_s.append(min(report["seconds"], times_s[-1] - times_s[1]))  # what it took since the first report
        start_s, first_s, *_, last_s = [*times_s, times_s[-1]]
        between_s = max(last_s - first_s, 1e-9)
        busy = sum(busy_s[2:]) / (num_workers * between_s)
        rate, num_images = (len(busy_s) - 2) / between_s, len(busy_s) - 1
        lines.append(f"| {num_workers} | {num_images} | {last_s - start_s:.1f} | {rate:.2f} | {busy:.0%} |")
    return "\n".join(lines)


if __name__ == "__main__":
    with exit_on_user_error():
        main(parse())
