"""Writing: whole or not at all (O4, O5, O6, O11 of the acceptance list), formats, depths, streams and memory."""

import errno
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from disk_faults import ERRORS, failing_disk, failures
from image_makers import FORMATS, loaded, random_image
from memory_growth import error_with_little_memory, growth_mib, needs_proc
from PIL import Image

from srgan_prompt.errors import OutputError, UsageError
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "TIFF": ".tif"}
LARGE = random_image(1200, 900)


def contents(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("with_alpha", [False, True])
@pytest.mark.parametrize("is_gray", [False, True])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF"])
def test_lossless_round_trip(file_format, dtype, is_gray, with_alpha, tmp_path):
    rgb = np.repeat(random_image(channels=1, dtype=dtype), 3, axis=-1) if is_gray else random_image(dtype=dtype)
    alpha = random_image(channels=1, dtype=dtype, seed=5)[..., 0] if with_alpha else None
    path = tmp_path / f"a{SUFFIXES[file_format]}"
    notes = write_image(path, loaded(rgb, alpha, is_gray=is_gray), quality=100)
    reduced = dtype == np.uint16 and file_format == "WEBP"
    assert notes == ((f"16-bit pixels reduced to 8 bits for {file_format}; PNG keeps them",) if reduced else ())
    result = read_image(path)
    holds_gray = file_format != "WEBP" and not (file_format == "TIFF" and with_alpha and dtype == np.uint16)
    assert result.meta.is_gray == (is_gray and holds_gray)
    assert result.rgb.dtype == (np.uint8 if reduced else dtype)
    np.testing.assert_array_equal(result.rgb, np.rint(rgb / 257) if reduced else rgb)
    if with_alpha:
        np.testing.assert_array_equal(result.alpha, np.rint(alpha / 257) if reduced else alpha)


def test_jpeg_quality_and_full_chroma():
    sizes = {}
    for quality in (60, 95):
        buffer = BytesIO()
        write_image(buffer, loaded(LARGE), format="jpg", quality=quality)
        sizes[quality] = buffer.tell()
    assert sizes[60] < sizes[95] / 2
    assert Image.open(buffer).layer[1][1:3] == (1, 1)  # noqa: TID251  (not subsampled)


def test_o11_transparency_in_jpeg_is_flattened_on_white_with_a_note(tmp_path):
    rgb, alpha = np.zeros((16, 16, 3), np.uint8), np.zeros((16, 16), np.uint8)
    alpha[:, 8:] = 255
    notes = write_image(tmp_path / "a.jpg", loaded(rgb, alpha))
    assert notes == ("transparency flattened on white: JPEG has none",)
    result = read_image(tmp_path / "a.jpg")
    assert result.alpha is None
    assert (result.rgb[:, :8].min(), result.rgb[:, 8:].max()) == (255, 0)


def test_suffix_format_argument_and_source_format(tmp_path):
    write_image(tmp_path / "a.dat", loaded(random_image()), format="WebP")
    assert read_image(tmp_path / "a.dat").meta.format == "WEBP"
    buffer = BytesIO()
    write_image(buffer, loaded(random_image(), format="TIFF"))
    assert read_image(buffer.getvalue()).meta.format == "TIFF"
    for destination, name in ((tmp_path / "a", None), (tmp_path / "a.gif", None), (tmp_path / "a.png", "bmp")):
        with pytest.raises(OutputError, match="cannot tell which format"):
            write_image(destination, loaded(random_image()), format=name)
    assert contents(tmp_path) == ["a.dat"]


@pytest.mark.parametrize(("name", "side"), [("a.jpg", 65_501), ("a.webp", 16_384)])
def test_too_long_for_the_format(name, side, tmp_path):
    with pytest.raises(OutputError, match=f"{side} x 1 pixels is more than .* write PNG instead"):
        write_image(tmp_path / name, loaded(np.zeros((1, side, 3), np.uint8)))
    assert contents(tmp_path) == []


def test_o04_missing_folders_are_made(tmp_path):
    write_image(tmp_path / "new" / "deep" / "a.png", loaded(random_image()))
    assert contents(tmp_path / "new" / "deep") == ["a.png"]


def test_o04_read_only_folder_is_one_sentence(tmp_path, monkeypatch):
    def deny(*_, **__):  # root may write anywhere, so a mode would not do
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    with pytest.raises(OutputError) as caught:
        write_image(tmp_path / "a.png", loaded(random_image()))
    message = f"{tmp_path / 'a.png'}: cannot be written (Permission denied); check the folder and the free space."
    assert str(caught.value) == message


def test_o04_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"Not a directory|File exists"):
        write_image(tmp_path / "file" / "a.png", loaded(random_image()))


