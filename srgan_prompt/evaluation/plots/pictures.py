"""Every picture that a folder has the data for: of a run, of a model, or of what a benchmark or an audit wrote."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml

from srgan_prompt.checkpoints.format import read_json
from srgan_prompt.errors import DataError, ModelError
from srgan_prompt.evaluation.plots.figures import encode
from srgan_prompt.evaluation.plots.model_figures import Point, draw_amounts, draw_matrices, draw_plane
from srgan_prompt.evaluation.plots.training_curves import draw_training_curves
from srgan_prompt.evaluation.plots.training_log import LOG_NAME, SAMPLES, read_log

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PUBLISHED = Path(__file__).with_name("published.yaml")
PUBLISHED_SCALE = 4
_SOURCES = f"{LOG_NAME} or samples of a run, audit.json or benchmark.json"


def render(folder: Path, file_format: str, num_steps: int) -> dict[str, bytes]:
    """The pictures by file name, in ``file_format`` (one of FORMATS); of samples at most ``num_steps`` steps.

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
    if (folder / SAMPLES).is_dir():
        from srgan_prompt.evaluation.plots.sample_strip import draw_strip, read_strip

        if strip := read_strip(folder / SAMPLES, num_steps):
            yield "samples", draw_strip(strip)
    for name, draw in (("audit", _of_audit), ("benchmark", _of_benchmark)):
        path = folder / f"{name}.json"
        if path.is_file():
            yield from draw(path)


def _of_audit(path: Path) -> Iterator[tuple[str, "Figure"]]:
    """The matrix of the hardest wordings in which everything was asked for, and the curves of amounts."""
    from srgan_prompt.evaluation.audit.targets import WORDINGS
    from srgan_prompt.evaluation.audit.tone_wishes import PERCENT, TOLERANCE

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
