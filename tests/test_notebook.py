"""The tutorial's notebook runs as it stands, shows pictures, and is kept without outputs."""

import ast
import io
import json
import shutil
from contextlib import redirect_stdout

import pytest
from documented import ROOT
from PIL import Image

from srgan_prompt.inference.result import PREVIEW_PIXELS

NOTEBOOK = ROOT / "docs/tutorials/first_upscale.ipynb"


@pytest.fixture(scope="module")
def cells():
    """Those with code."""
    notebook = json.loads(NOTEBOOK.read_text("utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def run_cell(source, names):
    """As a notebook does it; returns what the last line gives, if that is an expression."""
    body = ast.parse(source).body
    last = body.pop() if isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, []), "cell", "exec"), names)  # noqa: S102
    return None if last is None else eval(compile(ast.Expression(last.value), "cell", "eval"), names)  # noqa: S307


def test_it_is_kept_without_outputs(cells):
    assert len(cells) > 5
    assert [cell["id"] for cell in cells if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.slow
@pytest.mark.filterwarnings("error::srgan_prompt.errors.PromptWarning")
def test_it_runs_and_shows_pictures_of_the_expected_size(cells, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    shown, printed = [], io.StringIO()
    names = {"display": shown.append}
    with redirect_stdout(printed):
        for cell in cells:
            shown.append(run_cell("".join(cell["source"]), names))
    results = [each for each in shown if hasattr(each, "_repr_png_")]
    assert len(results) == 6
    for result in results:
        width_px, height_px = result.settings.size_px
        with Image.open(io.BytesIO(result._repr_png_())) as picture:  # noqa: TID251  (a file of our own making)
            picture.load()
        assert picture.format == "PNG"
        if 2 * width_px * height_px <= PREVIEW_PIXELS:
            assert picture.size == (2 * width_px, height_px)
        else:
            assert 0.98 * PREVIEW_PIXELS < picture.width * picture.height <= PREVIEW_PIXELS
            assert picture.width / picture.height == pytest.approx(2 * width_px / height_px, rel=0.01)
    lines = printed.getvalue().splitlines()
    assert "denoise 1, warm .25" in lines
    assert "{'brighten': 'lightness', 'desaturate': 'chroma'}" in lines
    assert "0 the strength is 0, so nothing was changed" in lines
    assert (tmp_path / "city_warm.png").is_file()
