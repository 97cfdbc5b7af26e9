"""Why a file that Pillow does not know cannot be read: told by its first bytes, in one clause for the user."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_ADVICE = "; convert it to PNG or TIFF of 8 or 16 bits first"


def reason_unreadable(data: bytes) -> str:
    """Continues a sentence that begins with the file's name; ``data`` is the file."""
    brand = data[8:12] if data[4:8] == b"ftyp" else b""
    if brand in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"heis", b"hevc"):
        return "is a HEIC image; install srgan-prompt[formats] to read it, or convert it to JPEG first"
    if brand == b"crx ":
        return "is a camera's RAW file (CR3); develop it to TIFF or JPEG first"
    if data.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "is a JPEG XL image; install srgan-prompt[formats] to read it, or convert it to PNG first"
    if data.startswith((b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FUJIFILMCCD-RAW", b"\0MRM", b"FOVb")):
        return "is a camera's RAW file; develop it to TIFF or JPEG first"
    if data.startswith(_TIFF):
        return f"is a TIFF of a kind that is not read here (floating-point colour?), or its header is broken{_ADVICE}"
    return "is not a PNG, JPEG, WebP or TIFF image, or its header is broken"
