"""What cannot be written is refused before the work: by the plan as by the run, and before a model is looked for."""

import os
from pathlib import Path

import pytest
from cli_makers import make_image

NO_MODEL = ("--model", "no-such-model.onnx")


@pytest.mark.parametrize("flags", [("--format", "webp"), ("-o", "out.webp"), ("-o", "out.jpg", "--scale", "17")])
def test_a_side_that_the_format_cannot_hold_is_refused_by_the_plan_and_before_the_network_runs(upscale, flags):
    make_image(Path("wide.png"), 4096, 1)
    planned, done = upscale("wide.png", *flags, "-p", "", "--dry-run"), upscale("wide.png", *flags, "-p", "", "--json")
    assert (planned.code, done.code) == (5, 5)
    assert "can hold" in planned.err
    assert "can hold" in done.err
    assert '"network"' not in done.out


@pytest.mark.parametrize(
    "flags", [("-o", "file/sub/"), ("-o", "file/x.png"), ("--compare", "file/x.png")], ids=" ".join
)
def test_a_folder_that_is_none_is_refused_before_the_model(command, image, tmp_path, flags):
    (tmp_path / "file").write_bytes(b"")
    for more in ((), ("--dry-run",)):
        done = command("upscale", image, "--scale", "2", *NO_MODEL, *flags, *more)
        assert done.code == 5
        assert "is no folder" in done.err
    assert command("export", "no-such-model", "-o", "file/m.onnx").code == 5


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_read_only_folder_is_refused_before_the_model(command, image, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    done = command("upscale", image, "--scale", "2", *NO_MODEL, "-o", "locked/sub/")
    assert done.code == 5
    assert "is read-only" in done.err
