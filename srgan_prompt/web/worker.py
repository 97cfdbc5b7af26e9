"""The worker process (``python -m srgan_prompt.web.worker``): reads uploads, runs the network, writes results.

Uploads are opened here and nowhere else, by ``images.read`` and within the limits of ``jobs``. Jobs come on stdin and
answers leave on stdout, a line each. The page kills a worker that takes too long; one whose page is gone ends too.
"""

import base64
import binascii
import contextlib
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from PIL import Image

from srgan_prompt.errors import InputImageError, SrganPromptError, UsageError
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.read import read_header, read_image
from srgan_prompt.inference.region import mask_of_image
from srgan_prompt.inference.resize import result_size_px
from srgan_prompt.inference.result import to_pillow
from srgan_prompt.prompts.prompt import read_prompt
from srgan_prompt.web.supervisor import (
    AFTER,
    BEFORE,
    MAX_LINE_BYTES,
    MAX_PROMPT_CHARACTERS,
    MAX_RECEIPT_PIXELS,
    MAX_RESULT_PIXELS,
    PHOTO,
    RESULT,
    UPLOAD_POLICY,
    Answer,
    Job,
    WorkerSettings,
    from_line,
    to_line,
)

if TYPE_CHECKING:
    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.upscaler import Upscaler

PHOTO_SIDE_PX = 512  # what the painter shows
SHOWN_PIXELS = 4 * 10**6  # what the slider shows; the download has all
_MASK_PREFIX = "data:image/png;base64,"
_MASK_POLICY = ImagePolicy(
    formats=("PNG",), max_file_bytes=MAX_LINE_BYTES, max_pixels=PHOTO_SIDE_PX**2, max_side_px=PHOTO_SIDE_PX
)


def main() -> None:
    """Load the model that the first line names, then do one job after the other until stdin is closed."""
    stdin, stdout = sys.stdin.buffer, _claim_stdout()
    warnings.simplefilter("ignore")  # what the user should know is in the notes
    _, settings = from_line(stdin.readline(MAX_LINE_BYTES))
    try:
        upscaler = _load(settings)
    except SrganPromptError as error:
        stdout.write(to_line("error", str(error)))
        sys.exit(error.exit_code)
    limit_memory(settings.memory_bytes, upscaler)
    stdout.write(to_line("ready", repr(upscaler)))
    while line := stdin.readline(MAX_LINE_BYTES):
        _, job = from_line(line)
        stdout.write(_answer_or_error(upscaler, job, stdout))


def _claim_stdout() -> BinaryIO:
    """Stdout for answers alone, unbuffered; what libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return answers


def _load(settings: WorkerSettings) -> "Upscaler":
    """Loaded and run once, so that the first visitor need not wait for what is set up in a first run."""
    from srgan_prompt.inference.upscaler import Upscaler

    upscaler = Upscaler.from_pretrained(
        settings.model,
        settings.revision,
        device=settings.device,
        engine=settings.engine,
        threads=settings.threads,
    )
    upscaler(np.zeros((64, 64, 3), np.uint8), "make it brighter")
    return upscaler


def limit_memory(memory_bytes: int, upscaler: "Upscaler") -> None:
    """From now on this process gets ``memory_bytes`` more and then MemoryError; and it leaves no core dump.

    Nothing on systems without ``resource`` (Windows); on a GPU no limit either, for its driver reserves addresses as it
    likes, and the limits on images have to do.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if "cuda" not in upscaler.model.engine.name:
            pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
            limit = pages * resource.getpagesize() + memory_bytes
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _answer_or_error(upscaler: "Upscaler", job: Job, stdout: BinaryIO) -> bytes:
    def tell_progress(done: int, num_tiles: int) -> None:
        stdout.write(to_line("progress", (done, num_tiles)))

    try:
        return to_line("answer", look(job) if job.prompt is None else upscale(upscaler, job, tell_progress))
    except SrganPromptError as error:
        return to_line("error", str(error).replace(job.path, Path(job.path).name))
    except MemoryError:
        return to_line("error", "There is not enough memory for this; use a smaller image or a smaller scale.")
    except Exception:  # noqa: BLE001  (whatever it is, the visitor gets a sentence and the next one a worker)
        traceback.print_exc()
        return to_line("error", "Something went wrong in the demo itself; its terminal says more.")


