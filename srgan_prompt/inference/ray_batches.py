"""Data sets upscaled by a pool of Ray actors, each with a model of its own, on one machine or many.

What is done twice for a crash is one image for each worker. Results are named after their rows and written whole, so
what is there is never done again; a row that cannot be done, or that ends its worker again and again, is reported.
"""

import json
import logging
import os
import socket
import warnings
from collections import Counter
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from srgan_prompt.errors import DataError, InputImageError, PromptWarning, SrganPromptError, UsageError, first_line
from srgan_prompt.files import printable
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.paths import Job, Plan
from srgan_prompt.images.read import read_image
from srgan_prompt.inference.batch import Outcome, upscale_files
from srgan_prompt.inference.dataset_rows import Columns, Row, Rows, Storage, Targets, as_stream, unpacked

if TYPE_CHECKING:
    import pyarrow
    import ray.data

    from srgan_prompt.inference.result import UpscaleResult
    from srgan_prompt.inference.upscaler import UpscaleOptions, Upscaler

MEBIBYTE = 2**20
MAX_ATTEMPTS = 2
"""How often a row is begun: that its worker ended may have been the row's fault, or not."""
_WORKERS_PER_READER = 8
_NUM_FEEDERS = 2  # list the files, and cut what is read into rows: their turn must come while readers and workers wait


@dataclass(frozen=True)
class Request:
    """What is wanted of every row, unless it has a prompt of its own."""

    output: Storage
    targets: Targets
    prompt: str | None
    options: "UpscaleOptions"


