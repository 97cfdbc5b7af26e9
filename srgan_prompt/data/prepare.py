"""Folders of photos to parquet shards: measured, sorted out, dealt and written, in parallel and in parts.

Whatever is done stays done: measures of some photos and whole shards are files that appear at once, and what a file was
made of decides whether it is made again. A kill costs each process the part that it was at.
"""

import csv
import hashlib
import io
import json
import multiprocessing
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from srgan_prompt.data.images import has_digest, shard_schema, write_shard
from srgan_prompt.data.selection import (
    LICENCE_COLUMNS,
    LICENCES,
    Limits,
    Photo,
    PhotoMeasures,
    Verdict,
    judge,
    measure_photo,
)
from srgan_prompt.errors import DataError, SrganPromptError
from srgan_prompt.files import LEFTOVERS, replacing
from srgan_prompt.images.photos import identity_of, photos_in

REPORT = "report.csv"
MEASURES = "measures"
PHOTOS_A_PART = 256

T = TypeVar("T")
R = TypeVar("R")
Say = Callable[[str], None]


def prepare(
    folders: Sequence[Path],
    destination: Path,
    limits: Limits,
    *,
    not_like: Sequence[Path] = (),
    num_shards: int = 64,
    num_workers: int = 1,
    say: Say = lambda text: None,
) -> Counter[str]:
    """The photos of ``folders`` that ``limits`` let pass, one of each, none of them in a folder of ``not_like``.

    Writes shards, ``licences.csv`` and ``report.csv`` to ``destination``; ``say`` hears how far it is. Returns how
    many photos were left out for each reason, under "" how many are kept. Raises DataError for folders that cannot be
    used or too few photos, OutputError if the disk refuses.
    """
    photos = _listed(folders)
    foreign = [path for folder in not_like for path in photos_in(folder)]
    paths = {photo.identity: photo.path for photo in photos} | {identity_of(path): path for path in foreign}
    measures = _measured(paths, destination / MEASURES, num_workers, say)
    verdicts = judge(photos, {path: measures[identity_of(path)] for path in foreign}, measures, limits)
    kept = [photo for photo, verdict in zip(photos, verdicts, strict=True) if not verdict.reason]
    _write_report(destination / REPORT, photos, verdicts, measures)
    if len(kept) < num_shards:
        raise DataError(
            f"{len(kept)} of {len(photos)} photos are left, too few for {num_shards} shards; "
            f"ask for fewer, or see {destination / REPORT} for why photos were left out."
        )
    _write_shards(kept, destination, num_shards, num_workers, say)
    rows = [{"file": photo.name} | dict(photo.licence) for photo in kept]
    _write_csv(destination / LICENCES, ("file", *LICENCE_COLUMNS), rows)
    return Counter(verdict.reason for verdict in verdicts)


def _listed(folders: Sequence[Path]) -> list[Photo]:
    photos: dict[str, Photo] = {}
    for folder in folders:
        licences = _licences_of(folder)
        for path in photos_in(folder):
            name = path.relative_to(folder).as_posix()
            if name in photos:
                raise DataError(
                    f"{photos[name].path} and {path} have one name; put the folders into one and name that."
                )
            photos[name] = Photo(name, path, identity_of(path), licences.get(name, dict.fromkeys(LICENCE_COLUMNS, "")))
    return list(photos.values())


def _licences_of(folder: Path) -> dict[str, dict[str, str]]:
    path = folder / LICENCES
    if not path.is_file():
        return {}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        return {row["file"]: {column: row.get(column) or "" for column in LICENCE_COLUMNS} for row in rows}
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: needs a header with file, source and licence, in UTF-8 ({error}).") from error


