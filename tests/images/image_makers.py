"""Images and image files, good and bad, for the tests of this room. Nothing is read from disk."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

from srgan_prompt.images.image import ImageMeta, LoadedImage

FORMATS = ("PNG", "JPEG", "WEBP", "TIFF")
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def random_image(
    height: int = 24, width: int = 36, channels: int = 3, dtype: type = np.uint8, seed: int = 0
) -> np.ndarray:
    """[height, width, channels] of noise on a slope: every row and column differs."""
    rng = np.random.default_rng(seed)
    slope = np.linspace(0, 0.7, height * width * channels).reshape(height, width, channels)
    noisy = slope + 0.3 * rng.random((height, width, channels))
    return np.rint(noisy * np.iinfo(dtype).max).astype(dtype)


def loaded(rgb: np.ndarray, alpha: np.ndarray | None = None, **meta: object) -> LoadedImage:
    return LoadedImage(rgb, alpha, ImageMeta(**meta))


def saved(image: Image.Image | np.ndarray, file_format: str = "PNG", **options: object) -> bytes:
    """The bytes of ``image`` as Pillow writes them."""
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    buffer = BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def png_chunk(tag: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png_header(width: int, height: int, depth: int = 8, colour_type: int = 2) -> bytes:
    return PNG_SIGNATURE + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))


def png_bomb(width: int, height: int) -> bytes:
    """A header that asks for width x height pixels and a few bytes of data."""
    return png_header(width, height) + png_chunk(b"IDAT", zlib.compress(bytes(100))) + png_chunk(b"IEND", b"")


def with_chunk(png: bytes, tag: bytes, body: bytes) -> bytes:
    """``png`` with a chunk more, right after its header."""
    after_header = len(PNG_SIGNATURE) + 25
    return png[:after_header] + png_chunk(tag, body) + png[after_header:]


def deep_tiff(pixels: np.ndarray, photometric: int = 2) -> bytes:
    """An uncompressed little-endian TIFF of 16-bit RGB (or CMYK, 5), which Pillow cannot write."""
    height, width, channels = pixels.shape
    short, long = 3, 4
    first_free = 8 + 2 + 12 * 10 + 4
    entries = [
        (256, long, 1, width),
        (257, long, 1, height),
        (258, short, channels, first_free),
        (259, short, 1, 1),
        (262, short, 1, photometric),
        (273, long, 1, first_free + 2 * channels),
        (277, short, 1, channels),
        (278, long, 1, height),
        (279, long, 1, pixels.nbytes),
        (284, short, 1, 1),
    ]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    depths = struct.pack(f"<{channels}H", *[16] * channels)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + depths + pixels.astype("<u2").tobytes()


def tiff_with(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with the short number in ``tag`` replaced."""
    start = data.index(struct.pack("<HHI", tag, 3, 1))
    return data[: start + 8] + struct.pack("<H", value) + data[start + 10 :]
