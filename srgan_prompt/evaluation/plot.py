"""Every figure that a folder has the data for: of a run, of a model, or of what a benchmark or an audit wrote.

Of a run these are its log (``log.jsonl``) as curves, and its samples: the sheets of a few validations side by side, a
column a step, a row a prompt.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from srgan_prompt.checkpoints.format import read_json
from srgan_prompt.errors import DataError, ModelError
from srgan_prompt.evaluation.figures import (
    DPI,
    Curve,
    Point,
    TrainingLog,
    draw_amounts,
    draw_matrices,
    draw_plane,
    draw_training_curves,
    encode,
    new_figure,
)
from srgan_prompt.images.photos import read_rgb8

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PUBLISHED = Path(__file__).with_name("published.yaml")
PUBLISHED_SCALE = 4
LOG_NAME, SAMPLES = "log.jsonl", "samples"  # what a run writes into its folder
MARGIN_PX = 24  # of a strip of samples, above and on the left: for names
_NO_VALUES = ("kind", "step", "time_s")
_SHEET = re.compile(r"step_(\d{8,})\.png")
_FONT_PT = 10.0
_LETTER_PX_PER_PT = 0.6 * DPI / 72  # the mean width of a letter
_SOURCES = f"{LOG_NAME} or samples of a run, audit.json or benchmark.json"

Strip = Mapping[int, Mapping[str, np.ndarray]]


def render(folder: Path, file_format: str, num_steps: int) -> dict[str, bytes]:
    """The figures by file name, in ``file_format`` (one of FORMATS); of samples at most ``num_steps`` steps.

    Raises:
        DataError: there is no such folder, nothing to draw in it, or a file that cannot be understood.
        UsageError: matplotlib is missing.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name that of a run or a model, or one with {_SOURCES}.")
    contents = {f"{name}.{file_format}": encode(figure, file_format) for name, figure in _figures(folder, num_steps)}
    if not contents:
        raise DataError(f"{folder}: there is nothing to draw; a folder with {_SOURCES} is wanted.")
    return contents


def _figures(folder: Path, num_steps: int) -> Iterator[tuple[str, "Figure"]]:
    if (folder / LOG_NAME).is_file():
        log = read_log(folder / LOG_NAME)
        if log.train or log.validation:
            yield "training_curves", draw_training_curves(log)
    if (folder / SAMPLES).is_dir() and (strip := read_strip(folder / SAMPLES, num_steps)):
        yield "samples", draw_strip(strip)
    for name, draw in (("audit", _of_audit), ("benchmark", _of_benchmark)):
        path = folder / f"{name}.json"
        if path.is_file():
            yield from draw(path)


def _of_audit(path: Path) -> Iterator[tuple[str, "Figure"]]:
    """The matrix of the hardest wordings in which everything was asked for, and the curves of amounts."""
    from srgan_prompt.evaluation.audit.reading import TOLERANCE
    from srgan_prompt.evaluation.audit.targets import WORDINGS
    from srgan_prompt.evaluation.audit.wishes import PERCENT

    try:
        document = _document(path)
        found = {
            WORDINGS[name]: np.array(scores["psnr_matrix_db"], dtype=float)  # None becomes NaN
            for name, scores in document["wordings"].items()
        }
        title, matrix = [(title, each) for title, each in found.items() if not np.isnan(each).any()][-1]
        figures = {
            "audit_matrix": draw_matrices({title: matrix}, document["requests"]),
            "amounts": draw_amounts(np.array(PERCENT) / 100, document["sentences"]["amounts"]["shown"], TOLERANCE),
        }
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: is no audit of this version; run `srgan-prompt audit` again.") from error
    yield from figures.items()


def _of_benchmark(path: Path) -> Iterator[tuple[str, "Figure"]]:
    """The plane of the sets whose LPIPS was measured; there may be none."""
    try:
        document = _document(path)
        measured = {data: _points(result["methods"]) for data, result in document["sets"].items()}
        measured = {data: points for data, points in measured.items() if points}
        published = read_published() if document["scale"] == PUBLISHED_SCALE else {}
        figure = draw_plane(measured, published) if measured else None
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise DataError(f"{path}: is no benchmark of this version; run it again.") from error
    if figure is not None:
        yield "perception_distortion", figure


def read_published() -> dict[str, dict[str, Point]]:
    """What others published at x4, as ``[test set][method]``: PSNR-Y in dB and LPIPS; without their bicubic rows."""
    sets = yaml.safe_load(PUBLISHED.read_text("utf-8"))
    return {
        data: {name: (db, lpips) for name, (db, lpips) in methods.items() if name != "bicubic"}
        for data, methods in sets.items()
    }