def _measured(paths: Mapping[str, Path], folder: Path, num_workers: int, say: Say) -> dict[str, PhotoMeasures]:
    """The measures of ``paths`` by identity; those that ``folder`` has already are not taken again."""
    done: dict[str, Any] = {}
    for path in sorted(folder.glob("*.json")):
        done |= json.loads(path.read_text())
    waiting = [(identity, path) for identity, path in paths.items() if identity not in done]
    if waiting:
        say(f"measuring {len(waiting)} photos, {len(paths) - len(waiting)} are measured")
    size = min(PHOTOS_A_PART, -(-len(waiting) // num_workers) or 1)
    parts = [waiting[first : first + size] for first in range(0, len(waiting), size)]
    for number, measured in enumerate(_parallel(partial(_measure_part, folder), parts, num_workers), start=1):
        done |= measured
        say(f"measured part {number} of {len(parts)}")
    return {identity: PhotoMeasures(**done[identity]) for identity in paths}


def _measure_part(folder: Path, part: Sequence[tuple[str, Path]]) -> dict[str, Any]:
    measures = {identity: asdict(measure_photo(path)) for identity, path in part}
    content = json.dumps(measures).encode()
    with replacing(folder / f"{hashlib.sha256(content).hexdigest()[:16]}.json") as file:
        file.write(content)
    return measures


def _write_report(
    path: Path, photos: Sequence[Photo], verdicts: Sequence[Verdict], measures: Mapping[str, PhotoMeasures]
) -> None:
    columns = ("file", "reason", "detail", "width_px", "height_px", "sharpness", "jpeg_quality", "difference_hash")
    rows = [
        asdict(measures[photo.identity]) | {"file": photo.name} | verdict._asdict()
        for photo, verdict in zip(photos, verdicts, strict=True)
    ]
    _write_csv(path, columns, rows)


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as file:
        file.write(text.getvalue().encode())


def _write_shards(kept: Sequence[Photo], destination: Path, num_shards: int, num_workers: int, say: Say) -> None:
    """Deal ``kept`` out in an order that only their names decide, so that neighbours have nothing in common."""
    dealt = sorted(kept, key=lambda photo: hashlib.sha256(photo.name.encode()).digest())
    jobs = []
    for number in range(num_shards):
        photos = dealt[number::num_shards]
        digest = hashlib.sha256(
            json.dumps([[p.name, p.identity, dict(p.licence)] for p in photos]).encode()
        ).hexdigest()
        jobs.append((destination / f"photos-{number:05}-of-{num_shards:05}.parquet", digest, photos))
    others = set(destination.glob("photos-*-of-*.parquet")) - {path for path, _, _ in jobs}
    for path in [*others, *destination.glob(LEFTOVERS)]:
        path.unlink()
    waiting = [job for job in jobs if not has_digest(job[0], job[1])]
    write = partial(_write_photos, shard_schema(("file", *LICENCE_COLUMNS)))
    for done, _ in enumerate(_parallel(write, waiting, num_workers), start=num_shards - len(waiting) + 1):
        say(f"shard {done} of {num_shards}")


def _write_photos(schema: Any, job: tuple[Path, str, Sequence[Photo]]) -> None:
    path, digest, photos = job
    rows = ({"image": _content(photo), "file": photo.name, **photo.licence} for photo in photos)
    write_shard(path, rows, schema, digest)


def _content(photo: Photo) -> dict[str, Any]:
    try:
        return {"bytes": photo.path.read_bytes(), "path": Path(photo.name).name}
    except OSError as error:
        raise DataError(
            f"{photo.path}: can no longer be read ({error.strerror}); run the same command again."
        ) from error


def _parallel(do: Callable[[T], R], jobs: Sequence[T], num_workers: int) -> Iterator[R]:
    """``do`` of each job, in order, by processes of their own if there are to be several."""
    if num_workers == 1 or len(jobs) < 2:
        yield from map(do, jobs)
        return
    # Not forked: threads of other libraries would be lost in the middle of whatever they held.
    with ProcessPoolExecutor(num_workers, multiprocessing.get_context("spawn")) as pool:
        try:
            yield from pool.map(do, jobs)
        except BrokenProcessPool as error:
            raise SrganPromptError("A worker was killed, perhaps for memory; run the same command again.") from error
