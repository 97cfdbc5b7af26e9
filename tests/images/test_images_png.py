"""The streamed PNG writer against two independent readers, pypng and Pillow."""

import os
from io import BytesIO

import numpy as np
import png
import pytest
from image_makers import random_image
from PIL import Image

from srgan_prompt.images.png import write_png


def encode(pixels, rows_per_band):
    buffer = BytesIO()
    write_png(buffer, (pixels[top : top + rows_per_band] for top in range(0, len(pixels), rows_per_band)), len(pixels))
    return buffer.getvalue()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("rows_per_band", [1, 7, 100])
def test_pypng_reads_what_was_written(channels, dtype, rows_per_band):
    pixels = random_image(33, 21, channels, dtype)
    width, height, rows, info = png.Reader(bytes=encode(pixels, rows_per_band)).read()
    read = np.vstack([np.array(row, dtype) for row in rows]).reshape(height, width, channels)
    np.testing.assert_array_equal(read, pixels)
    assert (info["bitdepth"], info["greyscale"], info["alpha"]) == (
        8 * pixels.itemsize,
        channels < 3,
        channels in (2, 4),
    )


# Rows wider than the filter's slice of 64 KiB, rows of which it takes 54 at a time, and rows of a few bytes.
@pytest.mark.parametrize("size", [(1, 1), (1, 70_000), (5, 30_000), (300, 401), (70_000, 1)])
@pytest.mark.parametrize("rows_per_band", [1, 3, 128])
def test_pillow_reads_what_was_written_whatever_the_slices(size, rows_per_band):
    if size == (70_000, 1) and rows_per_band < 128:
        size = (700, 1)
    pixels = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    image = Image.open(BytesIO(encode(pixels, rows_per_band)))  # noqa: TID251  (the oracle)
    np.testing.assert_array_equal(np.asarray(image), pixels)


def test_bytes_do_not_depend_on_the_number_of_cores(monkeypatch):
    results = set()
    for num_cores in (1, 2, 5):
        monkeypatch.setattr(os, "cpu_count", lambda cores=num_cores: cores)
        results.add(encode(random_image(200, 30), 16))
    assert len(results) == 1


def test_bands_are_taken_only_as_fast_as_they_are_written(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    taken = []

    def bands():
        for number in range(50):
            taken.append(number)
            yield random_image(4, 8)

    class SlowStream(BytesIO):
        waiting = 0

        def write(self, data):
            if bytes(data[4:8]) == b"IDAT":
                self.num_chunks = getattr(self, "num_chunks", -1) + 1
                self.waiting = max(self.waiting, len(taken) - self.num_chunks)
            return super().write(data)

    stream = SlowStream()
    write_png(stream, bands(), 200)
    assert len(taken) == 50
    assert stream.waiting <= 4


def test_smooth_images_are_about_as_small_as_pillow_makes_them():
    rng = np.random.default_rng(0)
    small = Image.fromarray(rng.integers(0, 256, (60, 60, 3), dtype=np.uint8))
    smooth = np.asarray(small.resize((480, 480), Image.Resampling.BICUBIC))
    buffer = BytesIO()
    Image.fromarray(smooth).save(buffer, "PNG")
    assert len(encode(smooth, 128)) < 1.1 * buffer.tell()
