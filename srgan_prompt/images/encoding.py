"""What will be written, decided before the first byte: pixels that the format can hold, profile, EXIF, and notes.

A ``LoadedImage`` and a format name come in; an ``Encoding`` goes out, whose pixels are converted a few rows at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from srgan_prompt.images.alpha import flatten
from srgan_prompt.images.color import Convert, ProfileError, from_srgb, luma, profile_mode, to_uint8
from srgan_prompt.images.formats import DEEP_FORMATS
from srgan_prompt.images.loaded import LoadedImage
from srgan_prompt.images.metadata import MAX_EXIF_BYTES, exif_for_result
from srgan_prompt.images.png_stream import Chunk
from srgan_prompt.images.side_data import NO_SIDE_DATA, SideData, fit_side_data

_BAND_BYTES = 2**20


@dataclass(frozen=True)
class Encoding:
    """sRGB pixels, how they become ``format``'s own, what is embedded beside them, and what could not be kept."""

    format: str
    rgb: np.ndarray
    alpha: np.ndarray | None
    to_file: Convert
    icc_profile: bytes | None
    exif: bytes | None
    side_data: SideData
    hdr_chunks: tuple[Chunk, ...]
    notes: tuple[str, ...]

    def pixels(self, rows: slice = slice(None)) -> np.ndarray:
        """[rows, width, channels]: grey or RGB in the file's colour profile, then alpha if there is one."""
        colour = self.to_file(self.rgb[rows])
        colour = colour[..., None] if colour.ndim == 2 else colour
        return colour if self.alpha is None else np.concatenate([colour, self.alpha[rows, :, None]], axis=-1)

    def bands(self) -> Iterator[np.ndarray]:
        """All pixels, about a mebibyte at a time."""
        rows_per_band = max(1, _BAND_BYTES // self.rgb[0].nbytes)
        for top in range(0, len(self.rgb), rows_per_band):
            yield self.pixels(slice(top, top + rows_per_band))


def plan_encoding(
    image: LoadedImage, file_format: str, *, strip_metadata: bool, provenance: Mapping[str, str] | None
) -> Encoding:
    """How ``image`` is written as PNG, JPEG, WEBP or TIFF."""
    notes: list[str] = []
    if strip_metadata:
        image = image.as_srgb()
    rgb, alpha = image.rgb, image.alpha
    if file_format not in DEEP_FORMATS and rgb.dtype == np.uint16:
        notes.append(f"16-bit pixels reduced to 8 bits for {file_format}; PNG keeps them")
        rgb, alpha = to_uint8(rgb), (None if alpha is None else to_uint8(alpha))
    if file_format == "JPEG" and alpha is not None:
        notes.append("transparency flattened on white: JPEG has none")
        rgb, alpha = flatten(rgb, alpha), None
    meta = replace(image.meta, exif=None, icc_profile=None, side_data=NO_SIDE_DATA) if strip_metadata else image.meta
    # WebP knows no grey, and few programs read a TIFF of 16-bit grey with alpha.
    has_gray = file_format != "WEBP" and not (file_format == "TIFF" and alpha is not None and rgb.dtype == np.uint16)
    is_gray = meta.is_gray and has_gray
    to_file: Convert = _unchanged
    icc_profile = meta.icc_profile
    if not meta.is_native:
        to_file, icc_profile = _plan_colour(meta.icc_profile, is_gray, notes)
    hdr_chunks = meta.hdr_chunks if file_format == "PNG" else ()
    if meta.hdr_chunks and not hdr_chunks:
        notes.append(f"HDR values written to {file_format}, which cannot say so; PNG can")
    size_px = (image.width_px, image.height_px)
    side_data = fit_side_data(meta.side_data, file_format, size_px, notes)
    exif = _plan_exif(file_format, meta.exif, size_px, provenance, notes)
    return Encoding(file_format, rgb, alpha, to_file, icc_profile, exif, side_data, hdr_chunks, tuple(notes))


def _plan_colour(icc_profile: bytes | None, is_gray: bool, notes: list[str]) -> tuple[Convert, bytes | None]:
    """How sRGB becomes the file's pixels, and the profile that says so."""
    untagged: Convert = luma if is_gray else _unchanged
    if icc_profile is None:
        return untagged, None
    try:
        if profile_mode(icc_profile) == ("L" if is_gray else "RGB"):
            return from_srgb(icc_profile), icc_profile
        reason = "it is for other channels"
    except ProfileError as error:
        reason = str(error)
    notes.append(f"colour profile left out, pixels are sRGB: {reason}")
    return untagged, None


def _unchanged(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _plan_exif(
    file_format: str,
    exif: bytes | None,
    size_px: tuple[int, int],
    provenance: Mapping[str, str] | None,
    notes: list[str],
) -> bytes | None:
    in_exif = None if file_format == "PNG" else provenance  # PNG has a text chunk for it
    try:
        block = exif_for_result(exif, size_px, in_exif)
    except Exception:  # noqa: BLE001  (a block that Pillow cannot write again raises many types)
        reason = "it cannot be written again"
    else:
        if file_format != "JPEG" or len(block or b"") <= MAX_EXIF_BYTES:
            return block
        reason = "it is longer than JPEG allows"
    notes.append(f"EXIF left out: {reason}")
    return exif_for_result(None, size_px, in_exif)
