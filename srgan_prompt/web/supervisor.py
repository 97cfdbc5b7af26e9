"""The page's side of the worker: gives it one job at a time, kills it when it takes too long, and starts the next.

What may be asked, and how much of it, is said here too: one line of JSON for every job and answer. JSON and not
pickles, in both directions: a worker that a hostile image has taken over must not reach the page through its answers.
A worker that dies, of an image or of its limits, takes nothing with it: its job ends in one sentence, and a new process
is already loading when the next job comes.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from queue import Empty, SimpleQueue
from typing import IO, Any, cast

from srgan_prompt.errors import ModelError, SrganPromptError
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


START_LIMIT_S = 300.0  # a model may have to be fetched first
_COMMAND = (sys.executable, "-m", "srgan_prompt.web.worker")

Progress = Callable[[int, int], None]


class JobError(SrganPromptError):
    """A job that was stopped, took too long or lost its worker; the message is for the visitor."""


class Supervisor:
    """Owns the worker process. ``run`` may be called from many threads; jobs are then done one after the other."""

    def __init__(
        self, settings: WorkerSettings, time_limit_s: float = 60.0, command: tuple[str, ...] = _COMMAND
    ) -> None:
        self._settings, self._time_limit_s, self._command = settings, time_limit_s, command
        self._one_at_a_time = threading.Lock()
        self._owner: str | None = None
        self._is_stopped = False
        self._process = self._spawn()

    def wait_until_ready(self) -> str:
        """What was loaded. Raises ModelError with what the worker says if it cannot be."""
        with self._one_at_a_time:
            return self._ready()

    def run(self, job: Job, owner: str, tell_progress: Progress) -> Answer:
        """Do ``job`` for the visitor ``owner``, who may stop it. Raises SrganPromptError with a sentence for him."""
        with self._one_at_a_time:
            self._ready()
            self._owner, self._is_stopped = owner, False
            try:
                return self._converse(job, tell_progress)
            finally:
                self._owner = None

    def stop(self, owner: str) -> bool:
        """End the job that is being done for ``owner``; False if there is none."""
        if self._owner != owner:
            return False
        self._is_stopped = True
        self._process.kill()
        return True

    def close(self) -> None:
        """End the worker."""
        self._process.close()

    def _spawn(self) -> "_Process":
        return _Process(self._command, self._settings)

    def _ready(self) -> str:
        if not self._process.is_alive():
            self._restart()
        return self._process.wait_until_ready()

    def _restart(self) -> None:
        self._process.close()
        self._process = self._spawn()

    def _converse(self, job: Job, tell_progress: Progress) -> Answer:
        deadline_s = time.monotonic() + self._time_limit_s
        try:
            self._process.send(to_line("job", job))
            while True:
                kind, content = self._process.receive(deadline_s - time.monotonic())
                match kind:
                    case "progress":
                        tell_progress(*content)
                    case "answer":
                        return content
                    case "error":
                        raise JobError(content)
        except TimeoutError:
            self._restart()
            raise JobError(
                f"This took longer than the limit of {self._time_limit_s:g} seconds; use a smaller image, or start the"
                " demo with a longer --time-limit."
            ) from None
        except (OSError, ValueError):  # it is gone, or talks nonsense
            was_stopped = self._is_stopped
            self._restart()
            if was_stopped:
                raise JobError("Stopped.") from None
            raise JobError("The worker ended over this image and was started again; use a smaller image.") from None


class _Process:
    """One worker, with a thread that collects what it says."""

    def __init__(self, command: tuple[str, ...], settings: WorkerSettings) -> None:
        # A session of its own: Ctrl-C is for the page, which then ends the worker.
        child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        self._child, self._stdin = child, cast("IO[bytes]", child.stdin)
        self._lines: SimpleQueue[bytes] = SimpleQueue()
        self._loaded: str | None = None
        threading.Thread(target=self._collect, args=(self._child.stdout,), daemon=True).start()
        with contextlib.suppress(OSError):  # a child that is gone already is told of by ``wait_until_ready``
            self.send(to_line("settings", settings))

    def _collect(self, stdout: IO[bytes]) -> None:
        with stdout, contextlib.suppress(ValueError):
            while line := stdout.readline(MAX_LINE_BYTES):
                self._lines.put(line)
        self._lines.put(b"")

    def is_alive(self) -> bool:
        return self._child.poll() is None

    def wait_until_ready(self) -> str:
        if self._loaded is None:
            try:
                kind, content = self.receive(START_LIMIT_S)
            except (OSError, ValueError):
                raise ModelError("The worker could not be started; its last words are above.") from None
            if kind != "ready":
                raise ModelError(content)
            self._loaded = content
        return self._loaded

    def send(self, line: bytes) -> None:
        if len(line) > MAX_LINE_BYTES:
            raise JobError("The painted mask is too large; clear it and paint it again.")
        self._stdin.write(line)

    def receive(self, timeout_s: float) -> tuple:
        """The next message. Raises TimeoutError, EOFError's kin OSError when it is gone, ValueError for nonsense."""
        try:
            line = self._lines.get(timeout=max(0.0, timeout_s))
        except Empty:
            raise TimeoutError from None
        if not line:
            raise ConnectionError("the worker is gone")
        return from_line(line)

    def kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        self._child.kill()
        self._child.wait()
        self._stdin.close()