def look(job: Job) -> Answer:
    """Write ``PHOTO``, the upload made small enough for the painter. Raises InputImageError."""
    image = read_image(Path(job.path), UPLOAD_POLICY)
    photo = to_pillow(image)
    photo.thumbnail((PHOTO_SIDE_PX, PHOTO_SIDE_PX))
    photo.save(Path(job.folder) / PHOTO)
    size_px = image.width_px, image.height_px
    return Answer(size_px, size_px, notes=image.meta.notes)


def upscale(upscaler: "Upscaler", job: Job, tell_progress: Callable[[int, int], None]) -> Answer:
    """Write ``BEFORE`` and ``AFTER`` for the slider, and ``RESULT``, at full size and without metadata.

    Raises InputImageError, UsageError or MemoryLimitError.
    """
    start_s = time.perf_counter()
    refuse_long(job.prompt or "")
    refuse_long(job.negative)
    asked = read_prompt(job.prompt, job.strength, job.negative or None)
    header = read_header(Path(job.path), UPLOAD_POLICY)
    refuse_large(result_size_px((header.width_px, header.height_px), upscaler.scale, job.scale, None, asked.size))
    image = read_image(Path(job.path), UPLOAD_POLICY)
    result = upscaler(
        image,
        job.prompt,
        strength=job.strength,
        negative=job.negative or None,
        scale=job.scale,
        region=painted_region(job.mask, image),
        receipt=job.receipt and image.width_px * image.height_px <= MAX_RECEIPT_PIXELS,
        progress=tell_progress,
    )
    folder = Path(job.folder)
    result.save(folder / RESULT, strip_metadata=True, provenance=False)
    width_px, height_px = result.settings.size_px
    shrink = min(1.0, (SHOWN_PIXELS / (width_px * height_px)) ** 0.5)
    shown_px = max(1, round(width_px * shrink)), max(1, round(height_px * shrink))
    result.before.resize(shown_px, Image.Resampling.BICUBIC).save(folder / BEFORE, compress_level=1)
    result.image.resize(shown_px, Image.Resampling.LANCZOS).save(folder / AFTER, compress_level=1)
    seconds = time.perf_counter() - start_s
    return Answer(
        before_px=(image.width_px, image.height_px),
        after_px=(width_px, height_px),
        read_as=result.read_as or "nothing",
        notes=result.notes,
        seconds=seconds,
        receipt=_receipt(job, result),
    )


def _receipt(job: Job, result: "UpscaleResult") -> str:
    """What the prompt changed, if that was to be measured."""
    if not job.receipt or result.receipt:
        return str(result.receipt or "")
    return f"not measured: the image has more than {MAX_RECEIPT_PIXELS:,} pixels"


def refuse_long(prompt: str) -> None:
    """Raise UsageError for a sentence over the limit."""
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise UsageError(f"The prompt has {len(prompt):,} characters; the demo takes {MAX_PROMPT_CHARACTERS}.")


def refuse_large(size_px: tuple[int, int]) -> None:
    """Raise UsageError for a result (width, height) over the limit."""
    if size_px[0] * size_px[1] > MAX_RESULT_PIXELS:
        raise UsageError(
            f"The result would have {size_px[0]:,} x {size_px[1]:,} pixels, over the demo's limit of"
            f" {MAX_RESULT_PIXELS:,}; choose a smaller scale, or use `srgan-prompt upscale`."
        )


def painted_region(mask: str, image: LoadedImage) -> np.ndarray | None:
    """What was painted, float32 [height, width] of ``image``; None if nothing was. Raises InputImageError."""
    if not mask:
        return None
    try:
        data = base64.b64decode(mask.removeprefix(_MASK_PREFIX), validate=True)
    except binascii.Error:
        raise InputImageError("The painted mask did not arrive as a PNG image; paint it again.") from None
    painted = read_image(data, _MASK_POLICY)
    weights = mask_of_image(painted)
    if not weights.any():
        return None
    size_px = image.width_px, image.height_px
    return np.asarray(Image.fromarray(weights).resize(size_px, Image.Resampling.BILINEAR))


if __name__ == "__main__":
    main()
