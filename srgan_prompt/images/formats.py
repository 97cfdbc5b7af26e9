"""The file formats that are written, by the suffixes that name them."""

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

# Picture formats that are not written: a name with one of these is a mistake, not a folder.
UNWRITTEN_SUFFIXES = frozenset(
    [".avif", ".bmp", ".gif", ".heic", ".heif", ".jp2", ".jxl", ".pdf", ".psd", ".svg", ".tga"]
)

DEEP_FORMATS = frozenset(["PNG", "TIFF"])  # of 16 bits a channel

MAX_SIDE_PX = {"PNG": 2**31 - 1, "JPEG": 65_500, "WEBP": 16_383, "TIFF": 2**31 - 1}
