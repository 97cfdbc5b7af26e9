"""What the page may ask of the worker, and how much of it: the limits, and one line of JSON for every job.

JSON and not pickles, in both directions: a worker that a hostile image has taken over must not reach the page through
its answers.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from srgan_prompt.images.opened import ImagePolicy

UPLOAD_POLICY = ImagePolicy(
    formats=("PNG", "JPEG", "WEBP"), max_file_bytes=10 * 2**20, max_pixels=4 * 2**20, max_side_px=4096
)
MAX_PROMPT_CHARACTERS = 512
MAX_RESULT_PIXELS = 64 * 10**6
MAX_STRIP_PROMPTS = 6
MAX_RECEIPT_PIXELS = 2**18
"""A receipt takes a second pass: of a larger upload the visitor would wait for it too long."""
MAX_QUEUED = 20
MAX_LINE_BYTES = 2**20
"""Of a job or an answer; a painted mask is by far the largest part of one."""

# The files that a job leaves in its folder.
PHOTO, BEFORE, AFTER, RESULT = "photo.png", "before.png", "after.png", "result.png"


@dataclass(frozen=True)
class WorkerSettings:
    """Which model, run how; see ``inference.load.load``. ``memory_bytes`` is what a job may take beside the model."""

    model: str | None = None
    revision: str | None = None
    device: str = "auto"
    engine: str = "torch"
    threads: int | None = None
    memory_bytes: int = 4 * 2**30


@dataclass(frozen=True)
class Job:
    """One image to look at (``prompt`` None: only ``PHOTO`` is made, for the painter) or to upscale.

    ``path`` is the upload and ``folder`` where the files go. ``mask`` is the painted region: a PNG as a data URL whose
    transparent pixels are outside, or "" for the whole image. ``scale`` None is what the sentence says.
    ``receipt`` asks to measure what the prompt changed, of an upload of at most ``MAX_RECEIPT_PIXELS``.
    """

    path: str
    folder: str
    prompt: str | None = None
    negative: str = ""
    strength: float = 1.0
    scale: float | None = None
    mask: str = ""
    receipt: bool = False


@dataclass(frozen=True)
class Answer:
    """What became of a job: sizes are (width, height) in pixels, ``notes`` plain sentences for the user.

    ``receipt`` says what the prompt changed.
    """

    before_px: tuple[int, int]
    after_px: tuple[int, int]
    read_as: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    receipt: str = ""


def to_line(kind: str, content: Any) -> bytes:
    """One message, its end included."""
    values = asdict(content) if isinstance(content, Job | Answer | WorkerSettings) else content
    return json.dumps([kind, values]).encode("ascii") + b"\n"


def from_line(line: bytes) -> tuple[str, Any]:
    """The kind and the content of a message. Raises ValueError if it is none."""
    kind, content = json.loads(line)
    match kind:
        case "job":
            return kind, Job(**content)
        case "settings":
            return kind, WorkerSettings(**content)
        case "answer":
            return kind, _answer(**content)
        case "progress":
            done, num_tiles = map(int, content)
            return kind, (done, num_tiles)
        case "ready" | "error":
            return kind, str(content)
    raise ValueError(f"unknown message {kind!r}")


def _answer(*, before_px: Any, after_px: Any, read_as: Any, notes: Any, seconds: Any, receipt: Any) -> Answer:
    (before_w, before_h), (after_w, after_h) = (map(int, size_px) for size_px in (before_px, after_px))
    told = tuple(str(note) for note in notes)
    return Answer((before_w, before_h), (after_w, after_h), str(read_as), told, float(seconds), str(receipt))
