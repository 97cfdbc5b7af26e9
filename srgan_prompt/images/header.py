"""What a file says about its picture before any pixel is decoded: for plans and descriptions."""

from dataclasses import dataclass
from io import BytesIO

from PIL import ExifTags, Image, ImageCms


@dataclass(frozen=True)
class ImageHeader:
    """``width_px`` and ``height_px`` are those of the upright picture; ``profile`` is the ICC profile's own name."""

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
    """The JSON note that this program leaves in its results; see ``metadata.provenance_json``."""


def describe_header(image: Image.Image, name: str, num_bytes: int) -> ImageHeader:
    """The header of an image that Pillow has opened but not decoded."""
    exif = _read_exif(image)
    orientation = exif.get(ExifTags.Base.Orientation, 1)
    width_px, height_px = image.size if orientation not in range(5, 9) else image.size[::-1]
    return ImageHeader(
        name=name,
        format=str(image.format),
        mode=image.mode,
        width_px=width_px,
        height_px=height_px,
        num_bytes=num_bytes,
        is_animated=bool(getattr(image, "is_animated", False)),
        orientation=orientation if orientation in range(1, 9) else 1,
        profile=_profile_name(image.info.get("icc_profile")),
        has_exif=bool(len(exif)),
        provenance=_provenance(image, exif),
    )


def _read_exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001  (Pillow's parser meets hostile bytes here: any type may come)
        return Image.Exif()


def _profile_name(icc_profile: bytes | None) -> str | None:
    if not icc_profile:
        return None
    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(icc_profile))).strip() or "unnamed"
    except (OSError, ImageCms.PyCMSError):
        return "damaged"


def _provenance(image: Image.Image, exif: Image.Exif) -> str | None:
    if note := image.info.get("srgan_prompt"):
        return str(note)
    if not str(exif.get(ExifTags.Base.Software, "")).startswith("srgan-prompt"):
        return None
    comment = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment, b"")
    return comment[8:].decode("ascii", "replace") if isinstance(comment, bytes) else str(comment)