@dataclass(frozen=True)
class Pool:
    """Workers, each on so many ``threads`` and ``gpus``; of the cluster at ``address``, or on this machine.

    ``queue_bytes``: of rows that were read and wait for a worker; reading pauses when there are more.
    """

    num_workers: int
    threads: int = 1
    gpus: float = 0
    queue_bytes: int = 256 * MEBIBYTE
    address: str | None = None

    @property
    def num_readers(self) -> int:
        """Of parquet files, at once."""
        return -(-self.num_workers // _WORKERS_PER_READER)


def require_ray(address: str | None = None) -> None:
    """Import Ray, for the cluster at ``address`` or for this machine alone. Raises UsageError if it is not installed.

    Nothing is sent to Ray's makers; without an address, its servers listen to this machine only.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # or every run says that Ray Data's actors may restart
    if address is None:
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")  # on Linux too: 127.0.0.1; read on import
    try:
        import ray.data  # noqa: F401
    except ImportError as error:
        raise UsageError(f"Ray is not installed ({error}); try: pip install 'srgan-prompt[ray]'") from error


def upscale_rows(rows: Rows, request: Request, load: Callable[[], "Upscaler"], pool: Pool) -> Iterator[dict[str, Any]]:
    """One report for each row, as it is done, in any order; Ray is started if there is anything to do.

    A report is ``Outcome.as_json()`` and "worker", the machine and process that did it. ``load`` makes a worker's
    model. Rows that cannot even be read, as from a damaged parquet file, have one report together.

    Raises:
        UsageError: Ray is not installed, or there is no such cluster.
        SrganPromptError: no worker can be started.
    """
    done = _already_done(rows, request) if rows.columns is None else []  # quicker than to send each row to a worker
    for name in done:
        yield Outcome(_job(request, name), "skipped").as_json()
    num_left = rows.num_rows - len(done)
    if not num_left:
        return
    with _session(pool):
        for record in _stream(rows, set(done), request, load, pool).iter_rows():
            num_left -= 1
            yield json.loads(record["report"])
    if num_left:
        reason = f"{num_left} rows of {printable(rows.storage.root)} could not be read; Ray's log on stderr says why."
        yield Outcome(Job(Path(rows.storage.root), Path()), "failed", error=DataError(reason)).as_json()


@contextmanager
def _session(pool: Pool) -> Iterator[None]:
    """Ray for the block."""
    require_ray(pool.address)
    import ray
    import ray.exceptions

    here: dict[str, Any] = {
        "num_cpus": pool.num_workers * pool.threads + pool.num_readers + _NUM_FEEDERS,
        "object_store_memory": pool.queue_bytes + 128 * MEBIBYTE,  # Ray keeps its own things there too
        "include_dashboard": False,
    }
    options = {} if pool.address else here
    try:
        ray.init(pool.address or "local", log_to_driver=False, logging_level=logging.ERROR, **options)
        yield
    except (ConnectionError, ray.exceptions.RayError) as error:
        raise SrganPromptError(f"Ray gave up ({first_line(error)}); what is done stays, run it again.") from error
    finally:
        ray.shutdown()


def _job(request: Request, name: str) -> Job:
    return Job(Path(name), Path(request.targets.file_name(name)))


def _already_done(rows: Rows, request: Request) -> list[str]:
    targets = {name: request.targets.file_name(name) for name in rows.names or ()}
    there = set(request.output.names({Path(target).suffix.lower() for target in targets.values()}))
    return [name for name, target in targets.items() if target in there]


def _stream(
    rows: Rows, done: Container[str], request: Request, load: Callable[[], "Upscaler"], pool: Pool
) -> "ray.data.Dataset":
    """The reports to be, nothing of which is computed yet."""
    import ray
    import ray.data

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.max_errored_blocks = -1  # a block is a row here, and missing ones are reported
    context.target_max_block_size = max(MEBIBYTE, pool.queue_bytes // 8)
    context.execution_options.resource_limits = ray.data.ExecutionResources(object_store_memory=pool.queue_bytes)
    if rows.columns is None:
        names = [{"name": name} for name in rows.names or () if name not in done]
        records: ray.data.Dataset = ray.data.from_items(names, override_num_blocks=min(len(names), 256))
    else:
        paths = [rows.storage.path(name) for name in rows.files]
        records = ray.data.read_parquet(
            paths,
            filesystem=rows.storage.filesystem,
            columns=rows.columns.wanted(),
            concurrency=pool.num_readers,  # more could take all processors and wait for ever to be rid of rows
        )
    attempts = ray.remote(num_cpus=0)(_Attempts).remote()
    return records.repartition(target_num_rows_per_block=1).map_batches(
        RowUpscaler,
        fn_constructor_args=(rows.storage, rows.columns, request, load, attempts),
        batch_size=1,
        batch_format="pyarrow",  # NumPy's bytes lose zeros at their end
        compute=ray.data.ActorPoolStrategy(size=pool.num_workers, max_tasks_in_flight_per_actor=2),
        num_cpus=pool.threads,
        num_gpus=pool.gpus,
    )


class _Attempts:
    """An actor of its own, which outlives the workers: how often each row was begun."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def begin(self, name: str) -> int:
        self._counts[name] += 1
        return self._counts[name]

    def end(self, name: str) -> None:
        del self._counts[name]


class RowUpscaler:
    """What a worker does: one model, then row after row. Ray starts it anew when its process ends."""

    def __init__(
        self,
        source: Storage,
        columns: Columns | None,
        request: Request,
        load: Callable[[], "Upscaler"],
        attempts: Any,
    ) -> None:
        self._source, self._columns, self._request, self._attempts = source, columns, request, attempts
        self._upscaler = load()
        self._worker = f"{socket.gethostname()}:{os.getpid()}"

    def __call__(self, records: "pyarrow.Table") -> dict[str, list[str]]:
        reports = [self._outcome(unpacked(record, self._columns)).as_json() for record in records.to_pylist()]
        return {"report": [json.dumps(report | {"worker": self._worker}) for report in reports]}

    def _outcome(self, row: Row) -> Outcome:
        import ray

        job = _job(self._request, row.name)
        if self._request.output.has(job.target.as_posix()):
            return Outcome(job, "skipped")
        if ray.get(self._attempts.begin.remote(row.name)) > MAX_ATTEMPTS:
            reason = f"{printable(row.name)}: ended its worker {MAX_ATTEMPTS} times; is there memory enough?"
            return Outcome(job, "failed", error=SrganPromptError(reason))
        (outcome,) = upscale_files(
            lambda image, _job: self._upscale(image, row),
            Plan((job,)),
            read=lambda _path, policy: self._read(row, policy),
            save=lambda result, _path: self._save(result, row),
        )
        self._attempts.end.remote(row.name)
        return outcome

    def _read(self, row: Row, policy: ImagePolicy) -> LoadedImage:
        content = self._source.read(row.name) if row.content is None else row.content
        if not content:
            raise InputImageError(f"{printable(row.name)}: holds no image.")
        return read_image(as_stream(content, row.name), policy)

    def _upscale(self, image: LoadedImage, row: Row) -> "UpscaleResult":
        prompt = self._request.prompt if row.prompt is None else row.prompt
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PromptWarning)  # the report has the notes
            return self._upscaler(image, prompt, **self._request.options)

    def _save(self, result: "UpscaleResult", row: Row) -> tuple[str, ...]:
        targets = self._request.targets
        name, buffer = targets.image_name(row.name), BytesIO()
        notes = result.save(buffer, format=Path(name).suffix.removeprefix("."))
        content = buffer.getvalue()
        if targets.as_parquet:
            content = _parquet_of(name, content, result)
        self._request.output.write(targets.file_name(row.name), content)
        return notes


def _parquet_of(name: str, content: bytes, result: "UpscaleResult") -> bytes:
    """A parquet file of one row; all of them in a folder are one data set."""
    import pyarrow
    import pyarrow.parquet

    settings, (width_px, height_px) = result.settings, result.settings.size_px
    row = {"name": name, "image": content, "prompt": settings.prompt, "width_px": width_px, "height_px": height_px}
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), sink, compression="none")  # it is an image file
    return bytes(sink.getvalue())
