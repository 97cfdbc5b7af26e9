"""Formats that Pillow reads by plug-ins (extra ``formats``): HEIC, as phones write it, and JPEG XL. None is needed.

The file formats that are written and read, by the suffixes that name them.
"""

import importlib
from functools import cache
from importlib.util import find_spec

from srgan_prompt.errors import OutputError

# Pillow's name of the format, the module that registers it, and the suffixes of its files.
_PLUGINS = {
    "HEIF": ("pillow_heif", (".heic", ".heif", ".hif")),
    "JXL": ("pillow_jxl", (".jxl",)),
}


@cache
def installed_formats() -> tuple[str, ...]:
    """Pillow's names of the formats whose plug-in is installed; none of them is imported."""
    return tuple(name for name, (module, _) in _PLUGINS.items() if find_spec(module))


def installed_suffixes() -> frozenset[str]:
    """The suffixes of files that the installed plug-ins read."""
    return frozenset(suffix for name in installed_formats() for suffix in _PLUGINS[name][1])


@cache
def register_plugins() -> None:
    """Import what is installed and make it known to Pillow."""
    for name in installed_formats():
        module = importlib.import_module(_PLUGINS[name][0])
        if name == "HEIF":  # the other one registers itself
            module.register_heif_opener()


FORMAT_OF_SUFFIX = {
    ".png": "PNG",
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".jpe": "JPEG",
    ".jfif": "JPEG",
    ".webp": "WEBP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}

READ_SUFFIXES = frozenset(FORMAT_OF_SUFFIX) | {".avif", ".bmp", ".dib", ".gif"} | installed_suffixes()

# Files that are pictures to their owner and are not read: passed over in folders, with a word.
UNREAD_SUFFIXES = (
    frozenset(
        [".heic", ".heif", ".hif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".tga", ".exr", ".hdr", ".ico", ".pdf"]
    )
    | frozenset([".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"])
) - READ_SUFFIXES

# Picture formats that are not written: a name with one of these is a mistake, not a folder.
UNWRITTEN_SUFFIXES = frozenset(
    [".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jxl", ".pdf", ".psd", ".svg", ".tga"]
)

SIXTEEN_BIT_FORMATS = frozenset(["PNG", "TIFF"])  # of 16 bits a channel

MAX_SIDE_PX = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383, "TIFF": 2**31 - 1}


def refuse_too_long(name: str, file_format: str, size_px: tuple[int, int]) -> None:
    """Raise OutputError naming ``name`` if ``file_format`` (PNG, JPEG, WEBP, TIFF) cannot hold (width, height)."""
    if max(size_px) > MAX_SIDE_PX[file_format]:
        raise OutputError(
            f"{name}: {size_px[0]} x {size_px[1]} pixels is more than {file_format} can hold"
            f" ({MAX_SIDE_PX[file_format]:,} a side); write PNG instead."
        )
