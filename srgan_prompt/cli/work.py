"""One picture after the other: read, enlarged, and written, as an order says. Called by ``inference.batch``."""

import sys
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.cli.files import STDIN, STDOUT, Order, refuse_size
from srgan_prompt.cli.streams import give_bytes
from srgan_prompt.errors import MemoryLimitError, PromptWarning
from srgan_prompt.images.naming import printable
from srgan_prompt.images.paths import Plan
from srgan_prompt.prompts.interpretation import as_json

if TYPE_CHECKING:
    from srgan_prompt.cli.progress import Progress
    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.sheet import ComparisonSheet
    from srgan_prompt.inference.upscaler import Upscaler


class Work:
    """``upscale`` and ``save`` for one picture; ``details`` tells of the last. Results join the ``sheet``, if any."""

    def __init__(
        self,
        order: Order,
        plan: Plan,
        upscaler: "Upscaler | None",
        progress: "Progress",
        sheet: "ComparisonSheet | None",
    ) -> None:
        self._targets = {job.source: job.target for job in plan.jobs}
        self.order, self._upscaler, self._progress, self._sheet = order, upscaler, progress, sheet
        self.details: dict[str, Any] = {}

    def upscale(self, path: Path) -> "UpscaleResult":
        """Read ``path`` and enlarge it."""
        from srgan_prompt.images.read import read_image

        args, order = self.order.args, self.order
        if self._upscaler is None:
            raise AssertionError("a plan without jobs has nothing to upscale")
        try:
            image = read_image(sys.stdin.buffer if path is STDIN else path)
            size_px = order.target.size_px(image.width_px, image.height_px, self._upscaler.scale)
            refuse_size(order, self._targets[path], image.meta.format, size_px)
            options = {
                "strength": args.strength,
                "negative": args.negative,
                "region": order.region,
                "size_px": size_px,
                "tile": args.tile,
                "overlap": args.overlap,
                "self_ensemble": args.self_ensemble,
                "progress": self._progress.tile,
            }
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", PromptWarning)  # the report tells the notes of the result
                return self._upscaler(image, order.prompt_for(path), **options)
        except MemoryError as error:
            raise MemoryLimitError(f"{printable(path)}: memory ran out; ask for a smaller result.") from error

    def save(self, result: "UpscaleResult", target: Path) -> tuple[str, ...]:
        """Write the result to ``target``; returns notes."""
        args = self.order.args
        file_format = None if args.format == "same" else args.format
        options = {
            "quality": args.quality,
            "strip_metadata": args.strip_metadata,
            "provenance": not args.no_provenance,
        }
        if target is STDOUT:
            buffer = BytesIO()  # first whole, then out: whoever reads the pipe gets all or nothing
            notes = result.save(buffer, format=file_format, **options)
            give_bytes(buffer.getbuffer())
        else:
            notes = result.save(target, **options)
        if self._sheet:
            self._sheet.add(result)
        self.details = _details(result)
        return notes


def _details(result: "UpscaleResult") -> dict[str, Any]:
    settings = result.settings
    return {
        "input_size_px": (result.source.width_px, result.source.height_px),
        "model": settings.model,
        "engine": settings.engine,
        "prompt": settings.prompt,
        "negative": settings.negative,
        "strength": settings.strength,
        "tile_px": settings.tile_px,
        "overlap_px": settings.overlap_px,
        **as_json(result.readings),
        "timings": {stage: round(seconds, 3) for stage, seconds in result.timings.items()},
    }
