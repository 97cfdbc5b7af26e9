"""A program for the test beside it: two workers upscale a folder; one image kills its worker always, another one once.

    python ray_mortal_workers.py PHOTOS MODEL OUTPUT

Writes the reports to report.jsonl beside OUTPUT: Ray says what it likes on stdout.
"""

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

from srgan_prompt.inference.dataset_rows import Columns, Storage, Targets, find_rows
from srgan_prompt.inference.ray_batches import MEBIBYTE, Pool, Request, upscale_rows
from srgan_prompt.inference.upscaler import Upscaler


def mortal(model: str, deaths: Path) -> object:
    """An upscaler whose process an image named deadly_* ends, and one named fragile_* the first time.

    Each death is a line in a file of the image's name in the folder ``deaths``.
    """
    upscaler = Upscaler.from_pretrained(model, threads=1)
    deaths.mkdir(exist_ok=True)

    def upscale(image: object, *arguments: object, **options: object) -> object:
        name = image.meta.name
        if "deadly" in name or ("fragile" in name and not (deaths / name).exists()):
            with (deaths / name).open("a") as log:
                log.write("died\n")
            os.kill(os.getpid(), signal.SIGKILL)
        return upscaler(image, *arguments, **options)

    return upscale


if __name__ == "__main__":
    photos, model, output = sys.argv[1:]
    load = partial(mortal, model, Path(output).with_name("deaths"))
    request = Request(Storage.at(output), Targets("_x4"), "make it brighter", {})
    pool = Pool(2, queue_bytes=80 * MEBIBYTE)
    with Path(output).with_name("report.jsonl").open("x") as file:
        for report in upscale_rows(find_rows(photos, Columns()), request, load, pool):
            file.write(json.dumps(report) + "\n")
