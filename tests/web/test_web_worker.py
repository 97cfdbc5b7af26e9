"""What the worker does for a job, without a process; and the limits that it keeps."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tiny_models import TINY_READING, make_generator

from srgan_prompt.errors import InputImageError, UsageError
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.inference.upscaler import Upscaler
from srgan_prompt.web import worker
from srgan_prompt.web.supervisor import AFTER, BEFORE, PHOTO, RESULT, Answer, Job, WorkerSettings, from_line, to_line


@pytest.fixture(scope="module")
def upscaler() -> Upscaler:
    return Upscaler.from_generator(make_generator(TINY_READING))


@pytest.fixture
def upload(tmp_path) -> Path:
    exif = Image.Exif()
    exif[0x010E] = "a secret"
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


def painted(pixels: np.ndarray) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def ignore(done: int, num_tiles: int) -> None:
    pass


def test_a_job_leaves_slider_and_result_without_metadata(upscaler, upload, tmp_path):
    progress = []
    answer = worker.upscale(
        upscaler, Job(str(upload), str(tmp_path), "brighter"), lambda *tiles: progress.append(tiles)
    )
    assert answer.before_px == (16, 12)
    assert answer.after_px == (16 * upscaler.scale, 12 * upscaler.scale)
    assert progress
    for name in (BEFORE, AFTER, RESULT):
        with Image.open(tmp_path / name) as image:  # noqa: TID251  (a file of our own making)
            assert (image.format, image.size) == ("PNG", answer.after_px)
            assert not image.getexif()
            assert not image.info
    assert from_line(to_line("answer", answer)) == ("answer", answer)


def test_a_large_result_is_shown_smaller_and_saved_whole(upscaler, upload, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "SHOWN_PIXELS", 100)
    answer = worker.upscale(upscaler, Job(str(upload), str(tmp_path), ""), ignore)
    with Image.open(tmp_path / AFTER) as shown, Image.open(tmp_path / RESULT) as result:  # noqa: TID251  (a file of our own making)
        assert shown.width * shown.height <= 120
        assert result.size == answer.after_px


def test_a_receipt_is_made_if_asked_for_and_not_of_large_uploads(upscaler, upload, tmp_path, monkeypatch):
    job = Job(str(upload), str(tmp_path), "make it brighter", receipt=True)
    answer = worker.upscale(upscaler, job, ignore)
    assert answer.receipt.startswith("against the empty prompt: ")
    assert from_line(to_line("answer", answer)) == ("answer", answer)
    assert worker.upscale(upscaler, replace(job, receipt=False), ignore).receipt == ""
    assert worker.upscale(upscaler, replace(job, prompt=""), ignore).receipt.startswith("nothing was asked")
    monkeypatch.setattr(worker, "MAX_RECEIPT_PIXELS", 16 * 12 - 1)
    assert worker.upscale(upscaler, job, ignore).receipt == "not measured: the image has more than 191 pixels"


def test_looking_makes_a_small_photo(upload, tmp_path):
    assert worker.look(Job(str(upload), str(tmp_path))).before_px == (16, 12)
    assert (tmp_path / PHOTO).is_file()


@pytest.mark.parametrize("suffix", [".gif", ".tif", ".bmp"])
def test_other_formats_are_refused_whatever_they_are_called(tmp_path, suffix):
    Image.new("RGB", (8, 8)).save(tmp_path / f"real{suffix}")
    fake = (tmp_path / f"real{suffix}").rename(tmp_path / "fake.png")
    with pytest.raises(InputImageError, match=r"fake\.png"):
        worker.look(Job(str(fake), str(tmp_path)))


@pytest.mark.parametrize(("width_px", "height_px"), [(4097, 1), (2049, 2048)])
def test_uploads_over_the_limit_are_refused(tmp_path, width_px, height_px):
    Image.new("L", (width_px, height_px)).save(tmp_path / "large.png")
    with pytest.raises(InputImageError, match="over the limit of 4,194,304 pixels and 4,096 a side"):
        worker.look(Job(str(tmp_path / "large.png"), str(tmp_path)))


def test_results_over_the_limit_are_refused_before_work(upscaler, upload, tmp_path, monkeypatch):
    monkeypatch.setattr(worker, "MAX_RESULT_PIXELS", 100)
    with pytest.raises(UsageError, match="over the demo's limit of 100"):
        worker.upscale(upscaler, Job(str(upload), str(tmp_path), "brighter"), ignore)


@pytest.mark.parametrize("words", [{"prompt": "x" * 513}, {"prompt": "warm", "negative": "x" * 513}])
def test_long_sentences_are_refused(upscaler, upload, tmp_path, words):
    with pytest.raises(UsageError, match="has 513 characters; the demo takes 512"):
        worker.upscale(upscaler, Job(str(upload), str(tmp_path), **words), ignore)


def test_a_painted_region_is_what_is_not_transparent():
    image = LoadedImage(np.zeros((4, 8, 3), np.uint8))
    strokes = np.zeros((2, 4, 4), np.uint8)
    assert worker.painted_region("", image) is None
    assert worker.painted_region(painted(strokes), image) is None
    strokes[:, 2:] = 255
    weights = worker.painted_region(painted(strokes), image)
    assert weights.shape == (4, 8)
    assert weights[0, 0] == 0
    assert weights[0, 7] == 1


@pytest.mark.parametrize("mask", ["data:image/png;base64,!", "data:image/png;base64,AAAA", "x"])
def test_a_broken_mask_is_one_sentence(mask):
    with pytest.raises(InputImageError):
        worker.painted_region(mask, LoadedImage(np.zeros((4, 8, 3), np.uint8)))


def test_a_large_mask_is_refused():
    with pytest.raises(InputImageError, match="over the limit"):
        worker.painted_region(painted(np.zeros((513, 512), np.uint8)), LoadedImage(np.zeros((4, 8, 3), np.uint8)))


def test_errors_name_the_upload_and_not_its_folder(upscaler, tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    line = worker._answer_or_error(upscaler, Job(str(tmp_path / "broken.png"), str(tmp_path)), BytesIO())
    kind, message = from_line(line)
    assert kind == "error"
    assert message.startswith("broken.png: ")


def test_bugs_and_lack_of_memory_are_sentences_too(upscaler, tmp_path, monkeypatch, capsys):
    for error, words in ((MemoryError(), "not enough memory"), (RuntimeError("bug"), "terminal says more")):
        monkeypatch.setattr(worker, "look", lambda _job, error=error: (_ for _ in ()).throw(error))
        assert words in from_line(worker._answer_or_error(upscaler, Job("a.png", str(tmp_path)), BytesIO()))[1]
    assert "bug" in capsys.readouterr().err


@pytest.mark.parametrize(
    "line", [b"", b"nonsense", b"[]", b'["answer", {}]', b'["other", 1]', b'["progress", ["a", 1]]']
)
def test_nonsense_is_no_message(line):
    with pytest.raises((ValueError, TypeError)):
        from_line(line)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is Linux's")
@pytest.mark.parametrize(("mebibytes", "code"), [(16, 0), (512, 3)])
def test_memory_beyond_the_limit_is_a_memory_error(mebibytes, code):
    script = f"""
import sys
from types import SimpleNamespace as Name
from srgan_prompt.web.worker import limit_memory
limit_memory(128 * 2**20, Name(model=Name(engine=Name(name="torch-cpu"))))
try:
    bytearray({mebibytes} * 2**20)
except MemoryError:
    sys.exit(3)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False, timeout=120).returncode == code


def test_settings_travel_as_json():
    line = to_line("settings", WorkerSettings(model="folder", threads=2))
    assert json.loads(line)[0] == "settings"
    assert from_line(line) == ("settings", WorkerSettings(model="folder", threads=2))
    assert from_line(to_line("answer", Answer((1, 2), (3, 4))))[1].after_px == (3, 4)
