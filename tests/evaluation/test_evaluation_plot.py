"""The course of a run: what the log says is what is drawn."""

import io
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from srgan_prompt.errors import DataError
from srgan_prompt.evaluation.figures import Curve, TrainingLog, draw_training_curves, encode, smoothed
from srgan_prompt.evaluation.plot import MARGIN_PX, draw_strip, read_log, read_strip
from srgan_prompt.evaluation.validation import sample_sheet
from srgan_prompt.training.tracking import Tracker

PIXEL = [0.5, 0.4, 0.2, 0.3]
SHEET_NAMES = ("bicubic", "no prompt", "original")


def write_log(folder: Path, steps: Iterable[int] = (1, 50, 100, 150)) -> Path:
    """As a run writes it."""
    tracker = Tracker(folder, active=True, tensorboard=False)
    tracker.record("start", 0, {"device": "cpu"})
    for step, pixel in zip(steps, PIXEL, strict=True):
        values = {"pixel": pixel, "loss": 2 * pixel, "adversarial": -pixel, "gradient": 0.7, "share_data": 0.1}
        tracker.record("train", step, values | {"learning_rate": 1e-4, "discriminator": 0.1, "logit_real": 0.2})
    tracker.record("validation", 100, {"psnr": 24.0, "psnr_bicubic": 23.0, "recall": 0.5, "right_minus_empty": 3.0})
    return folder / "log.jsonl"


def test_the_curves_are_those_of_the_log(tmp_path):
    figure = draw_training_curves(read_log(write_log(tmp_path)))
    losses = figure.axes[0]
    assert losses.get_title() == "loss of the generator, weighted terms"
    assert losses.lines[0].get_xdata().tolist() == [1, 50, 100, 150]
    assert losses.lines[0].get_ydata().tolist() == PIXEL
    assert losses.lines[1].get_ydata() == pytest.approx(smoothed(np.array(PIXEL)))
    assert [text.get_text() for text in losses.get_legend().texts] == ["pixel", "loss", "adversarial"]
    assert losses.get_yscale() == "symlog", "a negative term has no logarithm"


def test_every_number_but_shares_of_time_has_a_panel(tmp_path):
    figure = draw_training_curves(read_log(write_log(tmp_path)))
    titles = [axes.get_title() for axes in figure.axes]
    assert titles == [
        *("loss of the generator, weighted terms", "discriminator", "gradient norm", "learning rate"),
        *("validation: PSNR (dB)", "validation: what the right sentence gains (dB)", "validation: other"),
    ]
    (rate,) = figure.axes[3].lines
    assert rate.get_ydata().tolist() == [1e-4] * 4, "what is exact is not smoothed"


def test_smoothing_keeps_level_and_length_and_calms_noise():
    noise = np.random.default_rng(0).normal(5, 1, 200)
    assert len(smoothed(noise)) == 200
    assert smoothed(np.full(200, 5.0)) == pytest.approx(np.full(200, 5.0))
    assert smoothed(noise).std() < 0.5 * noise.std()
    assert smoothed(np.array([3.0])) == [3.0]


def test_lines_of_a_panel_differ_without_colour():
    level = Curve(np.array([0, 100]), np.array([0.5, 0.5]))
    figure = draw_training_curves(TrainingLog({f"term {number}": level for number in range(10)}, {}))
    figure.axes[0].get_legend().remove()
    lines, looks = figure.axes[0].lines, set()
    for shown in lines[1::2]:
        for line in lines:
            line.set_visible(line is shown)
        shown.set_color("black")
        looks.add(encode(figure, "png"))
    assert len(looks) == 10


def test_what_a_resumed_run_did_again_counts_once(tmp_path):
    log = write_log(tmp_path)
    tracker = Tracker(tmp_path, active=True, tensorboard=False)
    tracker.record("start", 50, {"device": "cpu"})  # the checkpoint of step 50
    tracker.record("train", 90, {"pixel": 0.25})
    pixel = read_log(log).train["pixel"]
    assert (pixel.steps.tolist(), pixel.values.tolist()) == ([1, 50, 90], [0.5, 0.4, 0.25])
    assert read_log(log).validation == {}


