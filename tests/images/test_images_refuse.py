"""Bad files become one InputImageError, quickly and without allocating.

Of the acceptance list: I1, I2, I3, I4, I5, I6, I7, I8, I15, I17, I18.
"""

import os
import struct
import subprocess
import time
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from image_makers import PNG_SIGNATURE, png_bomb, png_chunk, random_image, saved, with_chunk
from memory_growth import error_with_little_memory, needs_proc
from PIL import Image, ImageFile

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.opened import ImagePolicy
from srgan_prompt.images.paths import expand_inputs
from srgan_prompt.images.read import read_header, read_image

LARGEST = (16_385, 5_461)  # exactly the 89 478 485 pixels of the policy
NOISE = np.random.default_rng(0).integers(0, 256, (64, 96, 3), dtype=np.uint8)

no_hang = pytest.mark.timeout(1, func_only=True)


def refusal(source, policy=None):
    """The one sentence with which ``source`` is refused, within a second of work."""
    start_s = time.process_time()
    with pytest.raises(InputImageError) as caught:
        read_image(source, policy) if policy else read_image(source)
    assert time.process_time() - start_s < 1
    message = str(caught.value)
    assert "\n" not in message
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize("data", [b"", b"\x89"])
def test_i01_empty_and_one_byte_file(data, tmp_path):
    path = tmp_path / "tiny.png"
    path.write_bytes(data)
    assert str(path) in refusal(path)


def test_i02_text_named_png(tmp_path):
    path = tmp_path / "text.png"
    path.write_text("This is not an image.\n" * 50)
    assert refusal(path) == f"{path}: is not a PNG, JPEG, WebP or TIFF image, or its header is broken."


