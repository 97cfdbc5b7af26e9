"""PNG: its chunks, and files written a band of rows at a time, so that a huge image needs no copy.

8 or 16 bits, grey or RGB, with or without alpha: bands [rows, width, channels] come in, a file goes out. Every row
takes the Paeth filter and run-length deflate, which on an upscaled photograph is as small as Pillow's default (1.669
against 1.667 MB) and several times as fast; bands are compressed on all cores. The format is PNG, third edition
(https://www.w3.org/TR/png-3/).
"""

import os
import struct
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from typing import BinaryIO

import numpy as np

Chunk = tuple[bytes, bytes]
"""Tag and body."""

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> grey, grey + alpha, RGB, RGBA
_PAETH = 4
_SLICE_BYTES = 2**16  # what the filter's temporaries need to stay in the processor's cache
_MAX_WORKERS = 8


def chunks_before_pixels(data: bytes) -> Iterator[Chunk]:
    """Those of the file ``data``; none if it is no PNG."""
    place = len(_SIGNATURE) if data.startswith(_SIGNATURE) else len(data)
    while place + 12 <= len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        tag = data[place + 4 : place + 8]
        if tag == b"IDAT":
            return
        yield tag, data[place + 8 : place + 8 + length]
        place += 12 + length


def write_png(stream: BinaryIO, bands: Iterable[np.ndarray], height_px: int, chunks: Iterable[Chunk] = ()) -> None:
    """Write the bands, uint8 or uint16 [rows, width, channels], ``height_px`` rows in all, and ``chunks`` before them.

    Raises whatever ``stream.write`` raises.
    """
    bands = iter(bands)
    first = next(bands)
    _, width_px, channels = first.shape
    header = struct.pack(">IIBBBBB", width_px, height_px, 8 * first.itemsize, _COLOUR_TYPES[channels], 0, 0, 0)
    stream.write(_SIGNATURE)
    for tag, body in ((b"IHDR", header), *chunks):
        _write_chunk(stream, tag, body)
    for body in _zlib_stream(chain([first], bands)):
        _write_chunk(stream, b"IDAT", body)
    _write_chunk(stream, b"IEND", b"")


def icc_chunk(icc_profile: bytes) -> Chunk:
    """The colour profile of the pixels."""
    return b"iCCP", b"ICC profile\0\0" + zlib.compress(icc_profile)


def text_chunk(keyword: str, text: str) -> Chunk:
    """International text, uncompressed; ``keyword`` is 1 to 79 Latin-1 characters."""
    return b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8")


def _write_chunk(stream: BinaryIO, tag: bytes, body: bytes) -> None:
    checksum = zlib.crc32(body, zlib.crc32(tag))
    stream.write(struct.pack(">I", len(body)) + tag)
    stream.write(body)
    stream.write(struct.pack(">I", checksum))


def _zlib_stream(bands: Iterator[np.ndarray]) -> Iterator[bytes]:
    """One zlib stream (RFC 1950) out of bands that were deflated apart."""
    checksum = zlib.adler32(b"")
    yield b"\x78\x01"
    for deflated, filtered in _deflate_in_order(bands):
        checksum = zlib.adler32(filtered.data, checksum)
        yield deflated
    yield b"\x03\x00" + struct.pack(">I", checksum)  # an empty last block


def _deflate_in_order(bands: Iterator[np.ndarray]) -> Iterator[tuple[bytes, np.ndarray]]:
    """Filtered and deflated bands; only a few are in memory, however slowly the file takes them."""
    num_workers = min(os.cpu_count() or 1, _MAX_WORKERS)
    pending: deque[Future[tuple[bytes, np.ndarray]]] = deque()
    above = None
    with ThreadPoolExecutor(num_workers) as pool:
        for band in bands:
            rows = _bytes_of_rows(band)
            if above is None:
                above = np.zeros_like(rows[0])
            pending.append(pool.submit(_deflate_band, rows, above, band.shape[2] * band.itemsize))
            above = rows[-1]
            if len(pending) > num_workers:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def _bytes_of_rows(band: np.ndarray) -> np.ndarray:
    """[rows, width * channels * bytes] as PNG stores them: big-endian."""
    if band.dtype == np.uint16:
        band = band.astype(">u2")
    return np.ascontiguousarray(band).view(np.uint8).reshape(len(band), -1)


def _deflate_band(rows: np.ndarray, above: np.ndarray, pixel_bytes: int) -> tuple[bytes, np.ndarray]:
    filtered = np.empty((len(rows), rows.shape[1] + 1), np.uint8)
    filtered[:, 0] = _PAETH
    rows = np.concatenate([above[None], rows])
    step = max(1, _SLICE_BYTES // rows.shape[1])
    for top in range(0, len(filtered), step):
        current = rows[top + 1 : top + 1 + step]
        _paeth_filter(current, rows[top : top + len(current)], pixel_bytes, filtered[top : top + step, 1:])
    deflater = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    return deflater.compress(filtered.data) + deflater.flush(zlib.Z_SYNC_FLUSH), filtered


def _paeth_filter(rows: np.ndarray, above: np.ndarray, pixel_bytes: int, out: np.ndarray) -> None:
    """PNG filter type 4: what is left of each byte after the nearest of left, above and upper left (PNG 9.4).

    "Nearest" to left + up - corner. All stays in bytes, without branches, which is five times as fast as with signs:
    the corner can be nearest only if it lies between left and up, and is then as far away as its distances from them
    differ.
    """
    out[:, :pixel_bytes] = rows[:, :pixel_bytes] - above[:, :pixel_bytes]
    left, up, corner = rows[:, :-pixel_bytes], above[:, pixel_bytes:], above[:, :-pixel_bytes]
    to_left, up_is_higher = _distance(up, corner)
    to_up, left_is_higher = _distance(left, corner)
    nearer = np.minimum(to_left, to_up)
    to_corner = np.maximum(to_left, to_up) - nearer
    nearest = _choose(to_up < to_left, up, left)
    nearest = _choose((up_is_higher != left_is_higher) & (to_corner < nearer), corner, nearest)
    np.subtract(rows[:, pixel_bytes:], nearest, out=out[:, pixel_bytes:])


def _distance(values: np.ndarray, corner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far bytes lie apart, and whether ``values`` are at least ``corner``."""
    higher = np.maximum(values, corner)
    return higher - np.minimum(values, corner), values == higher


def _choose(is_first: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Bytes of ``first`` where ``is_first``, else of ``second``."""
    mask = 0 - is_first.view(np.uint8)  # 255 or 0
    return second ^ ((second ^ first) & mask)
