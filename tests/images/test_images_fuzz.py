"""Hostile bytes are read or refused with InputImageError, nothing else (I19, I20 of the acceptance list).

A nightly run tries more: ``SRGAN_PROMPT_MUTANTS=10000 pytest -m fuzz``.
"""

import os
import random
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from image_makers import FORMATS, PNG_SIGNATURE, random_image, saved
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.read import read_image
from srgan_prompt.images.write import write_image

NUM_MUTANTS = int(os.environ.get("SRGAN_PROMPT_MUTANTS", "200"))
MAGIC = (b"", PNG_SIGNATURE, b"\xff\xd8\xff\xe0\0\x10JFIF\0", b"RIFF\x40\0\0\0WEBPVP8 ", b"II*\0\x08\0\0\0", b"MM\0*")


def read_or_refuse(data):
    """A whole image, or None; any other end is a failure."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            image = read_image(data)
        except InputImageError as refusal:
            assert str(refusal).startswith("<bytes>: ")  # noqa: PT017
            assert "\n" not in str(refusal)  # noqa: PT017
            return None
    assert image.rgb.shape == (image.height_px, image.width_px, 3)
    assert image.alpha is None or image.alpha.shape == image.rgb.shape[:2]
    return image


@pytest.mark.fuzz
@settings(max_examples=1000, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(MAGIC), st.binary(max_size=300))
def test_i19_random_bytes(magic, tail):
    assert read_or_refuse(magic + tail) is None or magic  # nothing begins an image by chance


def mutant(data, rng):
    """``data`` with a few bits flipped, its end cut, or a piece repeated."""
    changed = bytearray(data)
    match rng.randrange(3):
        case 0:
            for _ in range(rng.randint(1, 8)):
                changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        case 1:
            del changed[rng.randrange(len(changed)) :]
        case 2:
            start, length = rng.randrange(len(changed)), rng.randint(1, 200)
            changed[start:start] = changed[start : start + length]
    return bytes(changed)


@pytest.mark.fuzz
@pytest.mark.parametrize("file_format", FORMATS)
def test_i19_mutants(file_format):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "a camera"
    data = saved(random_image(16, 16), file_format, exif=exif)
    rng = random.Random(file_format)
    outcomes = [read_or_refuse(mutant(data, rng)) for _ in range(NUM_MUTANTS)]
    assert None in outcomes
    for image in outcomes:
        assert image is None or image.rgb.dtype == np.uint8


def png_pieces(data):
    """Signature, then chunk by chunk, checksums and all."""
    yield data[:8]
    place = 8
    while place < len(data):
        length = 12 + int.from_bytes(data[place : place + 4])
        yield data[place : place + length]
        place += length


def jpeg_pieces(data):
    """Start, then segment by segment; the last one with the pixels."""
    yield data[:2]
    place = 2
    while data[place + 1] != 0xDA:
        length = 2 + int.from_bytes(data[place + 2 : place + 4])
        yield data[place : place + length]
        place += length
    yield data[place:]


@pytest.mark.fuzz
@pytest.mark.parametrize(("file_format", "split"), [("PNG", png_pieces), ("JPEG", jpeg_pieces)])
def test_i19_whole_chunks_twice_missing_or_out_of_order(file_format, split):
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(random_image(16, 16), file_format, exif=exif, dpi=(72, 72))
    pieces = list(split(data))
    assert b"".join(pieces) == data
    assert len(pieces) >= 5
    outcomes = []
    for first in range(len(pieces)):
        before, piece, after = pieces[:first], pieces[first], pieces[first + 1 :]
        arrangements = ([*before, piece, piece, *after], [*before, *after], [*before, *after, piece])
        outcomes += [read_or_refuse(b"".join(arrangement)) for arrangement in arrangements]
    assert None in outcomes
    assert any(outcomes)


def corpus():
    """60 files: 4 formats, 5 kinds of image, whole and damaged in two ways."""
    rgba = Image.fromarray(random_image(16, 16, channels=4))
    for file_format in FORMATS:
        for mode in ("1", "L", "RGB", "P" if file_format in ("PNG", "TIFF") else "RGB", "CMYK"):
            kind = "RGB" if mode == "CMYK" and file_format in ("PNG", "WEBP") else mode
            kind = "L" if kind == "1" and file_format == "WEBP" else kind
            data = saved(rgba.convert("RGB").convert(kind), file_format)
            yield data, True
            yield data[: len(data) // 2], False
            yield data[:20] + bytes(10) + data[30:], None  # may or may not be readable


def test_i20_corpus_is_read_and_written_again_or_refused(tmp_path):
    files = list(corpus())
    assert len(files) == 60
    for data, whole in files:
        image = read_or_refuse(data)
        assert whole is None or (image is not None) == whole
        if image:
            write_image(tmp_path / "copy.png", image)
            np.testing.assert_array_equal(read_image(tmp_path / "copy.png").rgb, image.rgb)
