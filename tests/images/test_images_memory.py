"""What refusing takes in memory (I3, I5, I6, I7 of the acceptance list): 64 MiB for bombs, else 512 MiB."""

import zlib

from image_makers import png_bomb, png_chunk, png_header, random_image, saved, with_chunk
from memory_growth import growth_mib, needs_proc

SETUP = """
import sys
from srgan_prompt.errors import InputImageError
from srgan_prompt.images.read import read_image
"""
REFUSE_ALL = """
for name in sys.argv[1:]:
    try:
        read_image(name)
    except InputImageError:
        continue
    raise AssertionError(name)
"""


@needs_proc
def test_i05_i07_bombs_take_no_memory(tmp_path):
    sizes = [(100_000, 100_000), (10_000, 9_000), (65_536, 1)]
    text = b"Comment\0\0" + zlib.compress(bytes(2**27))
    files = [*(png_bomb(*size) for size in sizes), with_chunk(saved(random_image()), b"zTXt", text)]
    paths = [tmp_path / f"{number}.png" for number in range(len(files))]
    for path, data in zip(paths, files, strict=True):
        path.write_bytes(data)
    assert growth_mib(SETUP, REFUSE_ALL, *paths) < 64


@needs_proc
def test_i03_i06_the_largest_image_allowed_cut_at_its_end_takes_less_than_half_a_gibibyte(tmp_path):
    width, height = 16_385, 5_461  # exactly the 89 478 485 pixels of the policy
    pixels = zlib.compress(bytes(height * (1 + 3 * width)), 1)
    idat = png_chunk(b"IDAT", pixels[: len(pixels) * 99 // 100])
    path = tmp_path / "cut.png"
    path.write_bytes(png_header(width, height) + idat + png_chunk(b"IEND", b""))
    assert 300 < growth_mib(SETUP, REFUSE_ALL, path) < 512
