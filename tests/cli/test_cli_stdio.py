"""- reads stdin, and writes stdout where no file is named; nothing else may get in between.

And odd names (I17) are printed byte for byte.
"""

import os
import sys
from io import BytesIO, TextIOWrapper

import numpy as np
import pytest
from cli_makers import pixels
from PIL import Image

from srgan_prompt.cli.app import main


@pytest.fixture
def pipe(model, monkeypatch):
    """``pipe(content, *flags)``: exit code and the bytes on stdout."""

    def run(content: bytes, *arguments: object, out: BytesIO | None = None) -> tuple[int, bytes]:
        out = out or BytesIO()
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(content)))
        monkeypatch.setattr(sys, "stdout", TextIOWrapper(out, write_through=True))
        code = main(["upscale", "--model", str(model), *map(str, arguments)])
        return code, out.getvalue()

    return run


def opened(content: bytes) -> Image.Image:
    return Image.open(BytesIO(content))  # noqa: TID251


def test_stdin_goes_to_stdout_in_its_own_format(pipe, upscale, image, tmp_path):
    code, out = pipe(image.read_bytes(), "-", "-p", "warmer")
    upscale(image, "-p", "warmer")
    assert code == 0
    assert opened(out).format == "PNG"
    np.testing.assert_array_equal(np.asarray(opened(out)), pixels(tmp_path / "photo_x4.png"))


def test_the_format_can_be_named(pipe, image):
    _, out = pipe(image.read_bytes(), "-", "--format", "webp", "--scale", "2")
    assert (opened(out).format, opened(out).size) == ("WEBP", (24, 16))


def test_stdin_can_go_to_a_file_and_a_file_to_stdout(pipe, image, tmp_path):
    assert pipe(image.read_bytes(), "-", "-o", "out.png") == (0, b"out.png\n")
    code, out = pipe(b"", image, "-o", "-")
    assert code == 0
    np.testing.assert_array_equal(np.asarray(opened(out)), pixels(tmp_path / "out.png"))
    assert pipe(image.read_bytes(), "-", "-o", "out.png")[0] == 5


@pytest.mark.parametrize(
    ("arguments", "code"), [(["-", "photo.png"], 2), (["-", "--json"], 2), (["photo.png", "other.png", "-o", "-"], 2)]
)
def test_one_image_alone_and_no_json_beside_it(pipe, image, tmp_path, arguments, code):
    (tmp_path / "other.png").write_bytes(image.read_bytes())
    assert pipe(image.read_bytes(), *arguments) == (code, b"")


def test_a_comparison_beside_a_pipe_overwrites_nothing(pipe, image, tmp_path):
    assert pipe(image.read_bytes(), "-", "--compare", "photo.png") == (5, b"")
    assert pipe(image.read_bytes(), "-", "--compare", "sheet.png")[0] == 0
    assert (tmp_path / "sheet.png").exists()


@pytest.mark.parametrize("content", [b"", b"no image"])
def test_a_bad_image_on_stdin_leaves_stdout_empty(pipe, content):
    assert pipe(content, "-") == (3, b"")


class Terminal(BytesIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_is_spared(pipe, image):
    assert pipe(image.read_bytes(), "-", "-q", out=Terminal()) == (2, b"")


@pytest.mark.parametrize(
    "name",
    [
        b"with space.png",
        b"new\nline.png",
        b"-dash.png",
        "\u00f1.png".encode(),  # composed
        "n\u0303.png".encode(),  # decomposed
        "🌅.png".encode(),
        b"\xff\xfe.png",
        b"n" * 248 + b".png",  # with _x4 the 255 bytes that a name may have
    ],
    ids=ascii,
)
def test_i17_odd_names_are_read_written_and_printed_byte_for_byte(pipe, image, name):
    path = image.with_name(os.fsdecode(name))
    image.rename(path)
    code, out = pipe(b"", "-p", "", "--", path.name)
    assert code == 0
    assert out == name.replace(b".png", b"_x4.png") + b"\n"
    assert path.with_name(path.stem + "_x4.png").exists()


@pytest.mark.parametrize("stem", ["n" * 251, "\u00e9" * 125 + "n"], ids=["one byte each", "two bytes each"])
def test_i17_a_name_of_255_bytes_gives_a_result_whose_name_is_cut(pipe, image, stem):
    path = image.rename(image.with_name(f"{stem}.png"))
    assert len(os.fsencode(path.name)) == 255
    code, out = pipe(b"", "-p", "", path.name)
    (result,) = (each for each in path.parent.iterdir() if each != path)
    assert (code, os.fsdecode(out)) == (0, f"{result.name}\n")
    assert result.name.endswith("n_x4.png") or result.name.endswith("\u00e9_x4.png")
    assert pixels(result).shape == (32, 48, 3)
    assert pipe(b"", "-p", "", path.name)[0] == 5, "the same name again"
