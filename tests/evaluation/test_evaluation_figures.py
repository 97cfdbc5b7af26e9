"""What a model does, drawn: the matrix, the amounts, the plane, and from which files."""

import json
from pathlib import Path

import numpy as np
import pytest

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.figures import draw_amounts, draw_matrices, draw_plane
from srgan_prompt.evaluation.plot import PUBLISHED, read_published, render
from srgan_prompt.files import SHIPPED_MODEL

NAMES = ["warm", "cool", "sepia"]


def texts_of(axes):
    return [text.get_text() for text in axes.texts]


def test_the_matrix_shows_every_figure_and_shines_where_the_right_answer_is():
    matrix = np.array([[50.0, 20.0, 30.0], [20.0, 40.0, 28.0], [21.0, 22.0, 45.0]])
    (axes,) = draw_matrices({"documented wordings": matrix}, NAMES).axes
    assert texts_of(axes) == [f"{value:.0f}" for value in matrix.flatten()]
    shown = axes.images[0].get_array()
    assert np.diagonal(shown).tolist() == [0, 0, 0]
    assert shown[0, 1] == -20
    assert [label.get_text() for label in axes.get_yticklabels()] == NAMES


def test_what_was_not_asked_is_left_blank_and_each_matrix_has_a_panel():
    matrix = np.full((3, 3), 30.0)
    partial = matrix.copy()
    partial[1] = np.nan
    whole, gaps = draw_matrices({"one": matrix, "two": partial}, NAMES).axes
    assert (len(whole.texts), len(gaps.texts)) == (9, 6)


def test_amounts_are_drawn_over_what_was_asked_for():
    asked, shown = [0.1, 0.5, 1.0], {"warm": [0.1, 0.4, 0.7], "contrast_up": [0.2, 0.5, 1.0]}
    figure = draw_amounts(asked, shown, tolerance=0.2)
    assert [axes.get_title() for axes in figure.axes] == ["warm", "contrast up"]
    assert list(figure.axes[0].lines[0].get_xdata()) == asked
    assert list(figure.axes[0].lines[0].get_ydata()) == shown["warm"]
    assert "within 20% of the amount" in [text.get_text() for text in figure.legends[0].texts]


def test_the_plane_tells_what_was_measured_from_what_was_published():
    measured = {"Set5": {"bicubic": (28.4, 0.34), "ours": (31.0, 0.18)}}
    published = {"Set5": {"SRGAN": (29.2, 0.088)}, "Set14": {"SRGAN": (26.2, 0.166)}}
    (axes,) = draw_plane(measured, published).axes
    points = {line.get_label(): line for line in axes.lines}
    assert list(points) == ["bicubic", "ours", "SRGAN, as published"]
    assert (points["ours"].get_xdata()[0], points["ours"].get_ydata()[0]) == (31.0, 0.18)
    assert points["SRGAN, as published"].get_markerfacecolor() == "none"
    assert points["ours"].get_markerfacecolor() != "none"


def test_published_rows_follow_our_protocol_as_their_bicubic_rows_show():
    """What makes the rows comparable: the same method, measured by them and by us."""
    import yaml

    theirs = yaml.safe_load(PUBLISHED.read_text("utf-8"))
    ours = json.loads((SHIPPED_MODEL / "benchmark.json").read_text("utf-8"))["sets"]
    for data, methods in theirs.items():
        mean = ours[data]["methods"]["bicubic"]["mean"]
        db, lpips = methods["bicubic"]
        assert db == pytest.approx(mean["psnr_y_db"], abs=0.02)
        assert lpips == pytest.approx(mean["lpips"], abs=0.001)
    assert all("bicubic" not in methods and len(methods) == 5 for methods in read_published().values())


def benchmark(tmp_path: Path, lpips: float | None, scale: int = 4) -> Path:
    mean = {"psnr_y_db": 30.0, "ssim_y": 0.8, "lpips": lpips}
    sets = {"Set5": {"low_resolution": "", "methods": {"ours": {"mean": mean, "images": {}}}}}
    (tmp_path / "benchmark.json").write_text(json.dumps({"scale": scale, "sets": sets}))
    return tmp_path


def test_a_folder_gives_the_pictures_that_it_has_data_for(tmp_path):
    assert list(render(SHIPPED_MODEL, "png", 5)) == ["audit_matrix.png", "amounts.png", "perception_distortion.png"]
    assert list(render(benchmark(tmp_path, 0.1), "svg", 5)) == ["perception_distortion.svg"]


def test_published_rows_are_of_the_scale_that_was_measured(tmp_path):
    at_4, at_2 = (render(benchmark(tmp_path, 0.1, scale), "svg", 5)["perception_distortion.svg"] for scale in (4, 2))
    assert len(at_4) > len(at_2)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("benchmark.json", "{", r"benchmark\.json is not valid JSON"),
        ("benchmark.json", "[]", r"benchmark\.json: is no benchmark of this version"),
        ("audit.json", '{"wordings": {}}', r"audit\.json: is no audit of this version"),
        ("readme.txt", "", "there is nothing to draw; a folder with"),
        ("log.jsonl", "", "there is nothing to draw"),
    ],
)
def test_what_cannot_be_drawn_is_named(tmp_path, name, content, message):
    (tmp_path / name).write_text(content)
    with pytest.raises(DataError, match=message):
        render(tmp_path, "png", 5)


def test_without_lpips_there_is_no_plane(tmp_path):
    with pytest.raises(DataError, match="nothing to draw"):
        render(benchmark(tmp_path, None), "png", 5)
