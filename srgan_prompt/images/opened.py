"""An image file opened within limits, and what it then is: its header, or all of it as a ``LoadedImage``.

Of an animation or a multi-page file the first frame is read, and a note says so.
"""

import importlib
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageCms, ImageFile

from srgan_prompt.errors import InputImageError
from srgan_prompt.images.color import ProfileError, profile_mode, to_srgb
from srgan_prompt.images.decode import Pixels
from srgan_prompt.images.formats import PLUGINS, installed_formats, jpeg_quality
from srgan_prompt.images.image import ImageMeta, LoadedImage, make_upright
from srgan_prompt.images.metadata import open_exif, orientation_of, read_exif, read_side_data
from srgan_prompt.images.png import chunks_before_pixels
from srgan_prompt.images.profiles import declared_colours
from srgan_prompt.images.provenance import read_provenance

# The warning filters are the whole process's: two threads must not swap them at once.
_WARNINGS_LOCK = threading.Lock()


@dataclass(frozen=True)
class ImagePolicy:
    """Ceilings for one image. ``formats`` are Pillow's names; ``max_pixels`` is Pillow's own bomb threshold."""

    formats: tuple[str, ...] = ("PNG", "JPEG", "WEBP", "TIFF", "AVIF", "BMP", "GIF", *installed_formats())
    max_file_bytes: int = 256 * 2**20
    max_pixels: int = 89_478_485
    max_side_px: int = 65_535


DEFAULT_POLICY = ImagePolicy()


def open_image(data: bytes, name: str, policy: ImagePolicy) -> ImageFile.ImageFile:
    """The image in the file ``data`` with its header read and no pixel decoded; refused if it is over the limits.

    Raises InputImageError for its size, and whatever Pillow raises.
    """
    _register_plugins()
    with bombs_are_errors(below_double=False):
        image = Image.open(BytesIO(data), formats=policy.formats)  # noqa: TID251  (the one place that opens images)
    check_size(name, image.size, policy)
    return image


@cache
def _register_plugins() -> None:
    """Import what is installed and make it known to Pillow."""
    for name in installed_formats():
        module = importlib.import_module(PLUGINS[name][0])
        if name == "HEIF":  # the other one registers itself
            module.register_heif_opener()


def check_size(name: str, size_px: tuple[int, int], policy: ImagePolicy) -> None:
    """Refuse a (width, height) that is zero or over the limits. Raises InputImageError."""
    width_px, height_px = size_px
    if min(size_px) < 1:
        raise InputImageError(f"{name}: its header says {width_px} x {height_px} pixels, so there is no image in it.")
    if max(size_px) > policy.max_side_px or width_px * height_px > policy.max_pixels:
        raise InputImageError(
            f"{name}: {width_px} x {height_px} pixels is over the limit of {policy.max_pixels:,} pixels"
            f" and {policy.max_side_px:,} a side; crop or scale it down first."
        )


@contextmanager
def bombs_are_errors(*, below_double: bool = True) -> Iterator[None]:
    """Pillow refuses twice its limit of pixels and warns of once: with ``below_double`` that is an error too.

    Its other warnings, all about metadata, are of no use to our user.
    """
    with _WARNINGS_LOCK, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if below_double:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


@dataclass(frozen=True)
class ImageHeader:
    """``width_px`` and ``height_px`` are those of the upright image; ``profile`` is the ICC profile's own name."""

    name: str
    format: str
    mode: str
    width_px: int
    height_px: int
    num_bytes: int
    is_animated: bool
    orientation: int
    profile: str | None
    has_exif: bool
    provenance: str | None
    """The JSON note that this program leaves in its results; see ``provenance.provenance_json``."""
    jpeg_quality: int | None
    """1 to 100, as Pillow and libjpeg count; see ``formats.jpeg_quality``. None for other formats."""


def describe_header(image: Image.Image, name: str, num_bytes: int) -> ImageHeader:
    """The header of an image that Pillow has opened but not decoded."""
    exif = open_exif(image)
    orientation = orientation_of(exif)
    width_px, height_px = image.size if orientation < 5 else image.size[::-1]
    return ImageHeader(
        name=name,
        format=str(image.format),
        mode=image.mode,
        width_px=width_px,
        height_px=height_px,
        num_bytes=num_bytes,
        is_animated=bool(getattr(image, "is_animated", False)),
        orientation=orientation,
        profile=_profile_name(image.info.get("icc_profile")),
        has_exif=bool(len(exif)),
        provenance=read_provenance(image, exif),
        jpeg_quality=jpeg_quality(getattr(image, "quantization", None)),
    )


def _profile_name(icc_profile: bytes | None) -> str | None:
    if not icc_profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc_profile))).strip() or "unnamed"
    except (OSError, ImageCms.PyCMSError):
        return "damaged"


def loaded_image(image: Image.Image, pixels: Pixels, name: str, data: bytes) -> LoadedImage:
    """``pixels`` upright and in sRGB, with what ``image``, from which they were decoded, says beside them.

    ``data`` is the file, or nothing where only Pillow's image is at hand.
    """
    is_gray = pixels.colour.ndim == 2
    declared = declared_colours(image, dict(chunks_before_pixels(data)), is_gray=is_gray)
    rgb, icc_profile, colour_notes = _to_srgb(pixels, declared.icc_profile)
    frame_notes = _frame_notes(image)
    with bombs_are_errors():
        orientation, exif = read_exif(image)
        side_data, side_notes = read_side_data(image)
    alpha = None if pixels.alpha is None else make_upright(pixels.alpha, orientation)
    meta = ImageMeta(
        name=name,
        format="JPEG" if image.format == "MPO" else image.format or ImageMeta.format,
        is_gray=is_gray,
        icc_profile=icc_profile,
        exif=exif,
        side_data=side_data,
        hdr_chunks=declared.hdr_chunks,
        notes=(*frame_notes, *pixels.notes, *declared.notes, *colour_notes, *side_notes),
    )
    native = None
    if icc_profile and pixels.colour.ndim == 3 and rgb is not pixels.colour:
        native = make_upright(pixels.colour, orientation)
    return LoadedImage(make_upright(rgb, orientation), alpha, meta, native)


def _frame_notes(image: Image.Image) -> tuple[str, ...]:
    if not getattr(image, "is_animated", False) or image.tell() != 0:  # a caller who went on knows what he wants
        return ()
    if image.format == "TIFF":  # counting its pages means walking the whole file
        return ("first page of several",)
    return (f"first of {getattr(image, 'n_frames', 1)} frames",)


def _to_srgb(pixels: Pixels, icc_profile: bytes | None) -> tuple[np.ndarray, bytes | None, tuple[str, ...]]:
    """sRGB pixels, the profile that a result can be converted back to, and notes."""
    if icc_profile is None and pixels.colour.shape[2:] == (3,):
        return pixels.colour, None, ()  # untagged RGB is sRGB
    is_cmyk = pixels.colour.ndim == 3 and pixels.colour.shape[-1] == 4
    notes = ["CMYK converted to sRGB"] if is_cmyk else []
    try:
        rgb = to_srgb(pixels.colour, icc_profile)
    except ProfileError as error:
        notes.append(f"colour profile ignored: {error}")
        return to_srgb(pixels.colour, None), None, tuple(notes)
    # A grey file may carry an RGB profile, and CMYK is never written: those results are plain sRGB.
    fits = icc_profile and profile_mode(icc_profile) == ("L" if pixels.colour.ndim == 2 else "RGB")
    return rgb, (icc_profile if fits else None), tuple(notes)
