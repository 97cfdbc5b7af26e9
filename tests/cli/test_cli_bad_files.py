"""Every bad input, as users meet it: its own exit code, one sentence that names it, nothing written, no traceback.

Of the acceptance list: I1, I2, I3, I4, I5, I7, I8, I9, I15, I16, I18.
"""

import os
import struct
import zlib
from pathlib import Path

import pytest
from cli_makers import make_image


def chunk(tag: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png_header(width: int, height: int) -> bytes:
    """The smallest file that claims to be a PNG of that size."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


PIXELS = chunk(b"IDAT", zlib.compress(bytes(8 * 25))) + chunk(b"IEND", b"")
TEXT_BOMB = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(2**20 + 1)))
CONTENTS = {
    "empty": b"",
    "one byte": b"\x89",
    "text": b"This is not an image.\n" * 50,
    "header only": png_header(8, 8),
    "header with a wrong checksum": png_header(8, 8)[:-1] + b"?" + PIXELS,
    "pixels with a wrong checksum": png_header(8, 8) + PIXELS[:-13] + b"?" + PIXELS[-12:],
    "a bomb": png_header(100_000, 100_000),
    "a bomb of text": png_header(8, 8) + TEXT_BOMB + PIXELS,
    "pdf": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
}


@pytest.fixture
def assert_refused(upscale, tmp_path):
    def check(path: Path, code: int = 3, said: str = "") -> None:
        before = sorted(tmp_path.iterdir())
        done = upscale(path, "-p", "")
        assert done.code == code
        assert done.out == ""
        assert done.err.count("\n") == 1
        assert done.err.startswith(f"srgan-prompt: {path}: ")
        assert said in done.err
        assert sorted(tmp_path.iterdir()) == before

    return check


def test_but_for_their_faults_they_are_images(upscale, tmp_path):
    (tmp_path / "good.png").write_bytes(png_header(8, 8) + PIXELS)
    assert upscale("good.png", "-p", "").code == 0


@pytest.mark.parametrize("kind", CONTENTS)
def test_i01_to_i08_what_is_no_image(assert_refused, tmp_path, kind):
    (tmp_path / "bad.png").write_bytes(CONTENTS[kind])
    assert_refused(tmp_path / "bad.png")


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif"])
@pytest.mark.parametrize("percent", [1, 10, 50, 90, 99])
def test_i03_a_file_that_was_cut(assert_refused, tmp_path, suffix, percent):
    path = make_image(tmp_path / f"cut.{suffix}", 40, 30)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * percent // 100])
    assert_refused(path)


def test_what_a_folder_holds_and_is_not_read_is_named(assert_refused, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.nef").write_bytes(b"II*\0")
    assert_refused(tmp_path / "photos", said="only 1 in formats that are not read here")


def test_i15_a_folder_named_like_an_image(assert_refused, tmp_path):
    (tmp_path / "folder.png").mkdir()
    assert_refused(tmp_path / "folder.png", said="no PNG, JPEG, WebP or TIFF files found")


def test_i15_a_pipe(assert_refused, tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert_refused(tmp_path / "pipe.png", said="is not a regular file")


def test_i15_links_that_lead_nowhere(assert_refused, tmp_path):
    (tmp_path / "loop.png").symlink_to("loop.png")
    assert_refused(tmp_path / "loop.png", said="cannot be read")
    (tmp_path / "dangling.png").symlink_to("gone.png")
    assert_refused(tmp_path / "dangling.png", said="no such file")


def test_i15_a_device_and_a_file_that_may_not_be_read(upscale, image, tmp_path, monkeypatch):
    done = upscale("/dev/zero", "-o", "out.png")
    assert (done.code, done.err.count("\n")) == (3, 1)
    assert "is not a regular file" in done.err

    original = os.open

    def deny(path, *arguments, **options):  # root may read everything, so a mode of 0 would not do
        if Path(path).name == image.name:
            raise PermissionError(13, "Permission denied")
        return original(path, *arguments, **options)

    monkeypatch.setattr(os, "open", deny)
    done = upscale(image, "-p", "")
    assert (done.code, done.err) == (3, f"srgan-prompt: {image}: cannot be read (Permission denied).\n")
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.parametrize("replacement", [b"now a text", None])
def test_i18_a_file_that_changes_after_it_was_listed_spoils_no_other(upscale, tmp_path, monkeypatch, replacement):
    from srgan_prompt.inference.upscaler import Upscaler

    for name in ("a.png", "b.png"):
        make_image(tmp_path / "in" / name)
    victim, load = tmp_path / "in" / "a.png", Upscaler.from_pretrained

    def load_slowly(*arguments, **options):
        victim.unlink()
        if replacement:
            victim.write_bytes(replacement)
        return load(*arguments, **options)

    monkeypatch.setattr(Upscaler, "from_pretrained", load_slowly)
    done = upscale("in", "-o", "out", "-p", "")
    assert (done.code, done.out) == (1, "out/b_x4.png\n")
    assert "failed: in/a.png: " in done.err


def test_i16_a_folder_with_what_systems_leave_there(upscale, tmp_path):
    make_image(tmp_path / "in" / "a.png")
    for name in ("Thumbs.db", ".DS_Store", "desktop.ini", "._a.png"):
        (tmp_path / "in" / name).write_bytes(b"junk")
    assert upscale("in", "-o", "out", "-p", "") == (0, "out/a_x4.png\n", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [""],
        ["photo.png", "-o", ""],
        ["photo.png", "--compare", ""],
        ["photo.png", "--region", ""],
        ["photo.png", "--model="],
        ["photo.png", "--device", ""],
        ["photo.png", "--revision", ""],
    ],
    ids=str,
)
@pytest.mark.usefixtures("image")
def test_an_empty_name_is_no_folder(command, tmp_path, arguments):
    done = command("upscale", *arguments)
    assert done.code == 2
    assert "the name is empty" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


@pytest.mark.usefixtures("image")
@pytest.mark.parametrize("flags", [["-o", "out.gif"], ["-o", "out.HEIC"], ["--compare", "sheet.bmp"]], ids=" ".join)
def test_a_format_that_is_not_written_is_refused_before_any_work(upscale, tmp_path, monkeypatch, flags):
    from srgan_prompt.inference.upscaler import Upscaler

    def refuse(*_, **__):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(Upscaler, "from_pretrained", refuse)
    done = upscale("photo.png", *flags)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "not a format that can be written; use .png" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["photo.png"]


def test_a_comparison_that_is_a_folder_is_refused(upscale, image, tmp_path):
    (tmp_path / "sheets.png").mkdir()
    assert upscale(image, "--compare", "sheets.png", "--overwrite").code == 5
    assert not (tmp_path / "photo_x4.png").exists()
