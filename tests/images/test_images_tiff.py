"""A TIFF that begins with a preview gives its full image; a RAW file is refused by name."""

import struct

import numpy as np
import pytest
from image_makers import random_image
from PIL import Image

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.read import read_header, read_image

SHORT, LONG = 3, 4
FULL, PREVIEW = random_image(40, 60), random_image(10, 15, seed=1)


def tiff(
    directories: list[dict[int, tuple[int, int]]], pixels: list[np.ndarray], chain: list[int], order: str
) -> bytes:
    """Uncompressed RGB directories in the order given; ``chain[k]`` is the next page after k, -1 for none.

    A tag whose value is ("directory", k) points at directory k.
    """
    out = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    sizes = [2 + 12 * (len(tags) + 9) + 4 for tags in directories]
    starts = [8 + sum(sizes[:index]) for index in range(len(sizes))]
    place = 8 + sum(sizes)
    depths, place = place, place + 6
    for index, (tags, image) in enumerate(zip(directories, pixels, strict=True)):
        height, width, channels = image.shape
        layout = {
            256: (LONG, width),
            257: (LONG, height),
            258: (SHORT, 3, depths) if channels == 3 else (SHORT, 8),
            259: (SHORT, 1),
            262: (SHORT, 2 if channels == 3 else 1),
            273: (LONG, place),
            277: (SHORT, channels),
            278: (LONG, height),
            279: (LONG, image.nbytes),
        }
        place += image.nbytes
        merged = {tag: (LONG, starts[value[1]]) if value[0] == "directory" else value for tag, value in tags.items()}
        merged = layout | merged
        out += struct.pack(order + "H", len(merged))
        for tag, value in sorted(merged.items()):
            if len(value) == 3:
                out += struct.pack(order + "HHII", tag, value[0], value[1], value[2])
            elif value[0] == SHORT:
                out += struct.pack(order + "HHIHH", tag, SHORT, 1, value[1], 0)
            else:
                out += struct.pack(order + "HHII", tag, LONG, 1, value[1])
        out += struct.pack(order + "I", starts[chain[index]] if chain[index] >= 0 else 0)
        out = out.ljust(starts[index] + sizes[index], b"\0")
    out += struct.pack(order + "3H", 8, 8, 8)
    return out + b"".join(image.tobytes() for image in pixels)


REDUCED = {254: (LONG, 1)}
PREVIEW_FIRST = {
    "a page after it": ([REDUCED, {}], [1, -1]),
    "a page after it, by the old tag": ([{255: (SHORT, 2)}, {255: (SHORT, 1)}], [1, -1]),
    "a sub-directory": ([REDUCED | {330: ("directory", 1)}, {254: (LONG, 0)}], [-1, -1]),
}


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", PREVIEW_FIRST)
def test_the_full_image_is_read_wherever_it_lies(kind, order):
    tags, chain = PREVIEW_FIRST[kind]
    data = tiff(tags, [PREVIEW, FULL], chain, order)
    np.testing.assert_array_equal(read_image(data).rgb, FULL)
    assert (read_header(data).width_px, read_header(data).height_px) == (60, 40)


def test_a_full_image_before_its_previews_is_read_and_a_lone_preview_is_an_image():
    pyramid = tiff([{330: ("directory", 1)}, REDUCED], [FULL, PREVIEW], [-1, -1], "<")
    np.testing.assert_array_equal(read_image(pyramid).rgb, FULL)
    np.testing.assert_array_equal(read_image(tiff([REDUCED], [PREVIEW], [-1], "<")).rgb, PREVIEW)
    pages = tiff([{}, {}], [PREVIEW, FULL], [1, -1], "<")
    assert read_image(pages).meta.notes == ("first page of several",)
    np.testing.assert_array_equal(read_image(pages).rgb, PREVIEW)


@pytest.mark.parametrize(
    "tags",
    [
        [REDUCED | {330: ("directory", 1)}, {262: (SHORT, 32_803)}],
        [{330: ("directory", 1)}, {262: (SHORT, 34_892)}],
        [REDUCED | {50_706: (LONG, 0x0401)}, {}],
        [{262: (SHORT, 32_803)}, {}],
    ],
    ids=["mosaic below", "linear sensor values below", "DNG", "mosaic first"],
)
def test_raw_files_are_refused_by_name(tags):
    data = tiff(tags, [PREVIEW, FULL[..., :1].copy()], [-1, -1], "<")
    for read in (read_image, read_header):
        with pytest.raises(InputImageError, match="RAW"):
            read(data)


def test_directories_that_go_in_circles_end():
    data = tiff([REDUCED, REDUCED], [PREVIEW, FULL], [1, 0], "<")
    assert Image.fromarray(read_image(data).rgb).size == (15, 10)
