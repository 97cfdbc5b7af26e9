"""Which directory of a TIFF holds the picture: the full one, not the preview before it; and what is a camera's RAW.

A file's bytes come in, and the same bytes go out with the header pointing at the directory to read (TIFF 6.0, section
2; sub-directories are those of TIFF technical note 1). Pillow alone would give the first, often a thumbnail.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Literal

from PIL import TiffImagePlugin

from srgan_prompt.images.deep import UnsupportedModeError

_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BIG = (b"II+\0", b"MM\0+")
_NEW_SUBFILE_TYPE, _SUBFILE_TYPE, _PHOTOMETRIC, _SUB_IFDS, _DNG_VERSION = 254, 255, 262, 330, 50_706
_MOSAIC = (32_803, 34_892)  # a colour filter array, and linear sensor values
_MAX_DIRECTORIES = 64

Directory = TiffImagePlugin.ImageFileDirectory_v2


def with_full_picture_first(data: bytes) -> bytes:
    """``data``, a file of any format; of a TIFF that begins with a preview, one that begins with the full picture.

    Raises UnsupportedModeError for a RAW file.
    """
    if not data.startswith(_HEADS):
        return data
    try:
        directories = list(_directories(data))
    except Exception:  # noqa: BLE001  (broken directories raise many types; the decoder will name the fault)
        return data
    if data[8:10] == b"CR" or any(_is_raw(directory) for _, directory in directories):
        raise UnsupportedModeError("a camera's RAW file, of which only a preview could be read; develop it first")
    if not directories or not _is_reduced(directories[0][1]):
        return data
    full = [(_num_pixels(directory), -offset) for offset, directory in directories if not _is_reduced(directory)]
    return _starting_at(data, -max(full)[1]) if full else data


def _directories(data: bytes) -> Iterator[tuple[int, Directory]]:
    """Offset and directory: the chain of pages, and after each page its sub-directories."""
    size, order = _layout(data)
    pending = [int.from_bytes(data[size : 2 * size], order)]
    seen: set[int] = set()
    while pending and len(seen) < _MAX_DIRECTORIES:
        offset = pending.pop(0)
        if offset in seen or not 0 < offset < len(data):
            continue
        seen.add(offset)
        directory = Directory(data[: 2 * size])
        file = BytesIO(data)
        file.seek(offset)
        directory.load(file)
        yield offset, directory
        below = directory.get(_SUB_IFDS, ())
        pending = [*(below if isinstance(below, tuple) else (below,)), *pending, directory.next or 0]


def _layout(data: bytes) -> tuple[int, Literal["little", "big"]]:
    """How many bytes an offset has, and their order."""
    return 8 if data.startswith(_BIG) else 4, "little" if data.startswith(b"II") else "big"


def _is_raw(directory: Directory) -> bool:
    return _DNG_VERSION in directory or directory.get(_PHOTOMETRIC) in _MOSAIC


def _is_reduced(directory: Directory) -> bool:
    kind = directory.get(_NEW_SUBFILE_TYPE, 0)
    return bool(kind & 1) or directory.get(_SUBFILE_TYPE) == 2


def _num_pixels(directory: Directory) -> int:
    width, height = (directory.get(tag, 0) for tag in (TiffImagePlugin.IMAGEWIDTH, TiffImagePlugin.IMAGELENGTH))
    return width * height


def _starting_at(data: bytes, offset: int) -> bytes:
    size, order = _layout(data)
    return data[:size] + offset.to_bytes(size, order) + data[2 * size :]
