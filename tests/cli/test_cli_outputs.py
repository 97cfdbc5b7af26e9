"""What may happen to files, whatever goes wrong: O1, O2, O3, O4, O6, O7, O8, O9, O10, O11, O12.

O5 is in ``test_cli_disk``.
"""

import errno
import json
import os
import signal
import stat

import numpy as np
import pytest
from cli_makers import make_image, pixels
from disk_faults import failing_disk, failures
from PIL import Image

from srgan_prompt.inference.torch_engine import TorchEngine
from srgan_prompt.inference.upscaler import Upscaler


@pytest.fixture
def no_model(monkeypatch):
    """Whoever loads a model fails."""

    def refuse(*args, **kwargs):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(Upscaler, "from_pretrained", refuse)


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_o1_an_existing_file_is_refused_untouched_unless_told(upscale, image, tmp_path):
    result = tmp_path / "photo_x4.png"
    result.write_bytes(b"mine")
    done = upscale(image)
    assert done.code == 5
    assert "already exists" in done.err
    assert result.read_bytes() == b"mine"
    assert upscale(image, "--skip-existing") == (0, "", "")
    assert result.read_bytes() == b"mine"
    assert upscale(image, "--overwrite").code == 0
    assert pixels(result).shape == (32, 48, 3)
    assert upscale(image, "--overwrite", "--skip-existing").code == 2


@pytest.mark.usefixtures("no_model")
def test_o2_two_inputs_with_one_output_are_refused_before_any_work(upscale, tmp_path):
    for name in ("a/photo.png", "b/photo.png", "c.png", "c.jpg"):
        make_image(tmp_path / name)
    assert upscale("a/photo.png", "b/photo.png", "-o", "out").code == 5
    assert upscale("c.png", "c.jpg", "--format", "png").code == 5
    assert upscale("a/photo.png", "c.png", "-o", "one.png").code == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_model")
def test_o3_an_output_that_is_an_input_is_refused(upscale, image, tmp_path):
    before = image.read_bytes()
    (tmp_path / "link.png").symlink_to(image)
    for flags in (["-o", image], ["--suffix", ""], ["-o", "link.png"]):
        assert upscale(image, *flags, "--overwrite").code == 5
    assert image.read_bytes() == before


def test_o4_missing_parents_are_made_and_closed_folders_named(upscale, image, tmp_path):
    assert upscale(image, "-o", "a/b/c/out.png").code == 0
    (tmp_path / "file").write_bytes(b"")
    done = upscale(image, "-o", "file/out.png")
    assert done.code == 5
    assert "out.png: cannot be written" in done.err


def test_o4_a_read_only_folder_is_a_named_error(upscale, image, tmp_path, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    if os.geteuid() == 0:  # nothing is closed to root, so the system is made to say so
        with failing_disk(monkeypatch, 2, PermissionError(errno.EACCES, "Permission denied")):
            done = upscale(image, "-o", "closed/out.png")
    else:
        done = upscale(image, "-o", "closed/out.png")
    assert done.code == 5
    assert done.err.startswith("srgan-prompt: closed/out.png: cannot be written (Permission denied)")
    assert names_in(closed) == []


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=str
)
def test_o6_signals_while_writing_leave_no_partial_file(upscale, image, monkeypatch, number, code):
    for disk in failures(monkeypatch, number):
        done = upscale(image)
        if disk.num_calls == disk.fail_at:
            assert done.code == code
            assert names_in(image.parent) == ["photo.png"]
    assert disk.num_calls > 4
    assert (done.code, names_in(image.parent)) == (0, ["photo.png", "photo_x4.png"])