@pytest.mark.parametrize("target", ["folder", "pipe", "/dev/null"])
def test_o04_what_is_not_a_file_is_never_replaced(target, tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OutputError, match="is a folder or a device"):
        write_image(tmp_path / target, loaded(random_image()), format="png")
    assert contents(tmp_path) == ["folder", "pipe"]


def test_overwriting_keeps_permissions_and_links(tmp_path):
    secret, link = tmp_path / "secret.png", tmp_path / "link.png"
    write_image(secret, loaded(random_image()))
    secret.chmod(0o600)
    link.symlink_to(secret)
    write_image(link, loaded(random_image(seed=1)))
    assert link.is_symlink()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    np.testing.assert_array_equal(read_image(secret).rgb, random_image(seed=1))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: errno.errorcode[error.errno])
@pytest.mark.parametrize("file_format", FORMATS)
def test_o05_a_failure_at_any_write_leaves_the_old_file(file_format, error, tmp_path, monkeypatch):
    path = tmp_path / f"a{SUFFIXES[file_format]}"
    path.write_bytes(b"the old file")
    for disk in failures(monkeypatch, error):
        try:
            write_image(path, loaded(LARGE))
        except OutputError as refusal:
            assert f"({error.strerror})" in str(refusal)  # noqa: PT017
            assert contents(tmp_path) == [path.name]
            assert path.read_bytes() == b"the old file"
        else:
            assert disk.num_calls < disk.fail_at, "a failure was not told"
    assert disk.num_calls >= (20 if file_format == "PNG" else 6)
    assert read_image(path).rgb.shape == LARGE.shape


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif"])
def test_o05_a_real_limit_on_the_file_size(name, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(OutputError, match="File too large"):
            write_image(tmp_path / name, loaded(LARGE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == []


def test_o05_a_rename_that_fails(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OutputError, match="Input/output error"):
        write_image(tmp_path / "a.png", loaded(random_image()))
    assert contents(tmp_path) == []


def test_o06_ctrl_c_at_any_write_leaves_nothing(tmp_path, monkeypatch):
    for call in (1, 5, 12):
        with failing_disk(monkeypatch, call, KeyboardInterrupt()), pytest.raises(KeyboardInterrupt):
            write_image(tmp_path / "a.png", loaded(LARGE))
        assert contents(tmp_path) == []


WRITE_A_LOT = """
import sys
import numpy as np
from srgan_prompt.images.image import LoadedImage
from srgan_prompt.images.write import write_image

row = np.random.default_rng(0).integers(0, 256, (1, 16_000, 3), dtype=np.uint8)
image = LoadedImage(np.broadcast_to(row, (12_000, 16_000, 3)))
"""


@pytest.mark.kill
@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL])
def test_o06_a_killed_writer_leaves_no_partial_file_under_the_name(kill, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"the old file")
    code = WRITE_A_LOT + "write_image(sys.argv[1], image)"
    child = subprocess.Popen([sys.executable, "-c", code, path], stderr=subprocess.DEVNULL)
    deadline_s = time.monotonic() + 30
    while not any(temporary.stat().st_size for temporary in tmp_path.glob(".*.tmp")):
        assert time.monotonic() < deadline_s
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(kill)
    assert child.wait(timeout=30) != 0
    assert path.read_bytes() == b"the old file"
    if kill == signal.SIGINT:
        assert contents(tmp_path) == ["a.png"]


@needs_proc
def test_large_results_are_streamed_without_a_copy():
    work = """
import os
with open(os.devnull, "wb") as stream:
    write_image(stream, LoadedImage(image.rgb[:3_000]), format="png")  # 144 MB of pixels
"""
    assert growth_mib(WRITE_A_LOT, work) < 60


def test_a_stream_that_breaks_is_one_sentence():
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream, pytest.raises(OutputError, match="Broken pipe"):
        write_image(stream, loaded(LARGE), format="png")


@needs_proc
def test_too_little_memory_is_one_sentence(tmp_path):
    error = error_with_little_memory(WRITE_A_LOT, "write_image(sys.argv[1], image)", tmp_path / "a.jpg")
    assert error == f"OutputError('{tmp_path / 'a.jpg'}: not enough memory to encode it; write PNG instead.')\n"
    assert contents(tmp_path) == []


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_an_impossible_quality_is_refused(quality, tmp_path):
    with pytest.raises(UsageError, match="from 1 to 100"):
        write_image(tmp_path / "a.jpg", loaded(random_image()), quality=quality)
    assert contents(tmp_path) == []