def test_a_line_that_is_being_written_is_passed_over_and_a_broken_one_is_named(tmp_path):
    log = write_log(tmp_path)
    whole = log.read_text()
    log.write_text(whole + '{"kind": "train", "ste')
    assert len(read_log(log).train["pixel"].steps) == 4
    log.write_text('{"kind": "tr\n' + whole)
    with pytest.raises(DataError, match=r"log\.jsonl: line 1 is no record of a run"):
        read_log(log)
    log.write_bytes(b"\xff\xfe")
    with pytest.raises(DataError, match=r"log\.jsonl: cannot be read \(it is no text in UTF-8\)"):
        read_log(log)


def write_sheet(folder: Path, step: int, side_px: int = 32) -> dict[str, int]:
    """A sheet of two photos as a run without prompts writes it; the grey of its cells by name, for the first photo."""
    greys = {name: 10 + step + 20 * number for number, name in enumerate(SHEET_NAMES)}
    columns = {
        name: [torch.full((1, 3, side_px, side_px), grey / 255), torch.zeros(1, 3, side_px, side_px)]
        for name, grey in greys.items()
    }
    folder.mkdir(exist_ok=True)
    Image.fromarray(sample_sheet(columns)).save(folder / f"step_{step:08}.png")
    return greys


def test_a_strip_has_a_column_for_each_step_and_a_row_for_each_prompt(tmp_path):
    greys = {step: write_sheet(tmp_path / "samples", step) for step in (1, 2, 3, 4, 5)}
    strip = read_strip(tmp_path / "samples", 3)
    assert list(strip) == [1, 3, 5], "the first, the last, and what lies between"
    with Image.open(io.BytesIO(encode(draw_strip(strip), "png"))) as drawn:  # noqa: TID251
        pixels = np.asarray(drawn.convert("RGB"))
    assert pixels.shape == (MARGIN_PX + 3 * 32, MARGIN_PX + 3 * 32, 3), "every pixel is a pixel"
    for column, step in enumerate(strip):
        for row, name in enumerate(SHEET_NAMES):
            top, left = MARGIN_PX + 32 * row, MARGIN_PX + 32 * column
            assert (pixels[top : top + 32, left : left + 32] == greys[step][name]).all(), (step, name)


def test_no_pixel_is_lost_on_the_way_through_inches(tmp_path):
    write_sheet(tmp_path, 1, side_px=33)
    with Image.open(io.BytesIO(encode(draw_strip(read_strip(tmp_path, 5)), "png"))) as drawn:  # noqa: TID251
        assert drawn.size == (MARGIN_PX + 33, MARGIN_PX + 3 * 33) == (57, 123)


def test_few_sheets_are_all_shown_and_other_files_are_not(tmp_path):
    write_sheet(tmp_path / "samples", 7)
    Image.new("RGB", (9, 9)).save(tmp_path / "samples/mine.png")
    assert list(read_strip(tmp_path / "samples", 5)) == [7]
    assert read_strip(tmp_path, 5) == {}


def test_what_is_no_sheet_is_named(tmp_path):
    write_sheet(tmp_path / "samples", 1)
    write_sheet(tmp_path / "samples", 2, side_px=16)
    with pytest.raises(DataError, match=r"step_00000002\.png: no sheet of samples, or not laid out as"):
        read_strip(tmp_path / "samples", 5)
    Image.new("RGB", (50, 50)).save(tmp_path / "samples/step_00000002.png")
    with pytest.raises(DataError, match=r"step_00000002\.png: no sheet of samples"):
        read_strip(tmp_path / "samples", 5)


@pytest.mark.parametrize("file_format", ["png", "svg"])
def test_the_same_figure_has_the_same_bytes(tmp_path, file_format):
    log = read_log(write_log(tmp_path))
    first, second = (encode(draw_training_curves(log), file_format) for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG" if file_format == "png" else b"<?xml")