def test_an_interrupted_batch_says_what_was_done(upscale, tmp_path, monkeypatch):
    original, calls = TorchEngine.run, []

    def interrupted(self, *args, **kwargs):
        calls.append(1)
        if len(calls) == 2:  # of c.png: b.png is no image
            os.kill(os.getpid(), signal.SIGINT)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(TorchEngine, "run", interrupted)
    for name in ("a.png", "c.png", "d.png"):
        make_image(tmp_path / name)
    (tmp_path / "b.png").write_bytes(b"no image")
    done = upscale("a.png", "b.png", "c.png", "d.png")
    assert done.code == 130
    assert done.out == "a_x4.png\n"
    assert done.err.splitlines()[0] == "1 done, 1 failed"
    assert done.err.splitlines()[1].startswith("failed: b.png")


def test_a_batch_interrupted_before_its_first_file_says_only_that(upscale, tmp_path, monkeypatch):
    monkeypatch.setattr(TorchEngine, "run", lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGINT))
    for name in ("a.png", "b.png"):
        make_image(tmp_path / name)
    assert upscale("a.png", "b.png") == (130, "", "srgan-prompt: interrupted\n")


def test_o11_transparency_is_flattened_in_jpeg_with_a_word(upscale, tmp_path):
    make_image(tmp_path / "clear.png", mode="RGBA")
    done = upscale("clear.png", "-o", "out.jpg", "-p", "")
    assert (done.code, done.err) == (0, "clear.png: transparency flattened on white: JPEG has none\n")
    assert pixels(tmp_path / "out.jpg").shape == (32, 48, 3)


def test_o7_of_a_hundred_files_five_bad_ones_spoil_nothing(upscale, tmp_path):
    for index in range(95):
        make_image(tmp_path / "in" / f"{index:03}.png", 4, 3, seed=index)
    bad = {"cut.png": image_bytes(tmp_path)[:60], "empty.jpg": b"", "text.png": b"hello", "pdf.tif": b"%PDF-1.7"}
    for name, content in bad.items():
        (tmp_path / "in" / name).write_bytes(content)
    (tmp_path / "in" / "loop.webp").symlink_to("loop.webp")
    done = upscale("in", "-o", "out", "-p", "")
    assert done.code == 1
    assert len(done.out.splitlines()) == len(names_in(tmp_path / "out")) == 95
    assert "95 done, 5 failed" in done.err
    failed = [line for line in done.err.splitlines() if line.startswith("failed: ")]
    assert sorted(line.split(":")[1].strip() for line in failed) == sorted(f"in/{name}" for name in [*bad, "loop.webp"])


def test_o7_a_single_bad_file_gives_its_own_code_and_fail_fast_stops(upscale, tmp_path):
    (tmp_path / "a.png").write_bytes(b"hello")
    make_image(tmp_path / "b.png")
    done = upscale("a.png")
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert upscale("a.png", "b.png", "--fail-fast").code == 1
    assert names_in(tmp_path) == ["a.png", "b.png"]


@pytest.mark.usefixtures("no_model")
def test_o8_a_rerun_that_skips_calls_no_model(upscale, image, tmp_path):
    make_image(tmp_path / "photo_x4.png")
    done = upscale(image, "--skip-existing", "--json")
    assert done.code == 0
    assert json.loads(done.out)["status"] == "skipped"


def test_o8_a_rerun_does_only_what_is_missing(upscale, tmp_path, monkeypatch):
    for name in ("a.png", "b.png", "c.png"):
        make_image(tmp_path / name)
    assert upscale("b.png").code == 0
    calls = []
    original = TorchEngine.run
    monkeypatch.setattr(TorchEngine, "run", lambda self, *args, **kw: calls.append(1) or original(self, *args, **kw))
    done = upscale("a.png", "b.png", "c.png", "--skip-existing")
    assert done.out.splitlines() == ["a_x4.png", "c_x4.png"]
    assert "2 done, 1 skipped" in done.err
    assert len(calls) == 2


