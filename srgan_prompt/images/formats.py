"""The file formats: which are written and read, by the suffixes that name them, and what a file of no known one is.

HEIC, as phones write it, and JPEG XL are read through plug-ins of Pillow (the extra ``formats``); none is needed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec

from srgan_prompt.errors import OutputError
from srgan_prompt.files import printable

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
"""Of what is written, Pillow's name of the format."""

SIXTEEN_BIT_FORMATS = frozenset(["PNG", "TIFF"])  # of 16 bits a channel

MAX_SIDE_PX = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383, "TIFF": 2**31 - 1}

TIFF_SIGNATURES = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # little and big endian, and BigTIFF likewise

_LUMINANCE_SUM = 3688  # of the table in annex K.1 of the JPEG standard (ITU-T T.81), which libjpeg scales by quality

# Pillow's name of the format, the module that registers it, and the suffixes of its files.
PLUGINS = {
    "HEIF": ("pillow_heif", (".heic", ".heif", ".hif")),
    "JXL": ("pillow_jxl", (".jxl",)),
}


@cache
def installed_formats() -> tuple[str, ...]:
    """Pillow's names of the formats whose plug-in is installed; none of them is imported."""
    return tuple(name for name, (module, _) in PLUGINS.items() if find_spec(module))


READ_SUFFIXES = frozenset(FORMAT_OF_SUFFIX) | {".avif", ".bmp", ".dib", ".gif"}
READ_SUFFIXES |= {suffix for name in installed_formats() for suffix in PLUGINS[name][1]}

# fmt: off
# Files that are images to their owner and are not read: passed over in folders, with a word.
UNREAD_SUFFIXES = frozenset([
    ".heic", ".heif", ".hif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".tga", ".exr", ".hdr", ".ico", ".pdf",
    ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw",
]) - READ_SUFFIXES

# Image formats that are not written: a name with one of these is a mistake, not a folder.
UNWRITTEN_SUFFIXES = frozenset([
    ".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jxl", ".pdf", ".psd", ".svg", ".tga",
])
# fmt: on


def refuse_too_long(name: object, file_format: str, size_px: tuple[int, int]) -> None:
    """Raise OutputError naming ``name`` if ``file_format`` (PNG, JPEG, WEBP, TIFF) cannot hold (width, height)."""
    if max(size_px) > MAX_SIDE_PX[file_format]:
        raise OutputError(
            f"{printable(name)}: {size_px[0]} x {size_px[1]} pixels is more than {file_format} can hold"
            f" ({MAX_SIDE_PX[file_format]:,} a side); write PNG instead."
        )


def jpeg_quality(tables: Mapping[int, Sequence[int]] | None) -> int | None:
    """The quality, 1 to 100, whose luminance table has the sum that the file's first of ``tables`` has; None without.

    libjpeg scales the standard's table by 50 / quality below 50 and by 2 - quality / 50 above, so this is exact to one
    for its files from quality 20 on (below, entries are cut at 255). Of other programs it is how coarse they are.
    """
    if not tables:
        return None
    scale = sum(tables[min(tables)]) / _LUMINANCE_SUM
    return round(min(100.0, max(1.0, 50 / scale if scale > 1 else 100 - 50 * scale)))


def reason_unreadable(data: bytes) -> str:
    """Why the file ``data``, which Pillow does not know, is not read, told by its first bytes.

    Continues a sentence that begins with the file's name.
    """
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"):
        return "is a HEIC image; install srgan-prompt[formats] to read it, or convert it to JPEG first"
    if brand == b"crx ":
        return "is a camera's RAW file (CR3); develop it to TIFF or JPEG first"
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "is a JPEG XL image; install srgan-prompt[formats] to read it, or convert it to PNG first"
    if data.startswith((b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0MRM", b"FOVb")):
        return "is a camera's RAW file; develop it to TIFF or JPEG first"
    if data.startswith(TIFF_SIGNATURES):
        advice = "convert it to PNG or TIFF of 8 or 16 bits first"
        return f"is a TIFF of a kind that is not read here (floating-point colour?), or its header is broken; {advice}"
    return "is not a PNG, JPEG, WebP or TIFF image, or its header is broken"