def _points(methods: Mapping[str, Mapping[str, Any]]) -> dict[str, Point]:
    means = {name: method["mean"] for name, method in methods.items()}
    return {
        name: (mean["psnr_y_db"], mean["lpips"])
        for name, mean in means.items()
        if mean["psnr_y_db"] is not None and mean["lpips"] is not None
    }


def _document(path: Path) -> Any:
    try:
        return read_json(path.read_bytes(), path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); look at its permissions.") from None
    except ModelError as error:  # not JSON
        raise DataError(str(error)) from None


def read_log(path: Path) -> TrainingLog:
    """The curves of a run, which may be going on.

    A run that was resumed did some steps twice; what it did last counts. Raises DataError for a file that cannot be
    read or that is no log.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", "it is no text in UTF-8")
        raise DataError(f"{path}: cannot be read ({reason}); name the folder of a run.") from None
    records: dict[str, dict[int, dict[str, Any]]] = {"train": {}, "validation": {}}
    for number, line in enumerate(lines, start=1):
        record = _parsed(line)
        if record is None:
            if number == len(lines):
                break  # the run is writing it at this moment, or was killed while it did
            raise DataError(f"{path}: line {number} is no record of a run; remove it, or name another run.")
        kind, step = record["kind"], record["step"]
        if kind == "start":
            records = {
                each: {number: one for number, one in done.items() if number <= step} for each, done in records.items()
            }
        elif kind in records:
            records[kind][step] = record
    return TrainingLog(*(_curves(each) for each in records.values()))


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    is_record = isinstance(record, dict) and isinstance(record.get("step"), int) and "kind" in record
    return record if is_record else None


def _curves(records: dict[int, dict[str, Any]]) -> dict[str, Curve]:
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for step, record in sorted(records.items()):
        for name, value in record.items():
            if name not in _NO_VALUES and isinstance(value, int | float):
                points[name].append((step, float(value)))
    return {name: Curve(*map(np.array, zip(*found, strict=True))) for name, found in points.items()}


def read_strip(folder: Path, num_steps: int) -> Strip:
    """The first photo of at most ``num_steps`` sheets in ``folder``, the first and the last among them.

    By step, then by what a column of the sheet stands for: (H, W, 3) uint8. Raises DataError for a file that is no
    sheet, or if the sheets do not have the same columns.
    """
    from srgan_prompt.evaluation.validation import cut_sheet

    sheets = {int(match[1]): path for path in folder.glob("*.png") if (match := _SHEET.fullmatch(path.name))}
    steps = sorted(sheets)
    chosen = np.linspace(0, len(steps) - 1, min(num_steps, len(steps))).round().astype(int)
    strip: dict[int, dict[str, np.ndarray]] = {}
    expected: dict[str, tuple[int, ...]] = {}
    for step in (steps[number] for number in chosen):
        cells = cut_sheet(read_rgb8(sheets[step]))
        shapes = {name: cell.shape for name, cell in (cells or {}).items()}
        if cells is None or shapes != (expected := expected or shapes):
            raise DataError(f"{sheets[step]}: no sheet of samples, or not laid out as those before it; remove it.")
        strip[step] = cells
    return strip


def draw_strip(strip: Strip) -> "Figure":
    """Every pixel of ``strip``, which has at least one step, is a pixel of the figure."""
    names = list(next(iter(strip.values())))
    height, width, _ = strip[next(iter(strip))][names[0]].shape
    figure_px = (MARGIN_PX + width * len(strip), MARGIN_PX + height * len(names))
    figure = new_figure(*figure_px, layout=None)

    def write(text: str, x_px: float, y_px: float, room_px: int, rotation: int) -> None:
        size_pt = min(_FONT_PT, room_px / (len(text) * _LETTER_PX_PER_PT))
        place = (x_px / figure_px[0], 1 - y_px / figure_px[1])
        figure.text(*place, text, ha="center", va="center", fontsize=size_pt, rotation=rotation)

    for column, (step, cells) in enumerate(strip.items()):
        left_px = MARGIN_PX + column * width
        write(f"step {step}", left_px + width / 2, MARGIN_PX / 2, width, 0)
        for row, name in enumerate(names):
            figure.figimage(cells[name], left_px, figure_px[1] - MARGIN_PX - (row + 1) * height, origin="upper")
    for row, name in enumerate(names):
        write(name, MARGIN_PX / 2, MARGIN_PX + (row + 0.5) * height, height, 90)
    return figure