def test_o9_twice_the_same_is_bit_for_bit_the_same_file(upscale, image, tmp_path):
    for name in ("one.png", "two.png"):
        assert upscale(image, "-p", "warmer", "-o", name).code == 0
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_o10_nan_is_retried_in_float32_else_an_error_never_a_black_file(upscale, image, tmp_path, monkeypatch):
    original = TorchEngine.run

    def overflowing(self, tile, guidance, context, *, exact=False):
        answer = original(self, tile, guidance, context, exact=exact)
        return answer if exact else np.full_like(answer, np.nan)

    assert upscale(image, "--precision", "fp32", "-o", "right.png").code == 0
    monkeypatch.setattr(TorchEngine, "run", overflowing)
    assert upscale(image, "-o", "retried.png").code == 0
    np.testing.assert_array_equal(pixels(tmp_path / "retried.png"), pixels(tmp_path / "right.png"))
    monkeypatch.setattr(TorchEngine, "run", lambda *args, **kw: np.full((1, 3, 32, 48), np.inf))
    done = upscale(image, "-o", "never.png")
    assert done.code == 4
    assert "NaN or Inf" in done.err
    assert not (tmp_path / "never.png").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_o10_one_value_in_one_tile_is_enough_and_the_old_file_stays(upscale, image, tmp_path, monkeypatch, value):
    (tmp_path / "out.png").write_bytes(b"the old file")
    original, asked = TorchEngine.run, []

    def spoilt(self, tile, guidance, context, *, exact=False):
        asked.append(exact)
        answer = original(self, tile, guidance, context, exact=exact).copy()
        if len(asked) > 1:
            answer[0, 1, 2, 3] = value
        return answer

    make_image(image, 40, 8)
    monkeypatch.setattr(TorchEngine, "run", spoilt)
    assert upscale(image, "--tile", "32", "-o", "out.png", "--overwrite").code == 4
    assert asked == [False, False, True], "a good tile, a bad one, and once more in float32"
    assert (tmp_path / "out.png").read_bytes() == b"the old file"
    assert names_in(tmp_path) == ["out.png", "photo.png"]


def test_a_model_that_cannot_work_ends_the_batch(upscale, tmp_path, monkeypatch):
    calls = []
    monkeypatch.setattr(TorchEngine, "run", lambda *args, **kw: calls.append(1) or np.full((1, 3, 32, 48), np.nan))
    for name in ("a.png", "b.png", "c.png"):
        make_image(tmp_path / name)
    assert upscale("a.png", "b.png", "c.png").code == 4
    assert len(calls) == 2  # once, and once again in float32


def test_running_out_of_memory_has_its_own_code(upscale, image, monkeypatch):
    def full(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(Upscaler, "__call__", full)
    assert upscale(image).code == 7


def test_o12_gps_is_kept_unless_metadata_is_stripped(upscale, tmp_path):
    exif = Image.Exif()
    exif[271] = "Camera"
    exif.get_ifd(34853)[1] = "N"
    exif[34853] = {1: "N", 2: (52.0, 30.0, 0.0)}
    Image.new("RGB", (8, 6), (9, 99, 200)).save(tmp_path / "gps.jpg", exif=exif)
    assert upscale("gps.jpg", "-o", "kept.jpg", "-p", "secret <b>").code == 0
    assert upscale("gps.jpg", "-o", "noted.jpg", "--strip-metadata").code == 0
    assert upscale("gps.jpg", "-o", "bare.jpg", "--strip-metadata", "--no-provenance").code == 0
    with Image.open(tmp_path / "kept.jpg") as kept, Image.open(tmp_path / "bare.jpg") as bare:  # noqa: TID251
        assert kept.getexif().get_ifd(34853)[1] == "N"
        assert kept.getexif()[271] == "Camera"
        assert dict(bare.getexif()) == {}
    with Image.open(tmp_path / "noted.jpg") as noted:  # noqa: TID251
        assert not noted.getexif().get_ifd(34853)
        assert 271 not in noted.getexif()
    assert b"\\u003cb\\u003e" in (tmp_path / "kept.jpg").read_bytes()


def image_bytes(folder):
    path = make_image(folder / "whole.png", 40, 40)
    content = path.read_bytes()
    path.unlink()
    return content
