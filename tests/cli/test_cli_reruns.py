"""A second run over the same folder does not upscale what the first one made."""

import pytest
from cli_makers import make_image, size_px


def results(upscale, *flags):
    done = upscale("in", "-p", "", *flags)
    assert done.code == 0, done.err
    return done.out.splitlines(), done.err


@pytest.mark.parametrize("first", [(), ("--no-provenance",), ("--format", "jpg"), ("-o", "in/made")], ids=" ".join)
def test_results_of_other_flags_are_left_out_with_a_word(upscale, tmp_path, first):
    make_image(tmp_path / "in" / "a.png")
    results(upscale, *first)
    planned = upscale("in", "-p", "", "--scale", "2", "-r", "--dry-run")
    listed, told = results(upscale, "--scale", "2", "-r")
    assert listed == ["in/a_x2.png"]
    assert "a_x4" in told
    assert "a result of an earlier run, left out" in told
    assert "left out" in planned.err
    assert "1 to do" in planned.err


def test_a_result_that_is_named_is_upscaled_again(upscale, tmp_path):
    make_image(tmp_path / "in" / "a.png")
    results(upscale)
    assert upscale("in/a_x4.png", "-p", "").out == "in/a_x4_x4.png\n"
    assert size_px(tmp_path / "in" / "a_x4_x4.png") == (192, 128)


def test_a_name_alone_is_no_sign(upscale, tmp_path):
    make_image(tmp_path / "in" / "bmw_x5.png")
    assert results(upscale)[0] == ["in/bmw_x5_x4.png"]


def test_a_folder_of_nothing_but_results_is_refused(upscale, tmp_path):
    make_image(tmp_path / "a.png")
    assert upscale("a.png", "-p", "", "-o", "in").code == 0
    done = upscale("in", "-p", "")
    assert done.code == 3
    assert "only results of earlier runs" in done.err