@pytest.mark.parametrize("percent", [1, 10, 50, 90, 99])
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_i03_cut_files(file_format, percent):
    data = saved(NOISE, file_format)
    assert refusal(data[: len(data) * percent // 100]).startswith("<bytes>: ")


@pytest.mark.parametrize("tag", [b"IHDR", b"IDAT"])
def test_i04_wrong_checksum(tag):
    data = bytearray(saved(NOISE))
    place = data.index(tag)
    length = struct.unpack(">I", data[place - 4 : place])[0]
    data[place + 4 + length] ^= 1
    assert "header is broken" in (message := refusal(bytes(data))) or "bad header checksum" in message


BOMB_SIZES = [(100_000, 100_000), (10_000, 9_000), (13_000, 13_000), (65_536, 1), (2**31 - 1, 1)]


@pytest.mark.parametrize("size", BOMB_SIZES)
def test_i05_header_bomb_refused_without_allocating(size, monkeypatch):
    monkeypatch.setattr(ImageFile.ImageFile, "load_prepare", lambda *_: pytest.fail("pixels were allocated"))
    data = png_bomb(*size)
    assert len(data) < 1024
    assert "pixels" in refusal(data)


def test_i05_header_of_no_pixels():
    assert refusal(png_bomb(0, 5)).startswith("<bytes>: ")


def test_i06_limits_are_exact():
    data = saved(random_image(128, 128))
    assert read_image(data, ImagePolicy(max_pixels=128 * 128)).rgb.shape == (128, 128, 3)
    assert "128 x 128 pixels is over the limit of 16,383" in refusal(data, ImagePolicy(max_pixels=128 * 128 - 1))
    assert read_image(data, ImagePolicy(max_side_px=128)).width_px == 128
    assert "127 a side" in refusal(data, ImagePolicy(max_side_px=127))


def test_i06_limits_unless_told_otherwise():
    width, height = LARGEST
    assert read_header(png_bomb(width, height)).width_px == width
    assert f"{width} x {height + 1} pixels is over the limit of 89,478,485" in refusal(png_bomb(width, height + 1))
    assert "many more than the 89,478,485 pixels of the limit" in refusal(png_bomb(2 * width, height + 1))
    assert read_header(png_bomb(65_535, 1)).width_px == 65_535
    assert "65,535 a side" in refusal(png_bomb(1, 65_536))
    assert ImagePolicy().max_file_bytes == 256 * 2**20


@pytest.mark.parametrize("as_stream", [False, True])
def test_i06_bytes_limit_is_exact(tmp_path, as_stream):
    path = tmp_path / "a.png"
    path.write_bytes(saved(random_image()))
    num_bytes = path.stat().st_size
    with path.open("rb") as stream:
        read_image(stream if as_stream else path, ImagePolicy(max_file_bytes=num_bytes))
        stream.seek(0)
        message = refusal(stream if as_stream else path, ImagePolicy(max_file_bytes=num_bytes - 1))
    assert f"limit of {num_bytes - 1:,} bytes" in message


def test_i06_a_sparse_giant_is_refused_by_its_size(tmp_path):
    path = tmp_path / "giant.png"
    with path.open("wb") as file:
        file.truncate(2**40)
    assert "larger than the limit" in refusal(path)


@pytest.mark.parametrize("tag", [b"zTXt", b"iTXt", b"iCCP"])
def test_i07_text_of_more_than_a_mebibyte(tag):
    head = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0", b"iCCP": b"profile\0\0"}[tag]
    allowed, bomb = (head + zlib.compress(b"a" * num_bytes) for num_bytes in (2**20, 2**20 + 1))
    assert read_image(with_chunk(saved(random_image()), tag, allowed)).width_px == 36
    assert "Decompressed data too large" in refusal(with_chunk(saved(random_image()), tag, bomb))


def foreign_files():
    image = Image.fromarray(random_image(32, 32))
    made = {name: saved(image, name) for name in ("EPS", "PDF", "JPEG2000", "ICO", "TGA")}
    made["PSD"] = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 8, 8, 8, 3) + bytes(12) + bytes(2) + bytes(192)
    cards = ("SIMPLE  =                    T", "BITPIX  =                    8", "NAXIS   =                    2")
    made["FITS"] = "".join(f"{card:80}" for card in (*cards, "NAXIS1  = 8", "NAXIS2  = 8", "END")).ljust(
        2880
    ).encode() + bytes(2880)
    made["SVG"] = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    made["GD"] = struct.pack(">HHHBI", 65_534, 8, 8, 1, 0xFFFFFFFF) + bytes(8 * 8 * 4)
    return made


FOREIGN = foreign_files()


@pytest.mark.parametrize("kind", FOREIGN)
def test_i08_other_formats_named_png_start_no_program(kind, tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *args, **kwargs: pytest.fail("a program was started"))
    path = tmp_path / "image.png"
    path.write_bytes(FOREIGN[kind])
    assert "is not a PNG, JPEG, WebP or TIFF image" in refusal(path)


@pytest.mark.parametrize("kind", sorted(set(FOREIGN) - {"GD", "PDF", "SVG"}))
def test_i08_it_is_the_list_of_formats_that_refuses_what_pillow_would_open(kind):
    with Image.open(BytesIO(FOREIGN[kind])) as image:  # noqa: TID251  (the oracle)
        assert image.format == kind


@no_hang
def test_i15_folder(tmp_path):
    assert refusal(tmp_path) == f"{tmp_path}: is a folder, not an image file; name the files in it."


@no_hang
def test_i15_fifo_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    assert "is not a regular file" in refusal(tmp_path / "pipe.png")


@no_hang
def test_i15_device():
    assert "is not a regular file" in refusal("/dev/zero")


@no_hang
def test_i15_link_loop(tmp_path):
    (tmp_path / "a.png").symlink_to(tmp_path / "b.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    assert "cannot be read" in refusal(tmp_path / "a.png")


@no_hang
def test_i15_unreadable_file(tmp_path, monkeypatch):
    path = tmp_path / "secret.png"
    path.write_bytes(saved(random_image()))

    def deny(*_):  # root may read everything, so a mode of 0 would not do
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", deny)
    assert refusal(path) == f"{path}: cannot be read (Permission denied)."


NAMES = {
    "space": "my photo.png",
    "newline": "two\nlines.png",
    "leading dash": "-rf.png",
    "composed": "caf\u00e9.png",
    "decomposed": "cafe\u0301.png",
    "emoji": "\U0001f600.png",
    "255 bytes": "n" * 251 + ".png",
    "not UTF-8": os.fsdecode(b"\xff\xfe.png"),
}


@pytest.mark.parametrize("kind", NAMES)
def test_i17_names_are_read_and_shown_on_one_line(kind, tmp_path):
    path = tmp_path / NAMES[kind]
    path.write_bytes(saved(random_image()))
    image = read_image(path)
    assert image.rgb.shape == (24, 36, 3)
    image.meta.name.encode("utf-8")
    path.write_bytes(b"broken")
    assert refusal(path).encode("utf-8").endswith(b"or its header is broken.")


def test_i17_a_name_with_nul_is_refused():
    assert "cannot be read" in refusal("a\0.png")


def test_i18_file_deleted_between_listing_and_reading(tmp_path):
    (tmp_path / "a.png").write_bytes(saved(random_image()))
    listed = expand_inputs([tmp_path])[0].path
    listed.unlink()
    assert refusal(listed) == f"{listed}: no such file; check the name."


def test_i18_file_replaced_by_a_pipe_after_the_first_look(tmp_path, monkeypatch):
    regular, path = tmp_path / "regular", tmp_path / "a.png"
    regular.write_bytes(b"x")
    os.mkfifo(path)
    status = regular.stat()
    monkeypatch.setattr(type(path), "stat", lambda *_, **__: status)
    assert "is not a regular file" in refusal(path)


def test_a_stream_that_fails():
    class Broken:
        name = "broken.png"

        def read(self, _):
            raise OSError(5, "Input/output error")

    assert "broken.png: cannot be read" in refusal(Broken())


@needs_proc
@pytest.mark.parametrize(("work", "advice"), [("decode", "image"), ("read", "file")])
def test_too_little_memory_is_one_sentence(work, advice, tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (9_000, 9_000)).save(path)
    if work == "read":
        os.truncate(path, 2**27)
    error = error_with_little_memory(
        "import sys\nfrom srgan_prompt.images.read import read_image", "read_image(sys.argv[1])", path
    )
    assert error == f"InputImageError('{path}: not enough memory to {work} it; use a smaller {advice}.')\n"


def test_a_file_that_a_system_calls_empty_is_read_to_its_end():
    """As some network file systems do; Linux's own example is no image."""
    if not (source := Path("/proc/version")).exists():
        pytest.skip("no /proc here")
    assert refusal(source) == "/proc/version: is not a PNG, JPEG, WebP or TIFF image, or its header is broken."


def test_truncated_images_are_never_half_read():
    from PIL import ImageFile

    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    assert "broken" in refusal(PNG_SIGNATURE + png_chunk(b"IEND", b""))
